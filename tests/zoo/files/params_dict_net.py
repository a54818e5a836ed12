"""Two-layer regression network with its parameters in a dict; loss() returns loss and gradients."""
import numpy as np


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=1e-1):
        self.params = {}
        self.params["W1"] = std * np.random.randn(input_size, hidden_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros(output_size)

    def scores(self, X):
        h = np.tanh(X.dot(self.params["W1"]) + self.params["b1"])
        return h, h.dot(self.params["W2"]) + self.params["b2"]

    def predict(self, X):
        return self.scores(X)[1]

    def loss(self, X, y):
        h, out = self.scores(X)
        diff = out - y
        loss = np.mean(diff ** 2)
        dout = self.output_gradient(diff)
        grads = {}
        grads["W2"] = h.T.dot(dout)
        grads["b2"] = dout.sum(axis=0)
        dh = dout.dot(self.params["W2"].T) * (1 - h ** 2)
        grads["W1"] = X.T.dot(dh)
        grads["b1"] = dh.sum(axis=0)
        return loss, grads

    def output_gradient(self, diff):
        return 2 * diff / diff.size


class TwoLayerNetPerRow(TwoLayerNet):
    """Divides by the number of rows where the mean is over all entries."""

    def output_gradient(self, diff):
        return 2 * diff / len(diff)
