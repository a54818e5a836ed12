"""One function for the value and, on request, for the derivative."""
import numpy as np


def sigmoid(x, derivative=False):
    s = 1 / (1 + np.exp(-x))
    if derivative:
        return s * (1 - s)
    return s


def tanh(x, deriv=False):
    t = np.tanh(x)
    if deriv == True:
        return 1 - t
    return t


def mse(y, t, prime=False):
    if prime:
        return 2 * (y - t) / y.size
    return np.mean((y - t) ** 2)
