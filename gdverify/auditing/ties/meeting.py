"""A case with one entry exactly on a kink, in one of two ways.

Solved: all numbers are small multiples of ½, so that sums of products of them are exact, and positive or mixed by
turns: of positive numbers most rectifiers are the identity. What is 0 at the kink is then a straight line in any one
number θ of the case,

    gap(θ) = gap(0) + θ (gap(1) − gap(0)),

of which the root is taken, and kept where the gap is exactly 0 there.

Dead: the numbers that a unit is computed from by its own weights are all 0, whatever they are multiplied with; that
is exact behind functions whose values are rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gdverify.auditing.ties.sites import Site
from gdverify.cases.case import Array, Case
from gdverify.cases.domains import domains
from gdverify.codegen.nodes import evaluate, names
from gdverify.codegen.program import needed, program, run
from gdverify.derivation.steps import Derivation
from gdverify.evidence.arithmetic import NUMPY
from gdverify.notation.axes import Axis

REGIME = "on kinks"  # what such a case counts for
MAGNITUDES = (0.5, 1.0, 2.0)
POSITIVE = 0.75  # how often all of them are
TRIES = 24  # numbers that are solved for, at most

Number = tuple[str, tuple[int, ...]]  # of a case: the name of its array, and where in that


def on_kink(derivation: Derivation, case: Case, site: Site, attempt: int, rng: np.random.Generator) -> Case | None:
    """A case of the same sizes that lies on a kink; None where none was found.

    Args:
        derivation: the mathematics.
        case: with ordinary values, of which those of upstream gradients are kept.
        site: the kink.
        attempt: the two ways take turns at being tried first.
        rng: says at which entry, and by which number.
    """
    ways = (_solved, _dead) if attempt % 2 == 0 else (_dead, _solved)
    made = (way(derivation, replace(case, regime=REGIME), site, rng) for way in ways)
    return next((found for found in made if found is not None), None)


# -- solved


def _solved(derivation: Derivation, case: Case, site: Site, rng: np.random.Generator) -> Case | None:
    plain = _simple(derivation, case, rng)
    at = tuple(int(rng.integers(size)) for size in _gap(derivation, plain, site).shape)
    tried = (_root(derivation, plain, site, number, at) for number in _numbers(derivation, plain, site, rng))
    return next((made for made in tried if made is not None), None)


def _simple(derivation: Derivation, case: Case, rng: np.random.Generator) -> Case:
    """Multiples of ½, as far as the numbers may be any."""
    free = [name for name in case.arrays if name not in case.upstream and name not in domains(derivation)]
    signs = (1.0,) if rng.random() < POSITIVE else (1.0, -1.0)
    drawn = {name: rng.choice(MAGNITUDES, case.arrays[name].shape) for name in free}
    signed = {name: drawn[name] * rng.choice(signs, drawn[name].shape) for name in free}
    return case.replaced(**{name: np.asarray(array, case.dtype) for name, array in signed.items()})


def _numbers(derivation: Derivation, case: Case, site: Site, rng: np.random.Generator) -> Iterator[Number]:
    """Some numbers that the gap may depend on, every array as likely as the others."""
    read = {name for s in needed(program(derivation).forward, site.compares) for name in names(s.node)}
    arrays = [name for name in case.arrays if name in read | site.compares]
    for _ in range(TRIES):
        name = arrays[int(rng.integers(len(arrays)))]
        yield name, tuple(int(rng.integers(size)) for size in case.arrays[name].shape)


def _root(derivation: Derivation, case: Case, site: Site, number: Number, at: tuple[int, ...]) -> Case | None:
    start, end = (float(_gap(derivation, _with(case, number, value), site)[at]) for value in (0.0, 1.0))
    if not np.isfinite(end - start) or start == end:
        return None
    made = _with(case, number, -start / (end - start))
    return made if _gap(derivation, made, site)[at] == 0 else None


def _with(case: Case, number: Number, value: float) -> Case:
    name, at = number
    array = case.arrays[name].copy()
    array[at] = value
    return case.replaced(**{name: array})


# -- dead


def _dead(derivation: Derivation, case: Case, site: Site, rng: np.random.Generator) -> Case | None:
    axes = site.kink.gap.tensor.axes
    for place in rng.permutation(len(axes)):
        made = _without(derivation, case, site, axes[place], int(rng.integers(case.sizes[axes[place].name])))
        if not np.all(_gap(derivation, made, site)):
            return made
    return None


def _without(derivation: Derivation, case: Case, site: Site, axis: Axis, unit: int) -> Case:
    """The case with 0 for all numbers of a unit from which what is compared is made directly."""
    made_from = [t for d in derivation.forward if d.tensor.name in site.compares for t in d.operands]
    compared = [t for t in derivation.arguments if t in made_from or t.name in site.compares]
    emptied = {}
    for tensor in compared:
        if axis in tensor.axes and tensor.name not in domains(derivation):
            emptied[tensor.name] = case.arrays[tensor.name].copy()
            emptied[tensor.name][(slice(None),) * tensor.axes.index(axis) + (unit,)] = 0
    return case.replaced(**emptied)


def _gap(derivation: Derivation, case: Case, site: Site) -> Array:
    """What is 0 at the kink, in double precision."""
    known = {name: array.astype(np.float64) for name, array in case.arrays.items()} | dict(case.sizes)
    with np.errstate(all="ignore"):
        values = run(needed(program(derivation).forward, site.compares), known, NUMPY)
        return np.asarray(evaluate(site.gap, values, NUMPY))
