"""Nothing but gradients: the loss is in the author's head."""
import numpy as np


def backprop(w1, w2, x, t):
    h = np.tanh(x @ w1)
    y = h @ w2
    d = y - t
    dw2 = h.T @ d
    dw1 = x.T @ ((d @ w2.T) * (1 - h ** 2))
    return dw1, dw2


def backprop_straight(w1, w2, x, t):
    h = np.tanh(x @ w1)
    y = h @ w2
    d = y - t
    dw2 = h.T @ d
    dw1 = x.T @ (d @ w2.T)
    return dw1, dw2
