"""Arrays of another shape: reshaped, transposed, joined, cut, repeated; nothing is computed."""

from __future__ import annotations

from sympy import Expr

from gdverify.notation import (
    Tensor,
    at,
    axis,
    fixed,
    indices,
    joined,
    leading,
    merged,
    operation,
    repeated,
    share,
    total,
)
from gdverify.notation.axes import Axis
from gdverify.operations.axes import batch, channels, columns, features, inputs, rows, time

IMAGE = (batch, channels, rows, columns)
flat = merged("flat", channels, rows, columns)
both = joined("both", inputs, features, letter="m")


@operation("y", x=(batch, rows, columns), gives=(batch, columns, rows))
def transpose(x: Tensor) -> Expr:
    """The last two axes of each sample exchanged. Source: any textbook."""
    n, i, j = indices(batch, rows, columns)
    return x[n, i, j]


@operation("y", x=IMAGE, gives=(batch, flat))
def flatten(x: Tensor) -> Expr:
    """Each sample as one row, the columns of the image fastest. Source: any textbook; NumPy's order."""
    n, c, i, j, m = indices(*IMAGE, flat)
    return total(x[n, c, i, j] * at(m, rows.size * columns.size * c + columns.size * i + j), over=(c, i, j))


@operation("y", u=(leading, inputs), v=(leading, features), gives=(leading, both))
def concatenate(u: Tensor, v: Tensor) -> Expr:
    """One array behind the other, along the last axis. Source: any textbook; the skips of Ronneberger et al. (2015)."""
    n, i, j, m = indices(leading, inputs, features, both)
    return total(u[n, i] * at(m, i), over=i) + total(v[n, j] * at(m, inputs.size + j), over=j)


def _part(parts: int, part: int) -> tuple[Axis, ...]:
    return leading, share("part", features, parts)


@operation("y", x=(leading, features), gives=_part)
def split(x: Tensor, *, parts: int = 2, part: int = 0) -> Expr:
    """One of several equal parts of the last axis, such as the gates of a cell. Source: any textbook."""
    piece = share("part", features, parts)
    n, j = indices(leading, piece)
    return x[n, part * piece.size + j]


def _of_heads(heads: int) -> tuple[Axis, ...]:
    return batch, fixed("heads", heads, features), time, share("width", features, heads, letter="d")


@operation("y", x=(batch, time, features), gives=_of_heads)
def split_heads(x: Tensor, *, heads: int = 2) -> Expr:
    """Features as several heads, which come before the steps. Source: Vaswani et al. (2017), 3.2.2."""
    n, h, t, d = indices(*_of_heads(heads))
    return x[n, t, d.axis.size * h + d]


heads, width = axis("heads"), axis("width", "d")
whole = merged("features", heads, width, letter="f")


@operation("y", x=(batch, heads, time, width), gives=(batch, time, whole))
def join_heads(x: Tensor) -> Expr:
    """Several heads side by side, as split_heads found them. Source: Vaswani et al. (2017), 3.2.2."""
    n, h, t, d, m = indices(batch, heads, time, width, whole)
    return total(x[n, h, t, d] * at(m, width.size * h + d), over=(h, d))


@operation("y", x=(batch, time, features), gives=(batch, features))
def last_step(x: Tensor) -> Expr:
    """What the last step has given, for one answer to a whole sequence. Source: any textbook."""
    n, j = indices(batch, features)
    return x[n, time.size - 1, j]


def _wider(scale: int) -> tuple[Axis, ...]:
    return batch, channels, repeated("rows2", rows, scale, "i2"), repeated("columns2", columns, scale, "j2")


@operation("y", x=IMAGE, gives=_wider)
def upsampling_2d(x: Tensor, *, scale: int = 2) -> Expr:
    """Each pixel repeated in both directions: the nearest neighbour. Source: Long, Shelhamer and Darrell (2015)."""
    n, c, i, j = indices(*IMAGE)
    _, _, p, q = indices(*_wider(scale))
    k, m = indices(fixed("height", scale, rows, "k"), fixed("across", scale, columns, "m"))
    wide = total(x[n, c, i, j] * at(q, scale * j + m), over=(j, m))
    return total(wide * at(p, scale * i + k), over=(i, k))
