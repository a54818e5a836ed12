"""What convolutions and pooling share: which entries of an image a tap of the window meets.

At place p a window of taps k reads the entries ``stride · p + dilation · k`` along each axis of the image. For one tap
and all places that is a slice, so that a loop over the few taps moves whole images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gdverify.documented.arrays import Array


@dataclass(frozen=True)
class Windows:
    """Windows over an image: how many taps and places there are along each of its axes, and how far apart."""

    taps: tuple[int, ...]
    places: tuple[int, ...]
    stride: int = 1
    dilation: int = 1

    def met(self, tap: Sequence[int]) -> tuple[slice, ...]:
        """The entries that a tap meets at all the places."""
        s, d = self.stride, self.dilation
        return tuple(slice(d * k, d * k + s * (p - 1) + 1, s) for k, p in zip(tap, self.places, strict=True))


def windows(image: Sequence[int], taps: Sequence[int], stride: int = 1, dilation: int = 1, padding: int = 0) -> Windows:
    """The windows of these taps that fit into an image with zeros around it."""
    places = ((n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(image, taps, strict=True))
    return Windows(tuple(taps), tuple(places), stride, dilation)


def padded(x: Array, width: int) -> Array:
    """x ``(batch, channels, …)`` with zeros around its images."""
    return np.pad(x, [(0, 0), (0, 0), *[(width, width)] * (x.ndim - 2)]) if width else x


def inside(x: Array, width: int) -> Array:
    """x without what `padded` put around its images."""
    return x[:, :, *(slice(width, n - width) for n in x.shape[2:])]


def columns(x: Array, seen: Windows) -> Array:
    """What all windows read, ``(batch, channels, *taps, *places)``, from x ``(batch, channels, …)``."""
    read = np.empty((*x.shape[:2], *seen.taps, *seen.places), x.dtype)
    for tap in np.ndindex(seen.taps):
        read[:, :, *tap] = x[:, :, *seen.met(tap)]
    return read


def overlapped(dcolumns: Array, seen: Windows, image: Sequence[int]) -> Array:
    """The way back, ``(batch, channels, *image)``: an entry adds up what all windows hold of it."""
    dx = np.zeros((*dcolumns.shape[:2], *image), dcolumns.dtype)
    for tap in np.ndindex(seen.taps):
        dx[:, :, *seen.met(tap)] += dcolumns[:, :, *tap]
    return dx
