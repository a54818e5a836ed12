"""Normalisation: over a batch, over features, over an image; and the softmax.

The backward passes are the compact ones. With x̂ = (x − μ) / √(σ² + ε), both μ and σ² the statistics of N entries,
and d the gradient that arrives at x̂, the gradient through all three uses of x is

    dx = (d − mean(d) − x̂ mean(d x̂)) / √(σ² + ε).
"""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array


class Softmax:
    """p = e^z / Σ e^z along an axis."""

    p: Array

    def __init__(self, axis: int = -1) -> None:
        """``axis`` is the one of the classes."""
        self.axis = axis

    def forward(self, z: Array) -> Array:
        """p, shaped like z."""
        # The largest entry is taken off, which changes no quotient: nothing overflows.
        e = np.exp(z - z.max(axis=self.axis, keepdims=True))
        self.p = e / e.sum(axis=self.axis, keepdims=True)
        return self.p

    def backward(self, dp: Array) -> Array:
        """dz, shaped like dp."""
        # ∂p_j/∂z_i = p_j (δ_ij − p_i), so dz_i = p_i (dp_i − Σ_j dp_j p_j)
        return self.p * (dp - (dp * self.p).sum(axis=self.axis, keepdims=True))


class LogSoftmax:
    """log p = z − log Σ e^z along an axis."""

    log_p: Array

    def __init__(self, axis: int = -1) -> None:
        """``axis`` is the one of the classes."""
        self.axis = axis

    def forward(self, z: Array) -> Array:
        """log p, shaped like z."""
        shifted = z - z.max(axis=self.axis, keepdims=True)
        self.log_p = shifted - np.log(np.exp(shifted).sum(axis=self.axis, keepdims=True))
        return self.log_p

    def backward(self, dp: Array) -> Array:
        """dz, shaped like the gradient dp of log p."""
        # ∂ log p_j / ∂z_i = δ_ij − p_i, so dz_i = dp_i − p_i Σ_j dp_j
        return dp - np.exp(self.log_p) * dp.sum(axis=self.axis, keepdims=True)


class BatchNorm:
    """y = γ x̂ + β with the statistics of the batch: for samples, or for images, where pixels count as samples.

    Attributes:
        gamma, beta: ``(features,)``.
        dgamma, dbeta: what the last `backward` found.
    """

    normal: Array
    inverse: Array
    dgamma: Array
    dbeta: Array

    def __init__(self, features: int, epsilon: float = 1e-5) -> None:
        """γ is 1 and β is 0 at first; ``epsilon`` keeps the variance from 0."""
        self.gamma: Array = np.ones(features)
        self.beta: Array = np.zeros(features)
        self.epsilon = epsilon

    def forward(self, x: Array) -> Array:
        """y for x ``(batch, features)`` or ``(batch, features, rows, columns)``."""
        axes = (0, *range(2, x.ndim))
        centred = x - x.mean(axis=axes, keepdims=True)
        # 1 / √(σ² + ε)
        self.inverse = 1 / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + self.epsilon)
        self.normal = centred * self.inverse
        return self._per_feature(self.gamma) * self.normal + self._per_feature(self.beta)

    def backward(self, dy: Array) -> Array:
        """Store dgamma and dbeta, return dx, for dy shaped like x."""
        axes = (0, *range(2, dy.ndim))
        # dγ_j = Σ dy x̂,  dβ_j = Σ dy
        self.dgamma = (dy * self.normal).sum(axis=axes)
        self.dbeta = dy.sum(axis=axes)
        # dx = γ (dy − dβ/N − x̂ dγ/N) / √(σ² + ε): d = γ dy, and its means are known already
        entries = dy.size // dy.shape[1]
        means = self._per_feature(self.dbeta / entries) + self.normal * self._per_feature(self.dgamma / entries)
        return self._per_feature(self.gamma) * self.inverse * (dy - means)

    def _per_feature(self, values: Array) -> Array:
        """``(features,)`` as it stands beside x."""
        return values.reshape(-1, *[1] * (self.normal.ndim - 2))


class InstanceNorm:
    """y = γ x̂ + β with the statistics of each channel of each image.

    Attributes:
        gamma, beta: ``(channels,)``.
        dgamma, dbeta: what the last `backward` found.
    """

    normal: Array
    inverse: Array
    dgamma: Array
    dbeta: Array

    def __init__(self, channels: int, epsilon: float = 1e-5) -> None:
        """γ is 1 and β is 0 at first; ``epsilon`` keeps the variance from 0."""
        self.gamma: Array = np.ones(channels)
        self.beta: Array = np.zeros(channels)
        self.epsilon = epsilon

    def forward(self, x: Array) -> Array:
        """y for x ``(batch, channels, rows, columns)``."""
        centred = x - x.mean(axis=(2, 3), keepdims=True)
        self.inverse = 1 / np.sqrt((centred**2).mean(axis=(2, 3), keepdims=True) + self.epsilon)
        self.normal = centred * self.inverse
        return self.gamma[:, None, None] * self.normal + self.beta[:, None, None]

    def backward(self, dy: Array) -> Array:
        """Store dgamma and dbeta, return dx, for dy shaped like x."""
        total = dy.sum(axis=(2, 3), keepdims=True)
        slope = (dy * self.normal).sum(axis=(2, 3), keepdims=True)
        # dγ_c = Σ dy x̂,  dβ_c = Σ dy: what the images have found, added up
        self.dgamma = slope.sum(axis=(0, 2, 3))
        self.dbeta = total.sum(axis=(0, 2, 3))
        # dx = γ (dy − mean(dy) − x̂ mean(dy x̂)) / √(σ² + ε)
        pixels = dy.shape[2] * dy.shape[3]
        means = total / pixels + self.normal * (slope / pixels)
        return self.gamma[:, None, None] * self.inverse * (dy - means)


