"""Pooling: one number for each window, or for each whole channel; and the largest of several affine maps."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from gdverify.documented.arrays import Array, initial
from gdverify.documented.windows import windows


class MaxPooling:
    """The largest entry of each window; of equal ones the first, row by row, which gets the whole gradient."""

    axes: ClassVar[int] = 2  # of an image: rows and columns

    def __init__(self, width: int = 2, stride: int = 2) -> None:
        """Windows are ``width`` along each axis, and ``stride`` apart; what they do not reach is left out."""
        self.width, self.stride = width, stride

    def forward(self, x: Array) -> Array:
        """y ``(batch, channels, *places)`` for x ``(batch, channels, *image)``."""
        self.shape = x.shape
        self.seen = windows(x.shape[2:], [self.width] * self.axes, self.stride)
        y = x[:, :, *self.seen.met([0] * self.axes)]
        # The number of the tap with the largest entry so far
        self.winner = np.zeros(y.shape, np.intp)
        for number, tap in enumerate(np.ndindex(self.seen.taps)):
            entry = x[:, :, *self.seen.met(tap)]
            self.winner = np.where(entry > y, number, self.winner)
            y = np.maximum(entry, y)
        return y

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, channels, *image)``, for dy ``(batch, channels, *places)``."""
        dx = np.zeros(self.shape, dy.dtype)
        for number, tap in enumerate(np.ndindex(self.seen.taps)):
            # Windows may overlap: an entry that wins several adds up what it gets from each.
            dx[:, :, *self.seen.met(tap)] += np.where(self.winner == number, dy, 0)
        return dx


class MaxPooling1D(MaxPooling):
    """The same along time, ``(batch, channels, time)``."""

    axes = 1


class AveragePooling:
    """The mean of each window."""

    axes: ClassVar[int] = 2

    def __init__(self, width: int = 2, stride: int = 2) -> None:
        """Windows are ``width`` along each axis, and ``stride`` apart; what they do not reach is left out."""
        self.width, self.stride = width, stride

    def forward(self, x: Array) -> Array:
        """y ``(batch, channels, *places)`` for x ``(batch, channels, *image)``."""
        self.shape = x.shape
        self.seen = windows(x.shape[2:], [self.width] * self.axes, self.stride)
        y = np.zeros((*x.shape[:2], *self.seen.places), x.dtype)
        for tap in np.ndindex(self.seen.taps):
            y += x[:, :, *self.seen.met(tap)]
        return y / math.prod(self.seen.taps)

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, channels, *image)``, for dy ``(batch, channels, *places)``."""
        dx = np.zeros(self.shape, dy.dtype)
        # Every entry of a window gets the same share.
        share = dy / math.prod(self.seen.taps)
        for tap in np.ndindex(self.seen.taps):
            dx[:, :, *self.seen.met(tap)] += share
        return dx


class AveragePooling1D(AveragePooling):
    """The same along time, ``(batch, channels, time)``."""

    axes = 1


class GlobalMaxPooling:
    """The largest entry of each channel; of equal ones the first, row by row."""

    def forward(self, x: Array) -> Array:
        """y ``(batch, channels)`` for x ``(batch, channels, rows, columns)``."""
        self.shape = x.shape
        pixels = x.reshape(*x.shape[:2], -1)
        self.winner = pixels.argmax(axis=2)[:, :, None]
        return np.take_along_axis(pixels, self.winner, axis=2)[:, :, 0]

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, channels, rows, columns)``, for dy ``(batch, channels)``."""
        dx = np.zeros((*dy.shape, self.shape[2] * self.shape[3]), dy.dtype)
        np.put_along_axis(dx, self.winner, dy[:, :, None], axis=2)
        return dx.reshape(self.shape)


class GlobalAveragePooling:
    """The mean of each channel."""

    def forward(self, x: Array) -> Array:
        """y ``(batch, channels)`` for x ``(batch, channels, rows, columns)``."""
        self.shape = x.shape
        return x.mean(axis=(2, 3))

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, channels, rows, columns)``, for dy ``(batch, channels)``."""
        # Every pixel gets the same share.
        share = dy / (self.shape[2] * self.shape[3])
        return np.broadcast_to(share[:, :, None, None], self.shape).copy()


class Maxout:
    """a_no = max_k Σ_i W_oki x_ni + b_ok; of equal pieces the first.

    Attributes:
        W: ``(out, pieces, in)``; b: ``(out, pieces)``.
        dW, db: what the last `backward` found, shaped like W and b.
    """

    def __init__(self, inputs: int, outputs: int, pieces: int, rng: np.random.Generator) -> None:
        """Draw W; b is 0 at first."""
        self.W = initial(rng, outputs, pieces, inputs, inputs=inputs)
        self.b: Array = np.zeros((outputs, pieces))

    def forward(self, x: Array) -> Array:
        """a ``(batch, out)`` for x ``(batch, in)``."""
        self.x = x
        # All pieces side by side are one affine map.
        z = (x @ self.W.reshape(-1, x.shape[1]).T).reshape(len(x), *self.b.shape) + self.b
        self.winner = z.argmax(axis=2)[:, :, None]
        return np.take_along_axis(z, self.winner, axis=2)[:, :, 0]

    def backward(self, da: Array) -> Array:
        """Store dW and db, return dx ``(batch, in)``, for da ``(batch, out)``."""
        dz = np.zeros((len(da), *self.b.shape), da.dtype)
        np.put_along_axis(dz, self.winner, da[:, :, None], axis=2)
        # db_ok = Σ_n dz_nok
        self.db = dz.sum(axis=0)
        side_by_side = dz.reshape(len(da), -1)
        # dW_oki = Σ_n dz_nok x_ni
        self.dW = (side_by_side.T @ self.x).reshape(self.W.shape)
        # dx_ni = Σ_ok dz_nok W_oki
        return side_by_side @ self.W.reshape(-1, self.x.shape[1])
