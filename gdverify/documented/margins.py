"""Losses of margins and of distances: nothing is lost where a score is far enough on its side."""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array, Scalar
from gdverify.documented.losses import Count, Loss, entries, samples


class Hinge(Loss):
    """Σ max(1 − t y, 0), of labels −1 and 1."""

    short: Array
    t: Array

    def losses(self, y: Array, t: Array) -> Array:
        # How far a score falls short of its margin
        self.short, self.t = np.maximum(1 - t * y, 0), t
        return self.short

    def slopes(self) -> Array:
        # 0 at the kink t y = 1
        return np.where(self.short > 0, -self.t, 0)


class SquaredHinge(Loss):
    """Σ max(1 − t y, 0)², of labels −1 and 1."""

    short: Array
    t: Array

    def losses(self, y: Array, t: Array) -> Array:
        self.short, self.t = np.maximum(1 - t * y, 0), t
        return self.short**2

    def slopes(self) -> Array:
        return -2 * self.t * self.short


class MulticlassHinge(Loss):
    """Σ over the wrong classes k of max(1 + y_nk − y_n,right, 0), of scores y ``(batch, classes)`` and a one-hot t."""

    over: Array
    t: Array

    def __init__(self, per: Count = samples) -> None:
        super().__init__(per)

    def losses(self, y: Array, t: Array) -> Array:
        right = (t * y).sum(axis=1, keepdims=True)
        margins = np.maximum(1 + y - right, 0)
        # Every wrong class within the margin pulls its own score down, and that of the right class up.
        self.over, self.t = np.where(margins > 0, 1 - t, 0), t
        return (1 - t) * margins

    def slopes(self) -> Array:
        return self.over - self.t * self.over.sum(axis=1, keepdims=True)


class CosineDistance(Loss):
    """Σ_n 1 − y_n · t_n / (|y_n| |t_n|), of vectors y and t ``(batch, features)``."""

    y: Array
    t: Array

    def __init__(self, per: Count = samples) -> None:
        super().__init__(per)

    def losses(self, y: Array, t: Array) -> Array:
        self.y, self.t = y, t
        self.length = np.sqrt((y * y).sum(axis=1, keepdims=True))
        self.lengths = self.length * np.sqrt((t * t).sum(axis=1, keepdims=True))
        with np.errstate(divide="ignore", invalid="ignore"):  # a vector of length 0 has no direction
            self.cosine = (y * t).sum(axis=1, keepdims=True) / self.lengths
        return 1 - self.cosine

    def slopes(self) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            # ∂cos/∂y = t / (|y| |t|) − cos · y / |y|²
            return self.cosine * self.y / self.length**2 - self.t / self.lengths


class Contrastive(Loss):
    """½ Σ t y² + (1 − t) max(m − y, 0)²: distances y of pairs that belong together (t = 1) or not (t = 0)."""

    y: Array
    t: Array
    short: Array

    def __init__(self, per: Count = entries, margin: float = 1.0) -> None:
        """Pairs that do not belong together should be ``margin`` apart."""
        super().__init__(per)
        self.margin = margin

    def losses(self, y: Array, t: Array) -> Array:
        self.y, self.t, self.short = y, t, np.maximum(self.margin - y, 0)
        return (t * y**2 + (1 - t) * self.short**2) / 2

    def slopes(self) -> Array:
        return self.t * self.y - (1 - self.t) * self.short


class ContrastivePairs:
    """½ mean_n t d² + (1 − t) max(m − d, 0)² with d_n = |u_n − v_n|: `Contrastive` of two embeddings."""

    def __init__(self, margin: float = 1.0) -> None:
        """Pairs that do not belong together should be ``margin`` apart."""
        self.distance, self.loss = EuclideanDistance(), Contrastive(margin=margin)

    def forward(self, u: Array, v: Array, target: Array) -> Scalar:
        """One number, for u and v ``(batch, features)`` and a target ``(batch,)``."""
        return self.loss.forward(self.distance.forward(u, v), target)

    def backward(self) -> tuple[Array, Array, Array]:
        """du and dv ``(batch, features)`` and dtarget ``(batch,)``, which soft labels have a use for."""
        # The loss is linear in t: dt = ½ (d² − max(m − d, 0)²) / batch
        dtarget = (self.loss.y**2 - self.loss.short**2) / (2 * self.loss.count)
        return *self.distance.backward(self.loss.backward()), dtarget


class EuclideanDistance:
    """d_n = |u_n − v_n|."""

    difference: Array
    d: Array

    def forward(self, u: Array, v: Array) -> Array:
        """d ``(batch,)`` for u and v ``(batch, features)``."""
        self.difference = u - v
        self.d = np.sqrt((self.difference**2).sum(axis=1))
        return self.d

    def backward(self, dd: Array) -> tuple[Array, Array]:
        """du and dv ``(batch, features)``, for dd ``(batch,)``; 0 where u = v, a point without a slope."""
        # ∂d/∂u = (u − v) / d, where d is not 0; there 0 is a subgradient
        apart = self.d > 0
        du = np.where(apart, dd / np.where(apart, self.d, 1), 0)[:, None] * self.difference
        return du, -du


class Triplet:
    """Σ_n max(|a_n − p_n|² − |a_n − n_n|² + margin, 0): an anchor should be nearer to its like than to another."""

    def __init__(self, per: Count = samples, margin: float = 1.0) -> None:
        """``per`` counts what is averaged over; ``margin`` is by how much nearer."""
        self.per, self.margin = per, margin

    def forward(self, anchor: Array, positive: Array, negative: Array) -> Scalar:
        """One number for the three ``(batch, features)``."""
        self.anchor, self.positive, self.negative = anchor, positive, negative
        near, far = anchor - positive, anchor - negative
        self.short = np.maximum((near**2).sum(axis=1) - (far**2).sum(axis=1) + self.margin, 0)
        self.count = self.per(anchor)
        loss: Scalar = self.short.sum() / self.count
        return loss

    def backward(self) -> tuple[Array, Array, Array]:
        """The gradients of the three ``(batch, features)``; 0 at the kink."""
        # 2 where the margin is not kept, divided by what is averaged over
        weight = (2 * (self.short > 0)[:, None] / self.count).astype(self.anchor.dtype)
        # ∂/∂a = 2 (a − p) − 2 (a − n) = 2 (n − p),  ∂/∂p = 2 (p − a),  ∂/∂n = 2 (a − n)
        return (
            weight * (self.negative - self.positive),
            weight * (self.positive - self.anchor),
            weight * (self.anchor - self.negative),
        )
