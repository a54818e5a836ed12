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
