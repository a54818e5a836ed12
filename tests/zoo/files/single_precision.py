"""A layer that computes in float32 whatever it is given."""
import numpy as np


class Dense32:
    def __init__(self, fan_in, fan_out):
        self.w = np.random.randn(fan_in, fan_out).astype(np.float32)
        self.b = np.zeros(fan_out, dtype=np.float32)

    def forward(self, x):
        self.x = np.asarray(x, dtype=np.float32)
        return self.x @ self.w + self.b

    def backward(self, dy):
        dy = np.asarray(dy, dtype=np.float32)
        self.dw = self.weight_gradient(dy)
        self.db = dy.sum(axis=0)
        return dy @ self.w.T

    def weight_gradient(self, dy):
        return self.x.T @ dy


class Dense32Scaled(Dense32):
    """Off by a thousandth: far above what float32 loses, far below what one sees."""

    def weight_gradient(self, dy):
        return np.float32(1.001) * (self.x.T @ dy)
