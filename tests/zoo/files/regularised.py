"""Networks with a term that keeps their weights small, in the loss, in the gradient, or in both."""
import numpy as np


class RidgeNetwork:
    """λ/2 |W|² in the loss and λ W in the gradient."""

    lam = 0.01

    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out)
        self.b2 = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def loss(self, y, t):
        return np.mean((y - t) ** 2) + self.penalty(t)

    def penalty(self, t):
        return self.lam / 2 * (np.sum(self.W1 ** 2) + np.sum(self.W2 ** 2))

    def decay(self, W, t):
        return self.lam * W

    def backward(self, y, t):
        dy = 2 * (y - t) / t.size
        dz = dy @ self.W2.T * (1 - self.h ** 2)
        self.dW2 = self.h.T @ dy + self.decay(self.W2, t)
        self.db2 = dy.sum(axis=0)
        self.dW1 = self.x.T @ dz + self.decay(self.W1, t)
        self.db1 = dz.sum(axis=0)


class RidgeNetworkTwice(RidgeNetwork):
    """The derivative of λ |W|² beside the loss of λ/2 |W|²."""

    def decay(self, W, t):
        return 2 * self.lam * W


class RidgeNetworkPerSample(RidgeNetwork):
    """λ/(2 n) |W|²."""

    def penalty(self, t):
        return super().penalty(t) / len(t)

    def decay(self, W, t):
        return self.lam / len(t) * W


class RidgeNetworkUnshared(RidgeNetworkPerSample):
    """Forgets the n in the gradient."""

    def decay(self, W, t):
        return self.lam * W


class LassoNetwork(RidgeNetwork):
    """λ |W|, with the sign of each weight in the gradient."""

    def penalty(self, t):
        return self.lam * (np.sum(np.abs(self.W1)) + np.sum(np.abs(self.W2)))

    def decay(self, W, t):
        return self.lam * np.sign(W)


class LassoNetworkSquared(LassoNetwork):
    """The gradient of the other term."""

    def decay(self, W, t):
        return self.lam * W


class ElasticNetwork(RidgeNetwork):
    """λ |W| + μ/2 |W|²."""

    mu = 0.03

    def penalty(self, t):
        weights = np.sum(self.W1 ** 2) + np.sum(self.W2 ** 2)
        return self.lam * (np.sum(np.abs(self.W1)) + np.sum(np.abs(self.W2))) + self.mu / 2 * weights

    def decay(self, W, t):
        return self.lam * np.sign(W) + self.mu * W


class ElasticNetworkTwice(ElasticNetwork):
    """The derivative of μ |W|² beside the loss of μ/2 |W|²."""

    def decay(self, W, t):
        return self.lam * np.sign(W) + 2 * self.mu * W
