"""A network of any depth, its weights in a list; backward returns a list of (dW, db)."""
import numpy as np


class MLP:
    def __init__(self, layer_sizes):
        self.weights = [np.random.randn(m, n) for n, m in zip(layer_sizes, layer_sizes[1:])]
        self.biases = [np.zeros(m) for m in layer_sizes[1:]]

    def forward(self, X):
        self.activations = [X]
        for k, (W, b) in enumerate(zip(self.weights, self.biases)):
            z = self.activations[-1] @ W.T + b
            last = k == len(self.weights) - 1
            self.activations.append(z if last else np.tanh(z))
        return self.activations[-1]

    def compute_loss(self, T):
        return np.mean((self.activations[-1] - T) ** 2)

    def backward(self, T):
        delta = 2 * (self.activations[-1] - T) / T.size
        grads = []
        for k in reversed(range(len(self.weights))):
            grads.insert(0, (delta.T @ self.activations[k], delta.sum(axis=0)))
            delta = (delta @ self.weights[k]) * self.slope(k)
        return grads

    def slope(self, k):
        return 1 - self.activations[k] ** 2


class MLPNoSlope(MLP):
    def slope(self, k):
        return 1.0
