"""The loss of a variational autoencoder, with gradients in an order of their own; the target has none."""
import numpy as np


class LatentLoss:
    def loss(self, y, y_pred, mean, log_var):
        y_pred = np.clip(y_pred, 1e-12, 1 - 1e-12)
        misfit = -np.sum(y * np.log(y_pred) + (1 - y) * np.log(1 - y_pred), axis=1)
        distance = -0.5 * np.sum(1 + log_var - mean**2 - np.exp(log_var), axis=1)
        return np.mean(misfit + distance)

    def grad(self, y, y_pred, mean, log_var):
        n = len(y)
        return (1 - y) / (1 - y_pred) / n - y / y_pred / n, self.by_variance(log_var) / n, mean / n

    def by_variance(self, log_var):
        return (np.exp(log_var) - 1) / 2


class LatentLossWhole(LatentLoss):
    def by_variance(self, log_var):
        return np.exp(log_var) - 1
