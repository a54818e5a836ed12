"""Convolutions (as the field calls cross-correlations): what all windows read is one matrix, times the kernel.

Channels come before the axes of the image here; in `channels_last` they stand behind them. ``columns`` writes down, for
every place, what the window there reads; then each image is one product of matrices, and so is each gradient.
``overlapped`` adds up, on the way back, what the windows have in common.
"""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array, initial
from gdverify.documented.windows import Windows, columns, inside, overlapped, padded, windows


class _Convolution:
    """z[n, o, p] = Σ_c,k W[o, c, k] x[n, c, stride · p + dilation · k − padding] + b[o]; p and k stand for all axes.

    Attributes:
        W: ``(features, channels, *taps)``; b: ``(features,)``.
        dW, db: what the last `backward` found, shaped like W and b.
    """

    def __init__(self, kernel: Array, stride: int, dilation: int, padding: int) -> None:
        """``kernel`` is W at first, and b is 0."""
        self.W, self.stride, self.dilation, self.padding = kernel, stride, dilation, padding
        self.b: Array = np.zeros(len(kernel))

    def forward(self, x: Array) -> Array:
        """z ``(batch, features, *places)`` for x ``(batch, channels, *image)``."""
        wide = padded(x, self.padding)
        self.image = wide.shape[2:]
        self.seen = windows(self.image, self.W.shape[2:], self.stride, self.dilation)
        # One row for each entry of the kernel, one column for each place
        self.columns = columns(wide, self.seen).reshape(len(x), self.W[0].size, -1)
        # z_nop = Σ_ck W_ock columns_nckp + b_o
        z = self.W.reshape(len(self.W), -1) @ self.columns + self.b[:, None]
        return z.reshape(*z.shape[:2], *self.seen.places)

    def backward(self, dz: Array) -> Array:
        """Store dW and db, return dx, for dz ``(batch, features, *places)``."""
        dz = dz.reshape(*dz.shape[:2], -1)
        # dW_ock = Σ_np dz_nop columns_nckp
        self.dW = (dz @ self.columns.swapaxes(1, 2)).sum(axis=0).reshape(self.W.shape)
        # db_o = Σ_np dz_nop
        self.db = dz.sum(axis=(0, 2))
        # dcolumns_nckp = Σ_o W_ock dz_nop
        dcolumns = self.W.reshape(len(self.W), -1).T @ dz
        dcolumns = dcolumns.reshape(len(dz), *self.W.shape[1:], *self.seen.places)
        return inside(overlapped(dcolumns, self.seen, self.image), self.padding)


class Convolution1D(_Convolution):
    """A convolution along time: W ``(features, channels, taps)``, x ``(batch, channels, time)``."""

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
        super().__init__(initial(rng, features, channels, taps, inputs=channels * taps), stride, dilation, padding)


class Convolution2D(_Convolution):
    """A convolution of images: W ``(features, channels, height, width)``, x ``(batch, channels, rows, columns)``."""

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
        kernel = initial(rng, features, channels, height, width, inputs=channels * height * width)
        super().__init__(kernel, stride, dilation, padding)


