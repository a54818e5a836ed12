"""What a checker is asked: a function of arrays, the backward pass that somebody wrote for it, and a point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gdverify.cases.case import Array


@dataclass(frozen=True)
class Question:
    """A function and a backward pass that may be wrong.

    Attributes:
        value: from the arrays that have a gradient to the result; everything else is fixed.
        pullback: from the gradient by the result, and the same arrays, to the gradients by each of them.
        point: the arrays where it is checked, float64.
        upstream: the gradient by the result that the point comes with; 1 for a loss.
    """

    value: Callable[..., Array]
    pullback: Callable[..., tuple[Array, ...]]
    point: tuple[Array, ...]
    upstream: Array
