"""Networks for the tests of bindings: one that is right, to be gone wrong with in one method."""

from __future__ import annotations

from typing import Any

import numpy as np


class Network:
    """Two layers with tanh, trained in place; each method may be replaced."""

    def __init__(self, n_in: int, n_hidden: int, n_out: int, lr: float = 0.1) -> None:
        self.lr = lr
        self.W1 = np.random.default_rng(0).normal(size=(n_hidden, n_in))
        self.W2 = np.random.default_rng(1).normal(size=(n_out, n_hidden))

    def predict(self, x: Any) -> Any:
        self.h = np.tanh(x @ self.W1.T)
        return self.h @ self.W2.T

    def slope(self, y: Any, t: Any) -> Any:
        return 2 * (y - t) / y.size

    def train(self, x: Any, t: Any) -> Any:
        y = self.predict(x)
        dy = self.slope(y, t)
        dW2 = dy.T @ self.h
        dW1 = ((dy @ self.W2) * (1 - self.h**2)).T @ x
        self.update(dW1, dW2)
        return np.mean((y - t) ** 2)

    def update(self, dW1: Any, dW2: Any) -> None:
        self.W1 = self.W1 - self.lr * dW1
        self.W2 = self.W2 - self.lr * dW2
