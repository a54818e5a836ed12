"""What sums over an axis may lose, in any order of summation: for K terms of the magnitudes P, at most K u ΣP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gdverify.codegen.contractions import spec_of
from gdverify.evidence.arithmetic import NUMPY
from gdverify.evidence.bounded import GRID_LARGEST, Bounded, Reals, are_exact, exact, largest_of, on_grid, settled
from gdverify.evidence.precision import Precision


def matmul(p: Precision, _: None, a: Bounded, b: Bounded) -> Bounded:
    """a @ b"""
    value = a.value @ b.value
    terms = a.shape[-1]
    exact_sum = are_exact(a, b) and terms * largest_of(a.value) * largest_of(b.value) < GRID_LARGEST
    a, b = a.scaled, b.scaled
    largest = b.largest
    magnitude = a.largest @ largest
    carried = np.abs(a.value) @ b.error + a.error @ largest
    return settled(value, carried + terms * (p.unit * magnitude + p.underflow(magnitude)), exact_sum)


def einsum(p: Precision, spec: str, *operands: Bounded) -> Bounded:
    """Sums of products of any number of operands"""
    operands = tuple(o.scaled for o in operands)
    value = np.einsum(spec, *(o.value for o in operands), optimize=True)
    magnitude = np.einsum(spec, *(o.largest for o in operands), optimize=True)
    terms = np.einsum(spec, *(np.ones(o.shape) for o in operands), optimize=True) + len(operands)
    carried = sum(
        np.einsum(spec, *(o.error if k == place else o.largest for k, o in enumerate(operands)), optimize=True)
        for place in range(len(operands))
    )
    return Bounded(value, carried + terms * (p.unit * magnitude + p.underflow(magnitude)))


def tensordot(p: Precision, axes: Any, a: Bounded, b: Bounded) -> Bounded:
    """Sums of products of two operands"""
    return einsum(p, spec_of(axes, (a.value.ndim, b.value.ndim)), a, b)


def total(p: Precision, axes: tuple[int, ...] | None, a: Bounded) -> Bounded:
    """Σ a"""
    value = np.asarray(a.value.sum(axis=axes))
    exact_terms, a = not a.error.any() and on_grid(a.value), a.scaled
    magnitude = np.asarray(a.largest.sum(axis=axes))
    terms = a.value.size // max(value.size, 1)
    charged = np.asarray(a.error.sum(axis=axes)) + max(terms - 1, 0) * p.unit * magnitude
    return settled(value, charged, exact_terms and largest_of(magnitude) < GRID_LARGEST)


def overlapped(p: Precision, detail: tuple[object, ...], a: Bounded, *sizes: Bounded) -> Bounded:
    """What windows hold, added up for each entry"""

    def added(array: Reals) -> Reals:
        return np.asarray(NUMPY["overlapped"](detail, array, *(size.value for size in sizes)))

    exact_terms, a = not a.error.any() and on_grid(a.value), a.scaled
    value, magnitude = added(a.value), added(a.largest)
    terms = added(np.ones(a.shape))
    charged = added(a.error) + np.maximum(terms - 1, 0) * p.unit * magnitude
    return settled(value, charged, exact_terms and largest_of(magnitude) < GRID_LARGEST)


def peak(_: Precision, axes: tuple[int, ...] | None, a: Bounded) -> Bounded:
    """max a, as a shift: nothing depends on its value, so that any error of it is none"""
    return exact(a.value.max(axis=axes))


REDUCTIONS: dict[str, Callable[..., Bounded]] = {
    "matmul": matmul,
    "einsum": einsum,
    "stacked": einsum,
    "tensordot": tensordot,
    "sum": total,
    "peak": peak,
    "overlapped": overlapped,
}
