"""Convolutions and pooling of images whose channels come last, ``(batch, *image, channels)``.

What a tap of the window meets at all places is a slice of the image with all of its channels: a loop over the few taps
moves whole images, and what all windows read is one matrix with a row for each place.
"""

from __future__ import annotations

import math

import numpy as np

from gdverify.documented.arrays import Array, initial
from gdverify.documented.windows import windows


class _Convolution:
    """z[n, p, o] = Σ_k,c x[n, stride · p + dilation · k − padding, c] W[k, c, o] + b[o]; p and k stand for all axes.

    Attributes:
        W: ``(*taps, channels, features)``; b: ``(features,)``.
        dW, db: what the last `backward` found, shaped like W and b.
    """

    def __init__(self, kernel: Array, stride: int, dilation: int, padding: int) -> None:
        """``kernel`` is W at first, and b is 0."""
        self.W, self.stride, self.dilation, self.padding = kernel, stride, dilation, padding
        self.b: Array = np.zeros(kernel.shape[-1])

    def forward(self, x: Array) -> Array:
        """z ``(batch, *places, features)`` for x ``(batch, *image, channels)``."""
        wide = _padded(x, self.padding)
        self.shape = wide.shape
        self.seen = windows(wide.shape[1:-1], self.W.shape[:-2], self.stride, self.dilation)
        # One row for each place, one column for each entry of the kernel
        read = np.empty((len(x), *self.seen.places, *self.W.shape[:-1]), x.dtype)
        for tap in np.ndindex(self.seen.taps):
            read[..., *tap, :] = wide[:, *self.seen.met(tap)]
        self.rows = read.reshape(-1, self.W[..., 0].size)
        # z_npo = Σ_kc rows_npkc W_kco + b_o
        z = self.rows @ self.W.reshape(-1, len(self.b)) + self.b
        return z.reshape(len(x), *self.seen.places, -1)

    def backward(self, dz: Array) -> Array:
        """Store dW and db, return dx, for dz ``(batch, *places, features)``."""
        samples, dz = len(dz), dz.reshape(-1, dz.shape[-1])
        # dW_kco = Σ_np rows_npkc dz_npo
        self.dW = (self.rows.T @ dz).reshape(self.W.shape)
        # db_o = Σ_np dz_npo
        self.db = dz.sum(axis=0)
        # drows_npkc = Σ_o dz_npo W_kco
        drows = dz @ self.W.reshape(-1, len(self.b)).T
        drows = drows.reshape(samples, *self.seen.places, *self.W.shape[:-1])
        dx = np.zeros(self.shape, dz.dtype)
        for tap in np.ndindex(self.seen.taps):
            dx[:, *self.seen.met(tap)] += drows[..., *tap, :]
        return _inside(dx, self.padding)


class Convolution1DChannelsLast(_Convolution):
    """A convolution along time: W ``(taps, channels, features)``, x ``(batch, time, channels)``."""

    def __init__(
        self,
        channels: int,
        features: int,
        taps: int,
        rng: np.random.Generator,
        stride: int = 1,
        dilation: int = 1,
        padding: int = 0,
    ) -> None:
        """Draw W; ``padding`` is how many zeros stand at each end of the time."""
        super().__init__(initial(rng, taps, channels, features, inputs=channels * taps), stride, dilation, padding)


class ConvolutionChannelsLast(_Convolution):
    """A convolution of images: W ``(height, width, channels, features)``, x ``(batch, rows, columns, channels)``."""

    def __init__(
        self,
        channels: int,
        features: int,
        height: int,
        width: int,
        rng: np.random.Generator,
        stride: int = 1,
        dilation: int = 1,
        padding: int = 0,
    ) -> None:
        """Draw W; ``padding`` is how many zeros stand at each end of each axis."""
        kernel = initial(rng, height, width, channels, features, inputs=channels * height * width)
        super().__init__(kernel, stride, dilation, padding)


class DepthwiseChannelsLast:
    """z[n, p, q, c] = Σ_k,m W[k, m, c] x[n, p + k, q + m, c] + b[c]: each channel by itself.

    Attributes:
        W: ``(height, width, channels)``; b: ``(channels,)``.
        dW, db: what the last `backward` found, shaped like W and b.
    """

    def __init__(
        self,
        channels: int,
        height: int,
        width: int,
        rng: np.random.Generator,
        stride: int = 1,
        dilation: int = 1,
        padding: int = 0,
    ) -> None:
        """Draw W; b is 0 at first. ``padding`` is how many zeros stand at each end of each axis."""
        self.W = initial(rng, height, width, channels, inputs=height * width)
        self.b: Array = np.zeros(channels)
        self.stride, self.dilation, self.padding = stride, dilation, padding

    def forward(self, x: Array) -> Array:
        """z ``(batch, *places, channels)`` for x ``(batch, rows, columns, channels)``."""
        self.x = _padded(x, self.padding)
        self.seen = windows(self.x.shape[1:3], self.W.shape[:2], self.stride, self.dilation)
        z = np.zeros((len(x), *self.seen.places, x.shape[3]), x.dtype)
        for tap in np.ndindex(self.seen.taps):
            z += self.W[tap] * self.x[:, *self.seen.met(tap)]
        return z + self.b

    def backward(self, dz: Array) -> Array:
        """Store dW and db, return dx, for dz ``(batch, *places, channels)``."""
        self.dW, dx = np.empty_like(self.W), np.zeros_like(self.x)
        for tap in np.ndindex(self.seen.taps):
            met = self.seen.met(tap)
            # dW_kc = Σ_np dz_npc x_n(p + k)c
            self.dW[tap] = (dz * self.x[:, *met]).sum(axis=(0, 1, 2))
            # dx_n(p + k)c += W_kc dz_npc
            dx[:, *met] += self.W[tap] * dz
        self.db = dz.sum(axis=(0, 1, 2))
        return _inside(dx, self.padding)


