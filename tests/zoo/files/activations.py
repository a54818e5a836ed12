"""Elementwise activations, each remembering what its backward pass needs."""
import numpy as np


class Sigmoid:
    def forward(self, z):
        self.a = 1.0 / (1.0 + np.exp(-z))
        return self.a

    def backward(self, da):
        return da * self.slope()

    def slope(self):
        return self.a * (1.0 - self.a)


class SigmoidTwice(Sigmoid):
    """Applies the sigmoid once more before it takes the derivative."""

    def slope(self):
        s = 1.0 / (1.0 + np.exp(-self.a))
        return s * (1.0 - s)


class Tanh:
    def __call__(self, z):
        self.a = np.tanh(z)
        return self.a

    def backward(self, grad):
        return grad * (1 - self.a ** 2)


class TanhUnsquared(Tanh):
    def backward(self, grad):
        return grad * (1 - self.a)


class LeakyReLU:
    alpha = 0.01

    def fprop(self, x):
        self._x = x
        return np.where(x > 0, x, self.alpha * x)

    def bprop(self, dy):
        return dy * np.where(self._x > 0, 1.0, self.alpha)


class LeakyReLUNoLeak(LeakyReLU):
    def bprop(self, dy):
        return dy * (self._x > 0)
