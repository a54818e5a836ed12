"""A network with one method that trains: the gradients never leave it."""
import numpy as np


class NeuralNetwork:
    def __init__(self, inputs, hidden, outputs, learning_rate=0.1):
        self.lr = learning_rate
        self.w1 = np.random.normal(0.0, inputs ** -0.5, (inputs, hidden))
        self.w2 = np.random.normal(0.0, hidden ** -0.5, (hidden, outputs))

    def sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def predict(self, x):
        return self.sigmoid(np.dot(self.sigmoid(np.dot(x, self.w1)), self.w2))

    def train(self, x, y):
        h = self.sigmoid(np.dot(x, self.w1))
        o = self.sigmoid(np.dot(h, self.w2))
        delta_o = (o - y) * o * (1 - o)
        delta_h = np.dot(delta_o, self.w2.T) * h * (1 - h)
        self.w2 -= self.lr * np.dot(h.T, delta_o)
        self.w1 -= self.lr * np.dot(x.T, delta_h)


class NeuralNetworkEager(NeuralNetwork):
    """Updates w2 first, and sends the error back through the new one."""

    def train(self, x, y):
        h = self.sigmoid(np.dot(x, self.w1))
        o = self.sigmoid(np.dot(h, self.w2))
        delta_o = (o - y) * o * (1 - o)
        self.w2 -= self.lr * np.dot(h.T, delta_o)
        delta_h = np.dot(delta_o, self.w2.T) * h * (1 - h)
        self.w1 -= self.lr * np.dot(x.T, delta_h)
