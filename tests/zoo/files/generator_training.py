"""Training as a generator: each next() makes one step and yields the loss before it."""
import numpy as np


def train_line(x, t, w, b, lr=0.1):
    while True:
        diff = w * x + b - t
        yield np.mean(diff ** 2)
        w -= lr * 2 * np.mean(diff * x)
        b -= lr * 2 * np.mean(diff)


def train_line_swapped(x, t, w, b, lr=0.1):
    """Takes the mean of each factor, not of the product."""
    while True:
        diff = w * x + b - t
        yield np.mean(diff ** 2)
        w -= lr * 2 * np.mean(diff) * np.mean(x)
        b -= lr * 2 * np.mean(diff)
