"""What the forward pass leaves for the backward pass: anew in each call, or only where there is nothing yet."""
import numpy as np


class Affine:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
        self.x = None

    def keep(self, x):
        self.x = x

    def forward(self, x):
        self.keep(x)
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW = self.x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


class AffineOnce(Affine):
    def keep(self, x):
        if self.x is None:
            self.x = x


class Bump:
    """exp(-x²), with its values kept for the way back."""

    def __init__(self):
        self.cache = {}

    def forward(self, x):
        y = np.exp(-x * x)
        self.cache = {"x": x, "y": y}
        return y

    def backward(self, dy):
        return -2 * dy * self.cache["x"] * self.cache["y"]


class BumpByShape(Bump):
    def forward(self, x):
        y = np.exp(-x * x)
        if "y" not in self.cache or self.cache["y"].shape != y.shape:
            self.cache = {"x": x, "y": y}
        return y
