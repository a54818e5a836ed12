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


def logistic_objective_linear(pred, label):
    p = 1.0 / (1.0 + np.exp(-pred))
    grad = p - label
    hess = p
    return grad, hess


def logistic_objective_twice(pred, label):
    """The factor of softmax, where the Hessian is diagonal."""
    p = 1.0 / (1.0 + np.exp(-pred))
    grad = p - label
    hess = 2.0 * p * (1.0 - p)
    return grad, hess


def logistic_objective_mean(pred, label):
    p = 1.0 / (1.0 + np.exp(-pred))
    grad = p - label
    hess = p * (1.0 - p) / len(label)
    return grad, hess


def logistic_objective_kept(pred, label):
    p = 1.0 / (1.0 + np.exp(-pred))
    grad = p - label
    hess = np.maximum(p * (1.0 - p), 1e-6)
    return grad, hess


def logistic_objective_rough(pred, label):
    """A floor that is no safeguard any more."""
    p = 1.0 / (1.0 + np.exp(-pred))
    grad = p - label
    hess = np.maximum(p * (1.0 - p), 0.1)
    return grad, hess


def brier_objective(pred, label):
    p = 1.0 / (1.0 + np.exp(-pred))
    grad = 2.0 * (p - label) * p * (1.0 - p)
    hess = 2.0 * p * (1.0 - p) * (p * (1.0 - p) + (p - label) * (1.0 - 2.0 * p))
    return grad, hess


def brier_objective_slope(pred, label):
    """One slope of the sigmoid of two."""
    p = 1.0 / (1.0 + np.exp(-pred))
    grad = 2.0 * (p - label) * p * (1.0 - p)
    hess = 2.0 * p * (1.0 - p) * (1.0 + (p - label) * (1.0 - 2.0 * p))
    return grad, hess


def poisson_objective_ahead(preds, dtrain):
    y = dtrain.get_label()
    grad = np.exp(preds) - y
    hess = np.exp(preds + 0.7)
    return grad, hess


def softmax_objective_kept(y_true, y_pred):
    p = softmax(y_pred)
    grad = p - y_true
    hess = np.maximum(2.0 * p * (1.0 - p), 1e-6)
    return grad, hess


def softmax_objective_plain(y_true, y_pred):
    p = softmax(y_pred)
    grad = p - y_true
    hess = p * (1.0 - p)
    return grad, hess


def softmax_objective_thrice(y_true, y_pred):
    p = softmax(y_pred)
    grad = p - y_true
    hess = 3.0 * p * (1.0 - p)
    return grad, hess


def quantile_objective(preds, dtrain, alpha=0.9):
    below = dtrain.get_label() > preds
    grad = np.where(below, -alpha, 1.0 - alpha)
    hess = np.ones_like(preds)
    return grad, hess


def quantile_objective_weighted(preds, dtrain, alpha=0.9):
    """The weight of a side is no curvature."""
    below = dtrain.get_label() > preds
    grad = np.where(below, -alpha, 1.0 - alpha)
    hess = np.where(below, alpha, 1.0 - alpha)
    return grad, hess


def huber_objective(preds, dtrain, delta=1.0):
    error = preds - dtrain.get_label()
    grad = np.clip(error, -delta, delta)
    hess = np.where(np.abs(error) <= delta, np.ones_like(error), np.zeros_like(error))
    return grad, hess


def huber_objective_outside(preds, dtrain, delta=1.0):
    """The sides are exchanged."""
    error = preds - dtrain.get_label()
    grad = np.clip(error, -delta, delta)
    hess = np.where(np.abs(error) > delta, np.ones_like(error), np.zeros_like(error))
    return grad, hess


def huber_objective_ones(preds, dtrain, delta=1.0):
    error = preds - dtrain.get_label()
    grad = np.clip(error, -delta, delta)
    hess = np.ones_like(error)
    return grad, hess
