"""Objectives for boosted trees: gradient and (diagonal) Hessian by the raw prediction."""
import numpy as np


def logistic_objective(pred, label):
    p = 1.0 / (1.0 + np.exp(-pred))
    grad = p - label
    hess = p * (1.0 - p)
    return grad, hess


def logistic_objective_floor(pred, label):
    """The Hessian of the squared error: right gradient, wrong curvature."""
    p = 1.0 / (1.0 + np.exp(-pred))
    grad = p - label
    hess = np.ones_like(p)
    return grad, hess


def squared_objective(pred, label):
    grad = 2 * (pred - label)
    hess = 2 * np.ones_like(pred)
    return grad, hess


def poisson_objective(preds, dtrain):
    y = dtrain.get_label()
    grad = np.exp(preds) - y
    hess = np.exp(preds)
    return grad, hess


def poisson_objective_flat(preds, dtrain):
    """The gradient where the Hessian is meant."""
    y = dtrain.get_label()
    grad = np.exp(preds) - y
    hess = np.exp(preds) - y
    return grad, hess


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_objective(y_true, y_pred):
    p = softmax(y_pred)
    grad = p - y_true
    hess = 2.0 * p * (1.0 - p)
    return grad, hess


def softmax_objective_square(y_true, y_pred):
    p = softmax(y_pred)
    grad = p - y_true
    hess = p * p
    return grad, hess


def half_squared_objective(y_true, y_pred):
    grad = y_pred - y_true
    hess = 2 * np.ones_like(y_pred)
    return grad, hess