class GroupedConvolution:
    """A convolution of images that are cut into groups of channels, each by itself.

    Attributes:
        W: ``(features, channels / groups, height, width)``; b: ``(features,)``.
        dW, db: what the last `backward` found, shaped like W and b.
    """

    def __init__(
        self,
        channels: int,
        features: int,
        height: int,
        width: int,
        rng: np.random.Generator,
        groups: int = 2,
        stride: int = 1,
        dilation: int = 1,
        padding: int = 0,
    ) -> None:
        """Draw W; b is 0 at first. ``groups`` divides channels and features; ``padding`` is that of each end."""
        self.W = initial(rng, features, channels // groups, height, width, inputs=channels // groups * height * width)
        self.b: Array = np.zeros(features)
        self.groups, self.stride, self.dilation, self.padding = groups, stride, dilation, padding

    def forward(self, x: Array) -> Array:
        """z ``(batch, features, *places)`` for x ``(batch, channels, rows, columns)``."""
        wide = padded(x, self.padding)
        self.image = wide.shape[2:]
        self.seen = windows(self.image, self.W.shape[2:], self.stride, self.dilation)
        # For each group one row for each entry of its kernels, one column for each place
        self.columns = columns(wide, self.seen).reshape(len(x), self.groups, self.W[0].size, -1)
        # z_ngop = Σ_ck W_gock columns_ngckp, and then b
        z = self._kernels() @ self.columns
        return z.reshape(len(x), -1, *self.seen.places) + self.b[:, None, None]

    def backward(self, dz: Array) -> Array:
        """Store dW and db, return dx, for dz ``(batch, features, *places)``."""
        # db_o = Σ_np dz_nop
        self.db = dz.sum(axis=(0, 2, 3))
        grouped = dz.reshape(len(dz), self.groups, len(self.W) // self.groups, -1)
        # dW_gock = Σ_np dz_ngop columns_ngckp
        self.dW = (grouped @ self.columns.swapaxes(2, 3)).sum(axis=0).reshape(self.W.shape)
        # dcolumns_ngckp = Σ_o W_gock dz_ngop
        dcolumns = self._kernels().swapaxes(1, 2) @ grouped
        dcolumns = dcolumns.reshape(len(dz), -1, *self.seen.taps, *self.seen.places)
        return inside(overlapped(dcolumns, self.seen, self.image), self.padding)

    def _kernels(self) -> Array:
        """One matrix for each group, ``(groups, features / groups, entries of a kernel)``."""
        return self.W.reshape(self.groups, -1, self.W[0].size)


class DepthwiseConvolution:
    """z[n, c, p, q] = Σ_k,m W[c, k, m] x[n, c, p + k, q + m] + b[c]: each channel by itself.

    There is nothing to sum over but the few taps, so that a loop over them is quicker than a product of matrices.

    Attributes:
        W: ``(channels, height, width)``; b: ``(channels,)``.
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
        self.W = initial(rng, channels, height, width, inputs=height * width)
        self.b: Array = np.zeros(channels)
        self.stride, self.dilation, self.padding = stride, dilation, padding

    def forward(self, x: Array) -> Array:
        """z ``(batch, channels, *places)`` for x ``(batch, channels, rows, columns)``."""
        self.x = padded(x, self.padding)
        self.seen = windows(self.x.shape[2:], self.W.shape[1:], self.stride, self.dilation)
        z = np.zeros((*x.shape[:2], *self.seen.places), x.dtype)
        for tap in np.ndindex(self.seen.taps):
            z += self.W[:, *tap, None, None] * self.x[:, :, *self.seen.met(tap)]
        return z + self.b[:, None, None]

    def backward(self, dz: Array) -> Array:
        """Store dW and db, return dx, for dz ``(batch, channels, *places)``."""
        self.dW, dx = np.empty_like(self.W), np.zeros_like(self.x)
        for tap in np.ndindex(self.seen.taps):
            met = self.seen.met(tap)
            # dW_ck = Σ_np dz_ncp x_nc(p + k)
            self.dW[:, *tap] = np.einsum("ncpq,ncpq->c", dz, self.x[:, :, *met])
            # dx_nc(p + k) += W_ck dz_ncp
            dx[:, :, *met] += self.W[:, *tap, None, None] * dz
        self.db = dz.sum(axis=(0, 2, 3))
        return inside(dx, self.padding)


class TransposedConvolution:
    """Every entry of x times the kernel, all of them added up: a convolution's way back, as a forward pass.

    z[n, o, stride · p + k − padding] += Σ_c x[n, c, p] W[c, o, k], and then b[o].

    Attributes:
        W: ``(channels, features, height, width)``; b: ``(features,)``.
        dW, db: what the last `backward` found, shaped like W and b.
    """

    def __init__(
        self,
        channels: int,
        features: int,
        height: int,
        width: int,
        rng: np.random.Generator,
        stride: int = 2,
        padding: int = 0,
    ) -> None:
        """Draw W; b is 0 at first. ``padding`` is how many entries are cut off at each end of each axis."""
        self.W = initial(rng, channels, features, height, width, inputs=channels)
        self.b: Array = np.zeros(features)
        self.stride, self.padding = stride, padding

    def forward(self, x: Array) -> Array:
        """z ``(batch, features, *larger)`` for x ``(batch, channels, *image)``."""
        self.x = x.reshape(*x.shape[:2], -1)
        # The windows lie in the result: one for each entry of x.
        self.seen = Windows(self.W.shape[2:], x.shape[2:], self.stride)
        larger = [self.stride * (p - 1) + k for p, k in zip(self.seen.places, self.seen.taps, strict=True)]
        # columns_nokp = Σ_c W_cok x_ncp
        made = (self.W.reshape(len(self.W), -1).T @ self.x).reshape(len(x), *self.W.shape[1:], *self.seen.places)
        z = inside(overlapped(made, self.seen, larger), self.padding)
        return z + self.b.reshape(-1, *[1] * len(larger))

    def backward(self, dz: Array) -> Array:
        """Store dW and db, return dx, for dz shaped like z."""
        # What `overlapped` added up is read by windows on the way back: dcolumns_nokp = dz_no(stride p + k)
        dcolumns = columns(padded(dz, self.padding), self.seen).reshape(len(dz), self.W[0].size, -1)
        # dW_cok = Σ_np x_ncp dcolumns_nokp
        self.dW = (self.x @ dcolumns.swapaxes(1, 2)).sum(axis=0).reshape(self.W.shape)
        self.db = dz.sum(axis=(0, *range(2, dz.ndim)))
        # dx_ncp = Σ_ok W_cok dcolumns_nokp
        dx = self.W.reshape(len(self.W), -1) @ dcolumns
        return dx.reshape(*dx.shape[:2], *self.seen.places)
