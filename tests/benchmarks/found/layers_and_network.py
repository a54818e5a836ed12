"""Five layer classes and a network, as a user would have them in one file."""

import numpy as np


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_out, n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W.T + self.b

    def backward(self, dy):
        self.dW = dy.T @ self.x
        self.db = dy.sum(axis=0)
        return dy @ self.W


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dy):
        return dy * self.y * (1 - self.y)


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)


class MSELoss:
    def forward(self, y, t):
        self.d = y - t
        return np.mean(self.d**2)

    def backward(self):
        return 2 * self.d / self.d.size


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_hidden, n_in)
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_out, n_hidden)
        self.b2 = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1.T + self.b1)
        self.y = self.h @ self.W2.T + self.b2
        return self.y

    def loss(self, y, t):
        return np.mean((y - t) ** 2)

    def backward(self, t):
        dy = 2 * (self.y - t) / self.y.size
        self.dW2 = dy.T @ self.h
        self.db2 = dy.sum(axis=0)
        dz = (dy @ self.W2) * (1 - self.h**2)
        self.dW1 = dz.T @ self.x
        self.db1 = dz.sum(axis=0)
