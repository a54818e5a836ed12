"""Linear regression as in a first course: a cost, its gradient, and gradient descent on both."""
import numpy as np


def compute_cost(x, y, w, b):
    m = x.shape[0]
    return np.sum((w * x + b - y) ** 2) / (2 * m)


def compute_gradient(x, y, w, b):
    m = x.shape[0]
    error = w * x + b - y
    dj_dw = np.sum(error * x) / m
    dj_db = np.sum(error) / m
    return dj_dw, dj_db


def compute_gradient_unaveraged(x, y, w, b):
    m = x.shape[0]
    error = w * x + b - y
    dj_dw = np.sum(error * x) / m
    dj_db = np.sum(error)
    return dj_dw, dj_db


def gradient_descent(x, y, w, b, alpha, iterations):
    for _ in range(iterations):
        dj_dw, dj_db = compute_gradient(x, y, w, b)
        w = w - alpha * dj_dw
        b = b - alpha * dj_db
    return w, b
