"""Losses of numbers: what the prediction y is compared with the target t by, summed or averaged.

A loss is made with what its sum is divided by: ``Huber()`` and ``Huber(entries)`` average over all entries,
``Huber(whole)`` adds up, ``Huber(samples)`` averages over the samples.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gdverify.documented.arrays import Array, Scalar

Count = Callable[[Array], int]


def whole(y: Array) -> int:
    """1: the sum stays a sum."""
    return 1


def samples(y: Array) -> int:
    """How many samples y ``(batch, …)`` has."""
    return len(y)


def entries(y: Array) -> int:
    """How many entries y has."""
    return y.size


class Loss:
    """A sum of the losses of entries or of samples, divided by how many there are.

    A loss says what each of them loses, and by how much that changes with y.
    """

    count: int

    def __init__(self, per: Count = entries) -> None:
        """``per`` counts what is averaged over."""
        self.per = per

    def forward(self, y: Array, target: Array) -> Scalar:
        """The loss of y and a target of its shape: one number."""
        self.count = self.per(y)
        loss: Scalar = np.sum(self.losses(y, target)) / self.count
        return loss

    def backward(self) -> Array:
        """dy for the last `forward`, shaped like y."""
        return self.slopes() / self.count

    def losses(self, y: Array, t: Array) -> Array:
        """What each entry, or each sample, loses; keeps what `slopes` needs."""
        raise NotImplementedError

    def slopes(self) -> Array:
        """The derivative of their sum by y, shaped like y."""
        raise NotImplementedError


class SquaredError(Loss):
    """Σ (y − t)²."""

    error: Array

    def losses(self, y: Array, t: Array) -> Array:
        self.error = y - t
        return self.error**2

    def slopes(self) -> Array:
        return 2 * self.error


class HalfSquaredError(Loss):
    """½ Σ (y − t)²."""

    error: Array

    def losses(self, y: Array, t: Array) -> Array:
        self.error = y - t
        return self.error**2 / 2

    def slopes(self) -> Array:
        return self.error


class AbsoluteError(Loss):
    """Σ |y − t|."""

    error: Array

    def losses(self, y: Array, t: Array) -> Array:
        self.error = y - t
        return np.abs(self.error)

    def slopes(self) -> Array:
        # 0 at the kink y = t
        return np.sign(self.error)


class Huber(Loss):
    """Σ e²/2 where |e| ≤ δ, else δ (|e| − δ/2), with e = y − t."""

    error: Array

    def __init__(self, per: Count = entries, delta: float = 1.0) -> None:
        """From ``delta`` on the loss is a straight line."""
        super().__init__(per)
        self.delta = delta

    def losses(self, y: Array, t: Array) -> Array:
        self.error = y - t
        size = np.abs(self.error)
        return np.where(size > self.delta, self.delta * (size - self.delta / 2), self.error**2 / 2)

    def slopes(self) -> Array:
        # e, or δ sign(e)
        return np.clip(self.error, -self.delta, self.delta)


class SmoothL1(Loss):
    """Σ e²/(2β) where |e| ≤ β, else |e| − β/2, with e = y − t."""

    error: Array

    def __init__(self, per: Count = entries, beta: float = 0.5) -> None:
        """From ``beta`` on the loss is a straight line of slope 1."""
        super().__init__(per)
        self.beta = beta

    def losses(self, y: Array, t: Array) -> Array:
        self.error = y - t
        size = np.abs(self.error)
        return np.where(size > self.beta, size - self.beta / 2, self.error**2 / (2 * self.beta))

    def slopes(self) -> Array:
        # e/β, or sign(e)
        return np.clip(self.error / self.beta, -1, 1)


class Quantile(Loss):
    """Σ q e where e = t − y > 0, else Σ (q − 1) e: least at the quantile q."""

    error: Array

    def __init__(self, per: Count = entries, q: float = 0.1) -> None:
        """``q`` is the share of targets that should lie below the prediction."""
        super().__init__(per)
        self.q = q

    def losses(self, y: Array, t: Array) -> Array:
        self.error = t - y
        return np.where(self.error > 0, self.q * self.error, (self.q - 1) * self.error)

    def slopes(self) -> Array:
        # ∂e/∂y = −1
        return np.where(self.error > 0, -self.q, 1 - self.q).astype(self.error.dtype)


class Poisson(Loss):
    """Σ e^y − t y: counts t of the rate e^y, without the term of t alone."""

    rate: Array
    t: Array

    def losses(self, y: Array, t: Array) -> Array:
        self.rate, self.t = np.exp(y), t
        return self.rate - t * y

    def slopes(self) -> Array:
        return self.rate - self.t
