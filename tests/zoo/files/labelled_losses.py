"""Losses of classes, the targets whole numbers: of weights, data and labels, or of probabilities and labels."""

import numpy as np


def margin_loss_and_gradient(W, X, y):
    loss, dW = margins(W, X, y, 1.0)
    return loss, dW


def margin_loss_and_gradient_onesided(W, X, y):
    loss, dW = margins(W, X, y, 0.0)
    return loss, dW


def margins(W, X, y, own):
    rows = np.arange(len(y))
    scores = X @ W
    above = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    above[rows, y] = 0
    counted = (above > 0).astype(float)
    counted[rows, y] = -own * counted.sum(axis=1)
    return above.sum() / len(y), X.T @ counted / len(y)


class LogLoss:
    """A loss for each sample; the gradient is that of their mean."""

    def forward(self, y_pred, y_true):
        return -np.log(y_pred[np.arange(len(y_true)), y_true])

    def backward(self, y_pred, y_true):
        return self.slopes(y_pred, y_true) / len(y_true)

    def slopes(self, y_pred, y_true):
        return -np.eye(y_pred.shape[1])[y_true] / y_pred


class LogLossLinear(LogLoss):
    def slopes(self, y_pred, y_true):
        return y_pred - np.eye(y_pred.shape[1])[y_true]