class MaxPoolingChannelsLast:
    """The largest entry of each window; of equal ones the first, row by row, which gets the whole gradient."""

    def __init__(self, width: int = 2, stride: int = 2) -> None:
        """Windows are ``width`` by ``width``, and ``stride`` apart; what they do not reach is left out."""
        self.width, self.stride = width, stride

    def forward(self, x: Array) -> Array:
        """y ``(batch, *places, channels)`` for x ``(batch, rows, columns, channels)``."""
        self.shape = x.shape
        self.seen = windows(x.shape[1:3], (self.width, self.width), self.stride)
        every = np.stack([x[:, *self.seen.met(tap)] for tap in np.ndindex(self.seen.taps)])
        # The number of the tap with the largest entry
        self.winner = every.argmax(axis=0)
        return every.max(axis=0)

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, rows, columns, channels)``, for dy ``(batch, *places, channels)``."""
        dx = np.zeros(self.shape, dy.dtype)
        for number, tap in enumerate(np.ndindex(self.seen.taps)):
            # Windows may overlap: an entry that wins several adds up what it gets from each.
            dx[:, *self.seen.met(tap)] += np.where(self.winner == number, dy, 0)
        return dx


class AveragePoolingChannelsLast:
    """The mean of each window."""

    def __init__(self, width: int = 2, stride: int = 2) -> None:
        """Windows are ``width`` by ``width``, and ``stride`` apart; what they do not reach is left out."""
        self.width, self.stride = width, stride

    def forward(self, x: Array) -> Array:
        """y ``(batch, *places, channels)`` for x ``(batch, rows, columns, channels)``."""
        self.shape = x.shape
        self.seen = windows(x.shape[1:3], (self.width, self.width), self.stride)
        y = np.zeros((len(x), *self.seen.places, x.shape[3]), x.dtype)
        for tap in np.ndindex(self.seen.taps):
            y += x[:, *self.seen.met(tap)]
        return y / math.prod(self.seen.taps)

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, rows, columns, channels)``, for dy ``(batch, *places, channels)``."""
        dx = np.zeros(self.shape, dy.dtype)
        # Every entry of a window gets the same share.
        share = dy / math.prod(self.seen.taps)
        for tap in np.ndindex(self.seen.taps):
            dx[:, *self.seen.met(tap)] += share
        return dx


class GlobalMaxPoolingChannelsLast:
    """The largest entry of each channel; of equal ones the first, row by row."""

    def forward(self, x: Array) -> Array:
        """y ``(batch, channels)`` for x ``(batch, rows, columns, channels)``."""
        self.shape = samples, rows, across, channels = x.shape
        pixels = x.reshape(samples, rows * across, channels)
        self.winner = pixels.argmax(axis=1)[:, None]
        return np.take_along_axis(pixels, self.winner, axis=1)[:, 0]

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, rows, columns, channels)``, for dy ``(batch, channels)``."""
        dx = np.zeros((len(dy), self.shape[1] * self.shape[2], self.shape[3]), dy.dtype)
        np.put_along_axis(dx, self.winner, dy[:, None], axis=1)
        return dx.reshape(self.shape)


class GlobalAveragePoolingChannelsLast:
    """The mean of each channel."""

    def forward(self, x: Array) -> Array:
        """y ``(batch, channels)`` for x ``(batch, rows, columns, channels)``."""
        self.shape = x.shape
        return x.mean(axis=(1, 2))

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, rows, columns, channels)``, for dy ``(batch, channels)``."""
        # Every pixel gets the same share.
        share = dy / (self.shape[1] * self.shape[2])
        return np.broadcast_to(share[:, None, None], self.shape).copy()


def _padded(x: Array, width: int) -> Array:
    """x with zeros around its images."""
    return np.pad(x, [(0, 0), *[(width, width)] * (x.ndim - 2), (0, 0)])


def _inside(x: Array, width: int) -> Array:
    """x without what `_padded` put around its images."""
    return x[:, *(slice(width, n - width) for n in x.shape[1:-1])]
