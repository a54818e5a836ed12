"""Logistic regression in the manner of scikit-learn: the weights come into being inside fit."""
import numpy as np


class LogisticRegression:
    def __init__(self, lr=0.01, n_iters=1000):
        self.lr = lr
        self.n_iters = n_iters
        self.weights = None
        self.bias = None

    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for _ in range(self.n_iters):
            y_pred = self._sigmoid(np.dot(X, self.weights) + self.bias)
            dw = (1 / n_samples) * np.dot(X.T, self.error(y, y_pred))
            db = (1 / n_samples) * np.sum(self.error(y, y_pred))
            self.weights -= self.lr * dw
            self.bias -= self.lr * db

    def error(self, y, y_pred):
        return y_pred - y

    def predict_proba(self, X):
        return self._sigmoid(np.dot(X, self.weights) + self.bias)

    def _sigmoid(self, x):
        return 1 / (1 + np.exp(-x))


class LogisticRegressionSlow(LogisticRegression):
    """Multiplies by the slope of the sigmoid, which belongs to the squared error."""

    def error(self, y, y_pred):
        return (y_pred - y) * y_pred * (1 - y_pred)
