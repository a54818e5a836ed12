"""Layers as pairs of functions that hand a cache from the forward to the backward pass."""
import numpy as np


def affine_forward(x, w, b):
    out = x.dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = dout.sum(axis=0)
    return dx, dw, db


def affine_backward_total(dout, cache):
    """Sums the bias gradient over everything, and lets NumPy broadcast it."""
    x, w, b = cache
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = np.sum(dout) * np.ones_like(b)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    return dout * (x > 0)


def relu_backward_ones(dout, cache):
    x = cache
    return np.where(x > 0, 1.0, 0.0)
