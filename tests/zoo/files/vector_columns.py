"""Logistic regression with a column of coefficients; the functions add the ones, and call the strength as they like."""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def with_ones(X):
    return np.c_[np.ones((X.shape[0], 1)), X]


def compute_cost(theta, X, y, learningRate):
    h = sigmoid(with_ones(X) @ theta)
    penalty = learningRate / (2 * len(X)) * np.sum(theta[1:] ** 2)
    return (-y.T @ np.log(h) - (1 - y).T @ np.log(1 - h))[0, 0] / len(X) + penalty


def compute_gradient(theta, X, y, learningRate):
    error = sigmoid(with_ones(X) @ theta) - y
    grad = with_ones(X).T @ error / len(X)
    grad[1:] += learningRate / len(X) * theta[1:]
    return grad


def compute_gradient_flat(theta, X, y, learningRate):
    """Leaves out the ones, so that the first coefficient gets the mean of the others."""
    error = sigmoid(with_ones(X) @ theta) - y
    grad = with_ones(X).T @ error / len(X)
    grad[0] = grad[1:].mean()
    return grad
