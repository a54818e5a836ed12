"""Terms that keep a parameter small, to be added to a loss, and their gradients to that of the parameter."""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array, Scalar


class Lasso:
    """strength · Σ |w|."""

    w: Array

    def __init__(self, strength: float = 0.01) -> None:
        """``strength`` is what the sum is multiplied by."""
        self.strength = strength

    def forward(self, w: Array) -> Scalar:
        """One number, for w of any shape."""
        self.w = w
        term: Scalar = self.strength * np.abs(w).sum()
        return term

    def backward(self) -> Array:
        """dw, shaped like w; 0 at the kink w = 0."""
        return self.strength * np.sign(self.w)


class Ridge:
    """strength · ½ Σ w²."""

    w: Array

    def __init__(self, strength: float = 0.01) -> None:
        """``strength`` is what the sum is multiplied by."""
        self.strength = strength

    def forward(self, w: Array) -> Scalar:
        """One number, for w of any shape."""
        self.w = w
        term: Scalar = self.strength * (w**2).sum() / 2
        return term

    def backward(self) -> Array:
        """dw, shaped like w."""
        return self.strength * self.w


class ElasticNet:
    """strength · Σ share |w| + (1 − share) w² / 2."""

    w: Array

    def __init__(self, strength: float = 0.01, share: float = 0.5) -> None:
        """``share`` is that of the lasso; the rest is the ridge's."""
        self.strength, self.share = strength, share

    def forward(self, w: Array) -> Scalar:
        """One number, for w of any shape."""
        self.w = w
        term: Scalar = self.strength * (self.share * np.abs(w) + (1 - self.share) * w**2 / 2).sum()
        return term

    def backward(self) -> Array:
        """dw, shaped like w; the lasso's part is 0 at the kink w = 0."""
        return self.strength * (self.share * np.sign(self.w) + (1 - self.share) * self.w)
