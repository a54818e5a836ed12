"""Training steps as functions: weights go in, new weights come out."""
import numpy as np


def train_step(w, x, t, lr):
    """One sigmoid neuron, squared error."""
    p = 1 / (1 + np.exp(-np.dot(w, x)))
    return w - lr * 2 * (p - t) * p * (1 - p) * x


def train_step_flat(w, x, t, lr):
    p = 1 / (1 + np.exp(-np.dot(w, x)))
    s = 1 / (1 + np.exp(-p))
    return w - lr * 2 * (p - t) * s * (1 - s) * x