class GroupNorm:
    """y = γ x̂ + β with the statistics of groups of channels of each image.

    Attributes:
        gamma, beta: ``(channels,)``.
        dgamma, dbeta: what the last `backward` found.
    """

    normal: Array
    inverse: Array
    dgamma: Array
    dbeta: Array

    def __init__(self, channels: int, groups: int = 2, epsilon: float = 1e-5) -> None:
        """``groups`` divides the number of channels; ``epsilon`` keeps the variance from 0."""
        self.gamma: Array = np.ones(channels)
        self.beta: Array = np.zeros(channels)
        self.groups, self.epsilon = groups, epsilon

    def forward(self, x: Array) -> Array:
        """y for x ``(batch, channels, rows, columns)``."""
        # One row for each group of an image
        grouped = x.reshape(len(x), self.groups, -1)
        centred = grouped - grouped.mean(axis=2, keepdims=True)
        self.inverse = 1 / np.sqrt((centred**2).mean(axis=2, keepdims=True) + self.epsilon)
        self.normal = (centred * self.inverse).reshape(x.shape)
        return self.gamma[:, None, None] * self.normal + self.beta[:, None, None]

    def backward(self, dy: Array) -> Array:
        """Store dgamma and dbeta, return dx, for dy shaped like x."""
        self.dgamma = (dy * self.normal).sum(axis=(0, 2, 3))
        self.dbeta = dy.sum(axis=(0, 2, 3))
        # dx = (d − mean(d) − x̂ mean(d x̂)) / √(σ² + ε), with d = γ dy, for each group
        d = (dy * self.gamma[:, None, None]).reshape(len(dy), self.groups, -1)
        normal = self.normal.reshape(d.shape)
        means = d.mean(axis=2, keepdims=True) + normal * (d * normal).mean(axis=2, keepdims=True)
        return (self.inverse * (d - means)).reshape(dy.shape)


class LayerNorm:
    """y = γ x̂ + β with the statistics of the features of each sample.

    Attributes:
        gamma, beta: ``(features,)``.
        dgamma, dbeta: what the last `backward` found.
    """

    normal: Array
    inverse: Array
    dgamma: Array
    dbeta: Array

    def __init__(self, features: int, epsilon: float = 1e-5) -> None:
        """γ is 1 and β is 0 at first; ``epsilon`` keeps the variance from 0."""
        self.gamma: Array = np.ones(features)
        self.beta: Array = np.zeros(features)
        self.epsilon = epsilon

    def forward(self, x: Array) -> Array:
        """y ``(…, features)``, shaped like x."""
        centred = x - x.mean(axis=-1, keepdims=True)
        self.inverse = 1 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.epsilon)
        self.normal = centred * self.inverse
        return self.gamma * self.normal + self.beta

    def backward(self, dy: Array) -> Array:
        """Store dgamma and dbeta, return dx, for dy shaped like x."""
        samples = tuple(range(dy.ndim - 1))
        self.dgamma = (dy * self.normal).sum(axis=samples)
        self.dbeta = dy.sum(axis=samples)
        # dx = (d − mean(d) − x̂ mean(d x̂)) / √(σ² + ε), with d = γ dy
        d = dy * self.gamma
        means = d.mean(axis=-1, keepdims=True) + self.normal * (d * self.normal).mean(axis=-1, keepdims=True)
        return self.inverse * (d - means)


class RMSNorm:
    """y = g x̂ with x̂ = x / √(mean(x²) + ε) over the features of each sample.

    Attributes:
        g: ``(features,)``; dg: what the last `backward` found.
    """

    normal: Array
    inverse: Array
    dg: Array

    def __init__(self, features: int, epsilon: float = 1e-5) -> None:
        """g is 1 at first; ``epsilon`` keeps the mean square from 0."""
        self.g: Array = np.ones(features)
        self.epsilon = epsilon

    def forward(self, x: Array) -> Array:
        """y ``(…, features)``, shaped like x."""
        self.inverse = 1 / np.sqrt((x**2).mean(axis=-1, keepdims=True) + self.epsilon)
        self.normal = x * self.inverse
        return self.g * self.normal

    def backward(self, dy: Array) -> Array:
        """Store dg, return dx, for dy shaped like x."""
        self.dg = (dy * self.normal).sum(axis=tuple(range(dy.ndim - 1)))
        # dx = (d − x̂ mean(d x̂)) / √(mean(x²) + ε), with d = g dy
        d = dy * self.g
        return self.inverse * (d - self.normal * (d * self.normal).mean(axis=-1, keepdims=True))
