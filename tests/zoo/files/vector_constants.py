"""A network whose sizes are constants of its file: all weights of the vector come before all biases."""
import numpy as np

N_INPUT, N_HIDDEN, N_OUTPUT = 4, 6, 3


def split(w):
    cuts = np.cumsum([N_INPUT * N_HIDDEN, N_HIDDEN * N_OUTPUT, N_HIDDEN])
    W1, W2, b1, b2 = np.split(w, cuts)
    return W1.reshape(N_HIDDEN, N_INPUT), W2.reshape(N_OUTPUT, N_HIDDEN), b1, b2


def outputs(w, X):
    W1, W2, b1, b2 = split(w)
    hidden = np.maximum(X @ W1.T + b1, 0)
    return hidden, hidden @ W2.T + b2


def network_loss(w, X, y):
    return np.sum((outputs(w, X)[1] - y) ** 2)


def network_loss_grad(w, X, y):
    hidden, out = outputs(w, X)
    d = 2 * (out - y)
    dz = d @ split(w)[1] * (hidden > 0)
    return np.r_[(dz.T @ X).ravel(), (d.T @ hidden).ravel(), dz.sum(axis=0), d.sum(axis=0)]


def network_loss_grad_unmasked(w, X, y):
    """No ReLU on the way back."""
    hidden, out = outputs(w, X)
    d = 2 * (out - y)
    dz = d @ split(w)[1]
    return np.r_[(dz.T @ X).ravel(), (d.T @ hidden).ravel(), dz.sum(axis=0), d.sum(axis=0)]
