"""Activations of several branches: the derivative at a kink is that of one of the branches that meet there.

Every class has ``forward(z)``, which keeps what ``backward(da)`` needs. ReLU itself stands in `layers`.
"""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array


class LeakyReLU:
    """a = z where z > 0, else αz."""

    z: Array

    def __init__(self, alpha: float = 0.01) -> None:
        """``alpha`` is the slope below 0."""
        self.alpha = alpha

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.z = z
        return np.where(z > 0, z, self.alpha * z)

    def backward(self, da: Array) -> Array:
        """dz, shaped like da; at the kink z = 0 the slope α is taken."""
        return np.where(self.z > 0, da, self.alpha * da)


class PReLU:
    """A leaky ReLU whose slope is a parameter: one for all entries, or one for each feature.

    Attributes:
        alpha: ``()`` or ``(features,)``.
        dalpha: what the last `backward` found, shaped like alpha.
    """

    z: Array
    dalpha: Array

    def __init__(self, *features: int) -> None:
        """One slope, or with a number of features one for each; ¼ at first."""
        self.alpha: Array = np.full(features, 0.25)

    def forward(self, z: Array) -> Array:
        """a ``(…, features)``, shaped like z."""
        self.z = z
        return np.where(z > 0, z, self.alpha * z)

    def backward(self, da: Array) -> Array:
        """Store dalpha, return dz, shaped like da."""
        # dα = Σ da z over the entries below 0 that share the slope
        shared = tuple(range(self.z.ndim - np.ndim(self.alpha)))
        self.dalpha = (da * np.minimum(self.z, 0)).sum(axis=shared)
        return np.where(self.z > 0, da, self.alpha * da)


class ELU:
    """a = z where z > 0, else α (e^z − 1)."""

    z: Array

    def __init__(self, alpha: float = 1.0) -> None:
        """``−alpha`` is the limit far below 0."""
        self.alpha = alpha

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.z = z
        # Above 0 the exponential is not used, and might overflow.
        return np.where(z > 0, z, self.alpha * np.expm1(np.minimum(z, 0)))

    def backward(self, da: Array) -> Array:
        """dz, shaped like da; at z = 0 that of the branch below."""
        # a' = 1 or α e^z
        return np.where(self.z > 0, da, da * self.alpha * np.exp(np.minimum(self.z, 0)))


class SELU:
    """a = λ z where z > 0, else λα (e^z − 1), with λ and α such that mean 0 and variance 1 are kept."""

    SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
    z: Array

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.z = z
        return self.SCALE * np.where(z > 0, z, self.ALPHA * np.expm1(np.minimum(z, 0)))

    def backward(self, da: Array) -> Array:
        """dz, shaped like da; at z = 0 that of the branch below."""
        # a' = λ or λα e^z
        return self.SCALE * np.where(self.z > 0, da, da * self.ALPHA * np.exp(np.minimum(self.z, 0)))


class HardSigmoid:
    """a = slope · z + ½, cut off at 0 and 1."""

    z: Array

    def __init__(self, slope: float = 0.5) -> None:
        """``slope`` is that of the line between the two ends."""
        self.slope = slope

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.z = z
        return np.clip(self.slope * z + 0.5, 0, 1)

    def backward(self, da: Array) -> Array:
        """dz, shaped like da: at the upper end that of the line, at the lower end 0."""
        end = 0.5 / self.slope
        return np.where((self.z > -end) & (self.z <= end), self.slope * da, 0)


class HardTanh:
    """a = z, cut off at −1 and 1."""

    z: Array

    def forward(self, z: Array) -> Array:
        """a, shaped like z."""
        self.z = z
        return np.clip(z, -1, 1)

    def backward(self, da: Array) -> Array:
        """dz, shaped like da: at the upper end that of the line, at the lower end 0."""
        return np.where((self.z > -1) & (self.z <= 1), da, 0)
