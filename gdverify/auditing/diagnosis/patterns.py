"""What is known of a wrong gradient that nothing explains: for which sizes, signs and entries it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from operator import eq, ne

import numpy as np

from gdverify.auditing.diagnosis.samples import Sample, Samples
from gdverify.auditing.diagnosis.varying import Variation
from gdverify.auditing.execution import call
from gdverify.auditing.problems import Problem

SIGNED = 8  # cases that are tried again with positive inputs


def known(variation: Variation, wrong: Sequence[str]) -> str:
    """What is known of wrong gradients, in words; those of which the same is known are named together."""
    found: dict[str, list[str]] = {}
    for name in wrong:
        found.setdefault(_described(variation, name), []).append(name)
    parts = [f"{', '.join(names)}: {how}" for how, names in found.items()]
    return "; ".join(parts) + "; no constant factor, other loss or known slip explains it"


def _described(variation: Variation, name: str) -> str:
    samples, failing = variation.samples, variation.samples.like
    outcomes = [(sample, sample.agrees(name)) for sample in samples.some]
    off = [sample for sample, agrees in outcomes if not agrees]
    how = f"wrong on {len(off)} of {len(outcomes)} fresh cases{samples.kind if off else ''}"
    if not off:
        drawn = outcomes[0][0].case
        return (
            f"{how}, which have {drawn.regime} values in {drawn.dtype}: look at {failing.regime} values in "
            f"{failing.dtype}"
        )
    facts = [*_sizes(variation, outcomes, name), *_signs(samples, name, off), *_entries(off, name), *_ratios(off, name)]
    return how + "".join(f": {fact}" if k == 0 else f", {fact}" for k, fact in enumerate(facts))


# -- sizes


def _sizes(variation: Variation, outcomes: Sequence[tuple[Sample, bool]], name: str) -> Iterator[str]:
    """A condition on sizes that holds in all of the right cases and in none of the wrong ones."""
    found = [(sample.case.sizes, agrees) for sample, agrees in outcomes]
    if not any(agrees for _, agrees in found) or not found[0][0]:
        return
    like, drawn = variation.samples.like, outcomes[0][0].case
    if (like.regime, like.dtype) == (drawn.regime, drawn.dtype):
        # Sizes of fresh cases are all distinct or all equal, so that some conditions look alike on them.
        found += [(sizes, not off) for sizes, off in variation.by_sizes(name)]
    cases, right = [sizes for sizes, _ in found], [agrees for _, agrees in found]
    told = [said for said, holds in _conditions(cases) if holds == right]
    for axis in cases[0]:
        apart = [
            {sizes[axis] for sizes, fine in zip(cases, right, strict=True) if fine is side} for side in (True, False)
        ]
        if not apart[0] & apart[1]:
            told.append(f"for {axis} in {sorted(apart[0])}")
    yield from (f"right only {said}" for said in told[:1])


Sizes = Mapping[str, int]
# Conditions on one size and on two, as they would be said.
ONE_SIZE: dict[str, Callable[[int], bool]] = {
    "for {} in [1]": lambda size: size == 1,
    "where {} is even": lambda size: size % 2 == 0,
    "where {} is odd": lambda size: size % 2 == 1,
}
TWO_SIZES: dict[str, Callable[[int, int], bool]] = {"where {} = {}": eq, "where {} and {} differ": ne}
ALL_SIZES: dict[str, Callable[[Sizes], bool]] = {
    "where some size is 1": lambda sizes: 1 in sizes.values(),
    "where all sizes are equal": lambda sizes: len({*sizes.values()}) == 1,
}


def _conditions(cases: Sequence[Sizes]) -> Iterator[tuple[str, list[bool]]]:
    """Conditions, each with whether it holds, case by case."""
    for axis in cases[0]:
        for said, holds in ONE_SIZE.items():
            yield said.format(axis), [holds(sizes[axis]) for sizes in cases]
    for a, b in combinations(cases[0], 2):
        for said, compare in TWO_SIZES.items():
            yield said.format(a, b), [compare(sizes[a], sizes[b]) for sizes in cases]
    for said, every in ALL_SIZES.items():
        yield said, [every(sizes) for sizes in cases]


# -- signs


def _signs(samples: Samples, name: str, off: Sequence[Sample]) -> Iterator[str]:
    """An array whose magnitude in its place makes every wrong case right."""
    for array in off[0].case.arrays:
        for said, sign in (("positive", 1), ("negative", -1)):
            tried = (_with_sign(samples, sample, array, sign) for sample in off[:SIGNED])
            # A case in which no error would show says nothing.
            if all(again is not None and again.agrees(name) and again.shows(name) for again in tried):
                yield f"right for {said} {array}"


def _with_sign(samples: Samples, sample: Sample, array: str, sign: int) -> Sample | None:
    # Of an array without axes NumPy makes a bare number.
    case = sample.case.replaced(**{array: np.asarray(sign * np.abs(sample.case.arrays[array]))})
    try:
        return Sample(sample.derivation, case, call(samples.subject, sample.derivation, case), sample.allowance)
    except Problem:
        return None


# -- entries


def _entries(off: Sequence[Sample], name: str) -> Iterator[str]:
    """Where in the array the wrong entries are, where that is the same in every wrong case."""
    masks = [sample.outside(name) for sample in off]
    large = [mask for mask in masks if mask.ndim and max(mask.shape) > 1]
    if not large or len(large) < len(masks) / 2:
        return
    if all(mask.sum() == 1 for mask in large):
        for place, word in ((0, "first"), (-1, "last")):
            if all(mask[(place,) * mask.ndim] for mask in large):
                yield f"only the {word} entry is off"
                return
        yield "one entry is off"
        return
    for axis in range(large[0].ndim):
        word = ("row", "column")[axis] if large[0].ndim == 2 else "entry" if large[0].ndim == 1 else f"axis {axis}"
        for place, said in ((0, "first"), (-1, "last")):
            wide = [mask for mask in large if mask.shape[axis] > 1]
            if wide and not any(np.delete(mask, place, axis).any() for mask in wide):
                yield f"only the {said} {word} is off"
                return


# -- ratios


def _ratios(off: Sequence[Sample], name: str) -> Iterator[str]:
    """A constant for each row or column of its own."""
    if off[0].returned.gradients[name].ndim != 2:
        return
    for axis, word in ((1, "row"), (0, "column")):
        if all(_proportional(sample, name, axis) for sample in off):
            yield f"each {word} is the right one times a constant of its own"
            return


def _proportional(sample: Sample, name: str, axis: int) -> bool:
    bound = sample.bounds[f"d{name}"]
    got, right = np.asarray(sample.returned.gradients[name], float), bound.expected
    if got.shape[axis] < 2 or got.shape[1 - axis] < 2:
        return True
    with np.errstate(all="ignore"):
        ratio = (got * right).sum(axis, keepdims=True) / (right * right).sum(axis, keepdims=True)
        near = np.abs(got - ratio * right) <= 4 * (np.abs(ratio) + 1) * bound.tolerance + 1e-12 * np.abs(got)
    return bool(near.all())
