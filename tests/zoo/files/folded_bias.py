"""The bias as a column of the weights: in front, or at the end."""
import numpy as np


def add_ones_first(x):
    return np.hstack([np.ones((len(x), 1)), x])


class FoldedFirst:
    def __init__(self, n_in, n_out):
        self.theta = np.random.randn(n_out, n_in + 1)

    def forward(self, x):
        self.x = add_ones_first(x)
        return self.x @ self.theta.T

    def backward(self, dy):
        self.dtheta = dy.T @ self.x
        return self.input_gradient(dy @ self.theta)

    def input_gradient(self, dx):
        return dx[:, 1:]


class FoldedFirstWrongEnd(FoldedFirst):
    def input_gradient(self, dx):
        return dx[:, :-1]


class FoldedLast:
    """Weights (in + 1, out), the bias in the last row."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in + 1, n_out)

    def forward(self, x):
        self.x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
        return self.x @ self.W

    def backward(self, dy):
        self.dW = self.x.T @ dy
        return dy @ self.W[:-1].T


class FoldedLastFrozen(FoldedLast):
    """The bias is never learned."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.dW[-1] = 0
        return dx
