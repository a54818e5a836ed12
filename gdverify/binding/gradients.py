"""Where the gradients are: every array that a backward pass returned, made or changed, against the derived ones.

An array that equals a derived gradient is that gradient, and proves where the others are to be looked for. What
equals none is taken by its shape and name, if only one fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import frexp
from typing import Any

import numpy as np

from gdverify.auditing.subject import Recovered, recovered
from gdverify.binding.assignment import Sizes
from gdverify.binding.carriers import Array
from gdverify.binding.evaluation import near, ratio
from gdverify.binding.layouts import JOINT, SINGLE, SPREAD
from gdverify.binding.names import same_tensor
from gdverify.binding.places import Environment, Leaf, Place, get, leaves
from gdverify.binding.running import SELF, Held
from gdverify.notation.tensors import Tensor

UPSTREAM = "upstream"


@dataclass(frozen=True)
class Candidate:
    """An array that may be a gradient.

    Attributes:
        leaf: the array, and where it is.
        rate: where it is the change of a parameter, the learning rate that it is divided by.
        slope: where it is a derivative that is still to be multiplied by the upstream gradient.
        name: what a ``return`` calls it; empty where it has no name but that of its place.
    """

    leaf: Leaf
    rate: float | None = None
    slope: bool = False
    name: str = ""

    @property
    def called(self) -> str:
        """Its name."""
        return self.name or self.leaf.place.last


@dataclass(frozen=True)
class Found:
    """A gradient and where it is.

    Attributes:
        held: the tensors whose gradient it is, the layout and the place.
        rate, slope: as for a candidate.
        constant: how many times the derived gradient it is; None where it is no multiple of it.
        how: exact, or by shape or name.
        decay: of the weights, which the change contains beside the gradient.
        limit: at which the update cuts off entries of the gradient; those show nothing.
    """

    held: Held
    rate: float | None
    slope: bool
    constant: float | None
    how: str
    decay: float = 0.0
    limit: float = np.inf

    def read(
        self, environment: Environment, before: Mapping[str, Array], sizes: Mapping[str, int], upstream: Array | None
    ) -> dict[str, Any]:
        """The gradients by tensor: arrays, or what a change of the weights shows of them."""
        after = np.asarray(self.held.carrier.read(get(environment, self.held.place)))
        if self.slope and upstream is not None:
            return {name: value * upstream for name, value in self.held.read(after, sizes).items()}
        if self.rate is None:
            return {name: np.array(value) for name, value in self.held.read(after, sizes).items()}
        start = np.asarray(before[str(self.held.place)])
        shown = recovered(start, after, self.rate)
        hidden = np.abs(shown.value) >= self.limit * (1 - 1e-5)
        gradient = (shown.value - self.decay * start).astype(shown.value.dtype)
        # The decay is subtracted as it is known, to six digits of its factor.
        error = shown.uncertainty + 4 * np.spacing(np.abs(shown.value)) * bool(self.decay)
        values, errors = self.held.read(gradient, sizes), self.held.read(np.where(hidden, np.inf, error), sizes)
        return {name: Recovered(values[name], errors[name]) for name in values}

    def __str__(self) -> str:
        tensors = [Tensor(f"d{tensor.name}", tensor.axes) for tensor in self.held.tensors]
        place = (
            str(self.held.place)
            if self.rate is None
            else f"(({self.held.place} before − after) / {rate_text(self.rate)})"
        )
        return self.held.layout.text(tensors, f"{UPSTREAM} * {place}" if self.slope else place)


def rate_text(rate: float) -> str:
    """A learning rate as one would write it: powers of two as such."""
    mantissa, exponent = frexp(rate)
    return f"2**{exponent - 1}" if mantissa == 0.5 and exponent > 7 else f"{rate:g}"


def snapshot(environment: Environment) -> dict[str, Array]:
    """Every array of the object, by its place, in memory of its own."""
    return {str(leaf.place): np.array(leaf.array) for leaf in leaves(SELF, environment.get(SELF))}


def candidates(
    environment: Environment, before: Mapping[str, Array], role: str, parameters: Iterable[Held], rate: float
) -> list[Candidate]:
    """The arrays that a call returned, made or changed.

    Args:
        environment: after the call.
        before: the object's arrays before it.
        role: of the call, the root of what it returned.
        parameters: the tensors that the object holds.
        rate: the learning rate with which it updates them.
    """
    held = {str(one.place) for one in parameters}
    found = [Candidate(leaf) for leaf in leaves(role, environment.get(role))]
    for leaf in leaves(SELF, environment.get(SELF)):
        place = str(leaf.place)
        changed = place not in before or not _same(before[place], leaf.array)
        if not changed:
            continue
        if place not in held:
            found.append(Candidate(leaf))
        elif leaf.array.shape == before[place].shape:
            change = (before[place].astype(np.float64) - leaf.array) / rate
            found.append(Candidate(replace(leaf, array=change), rate))
    # A gradient that can be seen is known better than one that shows only in a change.
    return sorted(found, key=lambda candidate: candidate.rate is not None)


def _same(first: Array, second: Array) -> bool:
    return first.shape == second.shape and first.tobytes() == second.tobytes()


def exact(
    tensor_groups: Sequence[tuple[Tensor, ...]],
    every: Sequence[Candidate],
    expected: Mapping[str, Array],
    sizes: Sizes,
    wanted: Iterable[str],
) -> dict[str, Found]:
    """For each tensor the candidate that is its derived gradient, or for a wanted one a constant multiple of it.

    Args:
        tensor_groups: the tensors wanted, alone and as they are stored together.
        every: candidate.
        expected: the derived gradients, by tensor.
        sizes: of the axes.
        wanted: the tensors whose gradients are asked for.
    """
    found: dict[str, Found] = {}
    asked = set(wanted)
    for constant_allowed in (False, True):
        for tensors in sorted(tensor_groups, key=len, reverse=True):
            if any(t.name in found or (constant_allowed and t.name not in asked) for t in tensors):
                continue
            for one in _equal(tensors, every, expected, sizes, constant_allowed):
                found |= {tensor.name: one for tensor in tensors}
                break
    return found


def _equal(
    tensors: tuple[Tensor, ...],
    every: Sequence[Candidate],
    expected: Mapping[str, Array],
    sizes: Sizes,
    constant_allowed: bool,
) -> Iterator[Found]:
    shapes = [expected[tensor.name].shape for tensor in tensors]
    for candidate, held in fitting_candidates(tensors, every, sizes):
        parts = held.layout.read(candidate.leaf.array, shapes)
        wanted = [expected[tensor.name] for tensor in tensors]
        if all(map(near, parts, wanted)):
            yield Found(held, candidate.rate, candidate.slope, 1.0, "exact")
        elif constant_allowed:
            constants = [ratio(part, one) for part, one in zip(parts, wanted, strict=True)]
            first = constants[0]
            if first is not None and all(c is not None and abs(c / first - 1) < 1e-6 for c in constants):
                yield Found(held, candidate.rate, candidate.slope, first, "up to a constant")


def fitting_candidates(
    tensors: tuple[Tensor, ...], every: Sequence[Candidate], sizes: Sizes
) -> Iterator[tuple[Candidate, Held]]:
    """The candidates whose shape is that of the tensors in some layout."""
    for candidate in every:
        leaf = candidate.leaf
        for layout in SINGLE if len(tensors) == 1 else JOINT:
            if leaf.array.dtype.kind == "f" and layout.unify(tensors, leaf.array.shape, sizes) is not None:
                yield candidate, Held(tensors, layout, leaf.place, leaf.carrier)


def by_shape(
    tensors: tuple[Tensor, ...], every: Sequence[Candidate], sizes: Sizes, like: Held | None, taken: set[Place]
) -> list[Found]:
    """The candidates that may be a gradient that equals none derived: all of the best rank by name and layout.

    Args:
        tensors: whose gradient is looked for.
        every: candidate.
        sizes: of the axes.
        like: how the tensors themselves are stored; a gradient is stored likewise.
        taken: places that are known to be other gradients.
    """
    ranked: dict[tuple[bool, bool, bool], list[Found]] = {}
    for candidate, held in fitting_candidates(tensors, every, sizes):
        if held.place in taken:
            continue
        named = any(same_tensor(candidate.called, t.name, like.place.last if like else None) for t in tensors)
        itself = candidate.rate is not None and like is not None and held.place == like.place
        alike = like is not None and held.layout.name == like.layout.name
        rank = (not itself, not named, not alike)
        ranked.setdefault(rank, []).append(
            Found(held, candidate.rate, candidate.slope, None, "by name" if named else "by shape")
        )
    if not ranked:
        return []
    best = ranked[min(ranked)]
    # One place in several layouts that fit alike, as a square array has, is taken in the first.
    first: dict[Place, Found] = {}
    for one in best:
        first.setdefault(one.held.place, one)
    return list(first.values())


def by_name_alone(tensor: Tensor, every: Sequence[Candidate], like: Held | None, taken: set[Place]) -> list[Found]:
    """The single numbers that are called the gradient of an array: added to it, each stands in all of its entries."""
    named = [
        one
        for one in every
        if one.leaf.array.size == 1
        and one.rate is None
        and one.leaf.place not in taken
        and same_tensor(one.called, tensor.name, like.place.last if like else None)
    ]
    held = [Held((tensor,), SPREAD, one.leaf.place, one.leaf.carrier) for one in named if tensor.axes]
    return [Found(one, None, False, None, "by name") for one in held]
