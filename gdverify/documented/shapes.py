"""Arrays of another shape: reshaped, transposed, joined, cut, repeated. The way back undoes it, or adds up."""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array


class Transpose:
    """The last two axes exchanged."""

    def forward(self, x: Array) -> Array:
        """``(…, columns, rows)`` for x ``(…, rows, columns)``."""
        return x.swapaxes(-1, -2)

    def backward(self, dy: Array) -> Array:
        """dx ``(…, rows, columns)``; a copy, so that nobody writes into dy."""
        return dy.swapaxes(-1, -2).copy()


class Flatten:
    """Each sample as one row."""

    shape: tuple[int, ...]

    def forward(self, x: Array) -> Array:
        """``(batch, entries)`` for x ``(batch, …)``."""
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy: Array) -> Array:
        """dx, shaped like x; a copy, so that nobody writes into dy."""
        return dy.reshape(self.shape).copy()


class Concatenate:
    """One array behind the other, along the last axis."""

    first: int

    def forward(self, u: Array, v: Array) -> Array:
        """``(…, inputs + features)`` for u ``(…, inputs)`` and v ``(…, features)``."""
        self.first = u.shape[-1]
        return np.concatenate([u, v], axis=-1)

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """du and dv: each gets its own part."""
        return dy[..., : self.first].copy(), dy[..., self.first :].copy()


class Split:
    """One of several equal parts of the last axis."""

    shape: tuple[int, ...]

    def __init__(self, parts: int = 2, part: int = 0) -> None:
        """``part`` is counted from 0."""
        self.parts, self.part = parts, part

    def forward(self, x: Array) -> Array:
        """``(…, features / parts)`` for x ``(…, features)``."""
        self.shape = x.shape
        return np.split(x, self.parts, axis=-1)[self.part]

    def backward(self, dy: Array) -> Array:
        """dx ``(…, features)``: 0 in the parts that nobody has read here."""
        dx = np.zeros(self.shape, dy.dtype)
        np.split(dx, self.parts, axis=-1)[self.part][...] = dy
        return dx


class SplitHeads:
    """Features as several heads, which come before the steps."""

    def __init__(self, heads: int = 2) -> None:
        """``heads`` divides the number of features."""
        self.heads = heads

    def forward(self, x: Array) -> Array:
        """``(batch, heads, steps, features / heads)`` for x ``(batch, steps, features)``."""
        return x.reshape(*x.shape[:2], self.heads, -1).swapaxes(1, 2)

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, steps, features)``; a copy, so that nobody writes into dy."""
        batch, _, steps, _ = dy.shape
        return np.array(dy.swapaxes(1, 2), order="C").reshape(batch, steps, -1)


class JoinHeads:
    """Several heads side by side, as `SplitHeads` found them."""

    heads: int

    def forward(self, x: Array) -> Array:
        """``(batch, steps, heads · width)`` for x ``(batch, heads, steps, width)``."""
        batch, self.heads, steps, _ = x.shape
        return x.swapaxes(1, 2).reshape(batch, steps, -1)

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, heads, steps, width)``; a copy, so that nobody writes into dy."""
        return dy.reshape(*dy.shape[:2], self.heads, -1).swapaxes(1, 2).copy()


class LastStep:
    """Many to one: of all steps the last is what the next layer gets."""

    shape: tuple[int, ...]

    def forward(self, x: Array) -> Array:
        """``(batch, features)`` for x ``(batch, steps, features)``."""
        self.shape = x.shape
        return x[:, -1]

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, steps, features)``: what a recurrence before it gets further back comes through its steps."""
        dx = np.zeros(self.shape, dy.dtype)
        dx[:, -1] = dy
        return dx


class AverageOverTime:
    """The mean of all steps."""

    shape: tuple[int, ...]

    def forward(self, x: Array) -> Array:
        """``(batch, features)`` for x ``(batch, steps, features)``."""
        self.shape = x.shape
        return x.mean(axis=1)

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, steps, features)``: every step gets the same share."""
        return np.repeat(dy[:, None] / self.shape[1], self.shape[1], axis=1)


class MaxOverTime:
    """The largest of all steps, feature by feature; of equal ones the first."""

    shape: tuple[int, ...]

    def forward(self, x: Array) -> Array:
        """``(batch, features)`` for x ``(batch, steps, features)``."""
        self.shape = x.shape
        self.winner = x.argmax(axis=1)[:, None]
        return np.take_along_axis(x, self.winner, axis=1)[:, 0]

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, steps, features)``: what has won gets everything."""
        dx = np.zeros(self.shape, dy.dtype)
        np.put_along_axis(dx, self.winner, dy[:, None], axis=1)
        return dx


class Upsampling:
    """Each pixel repeated in both directions: the nearest neighbour."""

    def __init__(self, scale: int = 2) -> None:
        """``scale`` is how many times, along each axis."""
        self.scale = scale

    def forward(self, x: Array) -> Array:
        """``(batch, channels, scale · rows, scale · columns)`` for x ``(batch, channels, rows, columns)``."""
        return x.repeat(self.scale, axis=2).repeat(self.scale, axis=3)

    def backward(self, dy: Array) -> Array:
        """dx: a pixel adds up what its copies get."""
        *front, rows, columns = dy.shape
        blocks = dy.reshape(*front, rows // self.scale, self.scale, columns // self.scale, self.scale)
        return blocks.sum(axis=(3, 5))
