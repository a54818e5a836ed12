"""Batch normalisation when training is over: with statistics that are given, so that samples do without each other."""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array


class BatchNormEvaluation:
    """y = γ (x − μ) / √(σ² + ε) + β with statistics that are given.

    Attributes:
        gamma, beta, mean, variance: ``(features,)``.
        dgamma, dbeta, dmean, dvariance: what the last `backward` found.
    """

    normal: Array
    inverse: Array
    dgamma: Array
    dbeta: Array
    dmean: Array
    dvariance: Array

    def __init__(self, features: int, epsilon: float = 1e-5) -> None:
        """Before any statistics are known the mean is 0 and the variance 1; ``epsilon`` keeps the latter from 0."""
        self.gamma: Array = np.ones(features)
        self.beta: Array = np.zeros(features)
        self.mean: Array = np.zeros(features)
        self.variance: Array = np.ones(features)
        self.epsilon = epsilon

    def forward(self, x: Array) -> Array:
        """y ``(…, features)``, shaped like x."""
        self.inverse = 1 / np.sqrt(self.variance + self.epsilon)
        self.normal = (x - self.mean) * self.inverse
        return self.gamma * self.normal + self.beta

    def backward(self, dy: Array) -> Array:
        """Store the gradients of the parameters and statistics, return dx, for dy shaped like x."""
        samples = tuple(range(dy.ndim - 1))
        self.dgamma = (dy * self.normal).sum(axis=samples)
        self.dbeta = dy.sum(axis=samples)
        # ∂y/∂x = γ / √(σ² + ε) = −∂y/∂μ
        slope = self.gamma * self.inverse
        self.dmean = -slope * self.dbeta
        # ∂y/∂σ² = −γ x̂ / (2 (σ² + ε))
        self.dvariance = -slope * self.inverse * self.dgamma / 2
        return dy * slope


class BatchNormEvaluation2D(BatchNormEvaluation):
    """The same for images, whose pixels count as samples."""

    def forward(self, x: Array) -> Array:
        """y ``(batch, features, rows, columns)``, shaped like x."""
        return _features_second(super().forward(_features_last(x)))

    def backward(self, dy: Array) -> Array:
        """As in `BatchNormEvaluation`, for dy shaped like x."""
        return _features_second(super().backward(_features_last(dy)))


def _features_last(x: Array) -> Array:
    return x.transpose(0, 2, 3, 1)


def _features_second(x: Array) -> Array:
    return x.transpose(0, 3, 1, 2)
