"""Losses of classes: probabilities or logits y, labels or probabilities of classes t.

As in `losses`, each is made with what its sum is divided by. Those of one number for each label average over all
entries unless told otherwise, those of several classes over the samples.
"""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array, sigmoid
from gdverify.documented.losses import Count, Loss, entries, samples


class BinaryCrossEntropy(Loss):
    """−Σ t log y + (1 − t) log(1 − y), of probabilities y."""

    y: Array
    t: Array

    def losses(self, y: Array, t: Array) -> Array:
        self.y, self.t = y, t
        # Where y has rounded to 0 or 1 the loss is infinite, or 0 · log 0.
        with np.errstate(divide="ignore", invalid="ignore"):
            return -(t * np.log(y) + (1 - t) * np.log(1 - y))

    def slopes(self) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            # −t/y + (1 − t)/(1 − y) = (y − t) / (y (1 − y))
            return (self.y - self.t) / (self.y * (1 - self.y))


class BinaryCrossEntropyWithLogits(Loss):
    """Σ softplus(y) − t y: the binary cross-entropy of σ(y), in a form that neither overflows nor takes log 0."""

    y: Array
    t: Array

    def losses(self, y: Array, t: Array) -> Array:
        self.y, self.t = y, t
        return np.logaddexp(0, y) - t * y

    def slopes(self) -> Array:
        return sigmoid(self.y) - self.t


class Focal(Loss):
    """−Σ t (1 − y)^γ log y + (1 − t) y^γ log(1 − y): a cross-entropy that fades where y is right."""

    y: Array
    t: Array

    def __init__(self, per: Count = entries, gamma: float = 2.0) -> None:
        """``gamma`` is how fast it fades; 0 leaves the cross-entropy."""
        super().__init__(per)
        self.gamma = gamma

    def losses(self, y: Array, t: Array) -> Array:
        self.y, self.t, self.log_y, self.log_not = y, t, np.log(y), np.log(1 - y)
        return -t * (1 - y) ** self.gamma * self.log_y - (1 - t) * y**self.gamma * self.log_not

    def slopes(self) -> Array:
        y, t, g = self.y, self.t, self.gamma
        # The derivative of −(1 − y)^γ log y, and of its mirror image −y^γ log(1 − y)
        of_right = g * (1 - y) ** (g - 1) * self.log_y - (1 - y) ** g / y
        of_wrong = y**g / (1 - y) - g * y ** (g - 1) * self.log_not
        return t * of_right + (1 - t) * of_wrong


class CrossEntropy(Loss):
    """−Σ_nk t_nk log y_nk, of the probabilities y of classes."""

    y: Array
    t: Array

    def __init__(self, per: Count = samples) -> None:
        super().__init__(per)

    def losses(self, y: Array, t: Array) -> Array:
        self.y, self.t = y, t
        with np.errstate(divide="ignore", invalid="ignore"):  # a probability may have rounded to 0
            return -t * np.log(y)

    def slopes(self) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return -self.t / self.y


class SoftmaxCrossEntropy(Loss):
    """−Σ_nk t_nk log softmax(y)_nk, of logits y ``(batch, classes)``; t one-hot, or the weight of each class."""

    log_p: Array
    t: Array

    def __init__(self, per: Count = samples) -> None:
        super().__init__(per)

    def losses(self, y: Array, t: Array) -> Array:
        shifted = y - y.max(axis=1, keepdims=True)
        # log p = y − log Σ e^y
        self.log_p, self.t = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), t
        return -t * self.log_p

    def slopes(self) -> Array:
        # p_k Σ_j t_j − t_k; for a one-hot t, and whenever t adds up to 1, that is p − t
        return np.exp(self.log_p) * self.t.sum(axis=1, keepdims=True) - self.t


class SmoothedCrossEntropy(SoftmaxCrossEntropy):
    """`SoftmaxCrossEntropy` of labels that are smoothed: (1 − ε) t + ε / classes."""

    def __init__(self, per: Count = samples, epsilon: float = 0.1) -> None:
        """``epsilon`` is the share that all classes have in common."""
        super().__init__(per)
        self.epsilon = epsilon

    def losses(self, y: Array, t: Array) -> Array:
        return super().losses(y, (1 - self.epsilon) * t + self.epsilon / t.shape[1])


class NegativeLogLikelihood(Loss):
    """−Σ_nk t_nk y_nk, of logarithms y of probabilities."""

    t: Array

    def __init__(self, per: Count = samples) -> None:
        super().__init__(per)

    def losses(self, y: Array, t: Array) -> Array:
        self.t = t
        return -t * y

    def slopes(self) -> Array:
        return -self.t


class KLDivergence(Loss):
    """Σ_nk t_nk (log t_nk − log y_nk): of probabilities t from predicted ones."""

    y: Array
    t: Array

    def __init__(self, per: Count = samples) -> None:
        super().__init__(per)

    def losses(self, y: Array, t: Array) -> Array:
        self.y, self.t = y, t
        with np.errstate(divide="ignore", invalid="ignore"):  # a probability may have rounded to 0
            return t * (np.log(t) - np.log(y))

    def slopes(self) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return -self.t / self.y
