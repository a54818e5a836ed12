"""Where the gradients are: every array that a backward pass returned, made or changed, against the derived ones.

An array that equals a derived gradient is that gradient, and proves where the others are to be looked for. What
equals none is taken by its shape and name, if only one fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import frexp
from typing import Any

import numpy as np

from gdverify.auditing.subject import Recovered, recovered
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Environment, Leaf, Place, get, leaves
from gdverify.binding.calling.rules import ByArgument
from gdverify.binding.calling.running import SELF, Held
from gdverify.binding.equations.evaluation import near, ratio
from gdverify.binding.gradients.terms import NONE, Term, added
from gdverify.binding.recognising.assignment import Sizes
from gdverify.binding.recognising.layouts import JOINT, SINGLE, SPREAD, Layout
from gdverify.binding.recognising.names import same_tensor
from gdverify.binding.recognising.packings import Packing, reshaped
from gdverify.notation.tensors import Tensor

UPSTREAM = "upstream"
BY_NAME = "by name"
STEPPING = ("train", "update")  # roles in which arguments are trained


@dataclass(frozen=True)
class Candidate:
    """An array that may be a gradient.

    Attributes:
        leaf: the array, and where it is.
        rate: where it is the change of a parameter, the learning rate that it is divided by.
        slope: where it is a derivative that is still to be multiplied by the upstream gradient.
        start: where the parameter is that it is the change of, if not in the same place.
        of: the tensors that it can be the gradient of, where its place says so; None for any.
        name: what a ``return`` calls it; empty where it has no name but that of its place.
    """

    leaf: Leaf
    rate: float | None = None
    slope: bool = False
    start: Place | None = None
    of: frozenset[str] | None = None
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
        terms: what each tensor's gradient has beside the derived one, such as that of weight decay.
        share: of the gradient that is seen, as of a moving average.
        start: as for a candidate.
        limit: at which the update cuts off entries of the gradient; those show nothing.
    """

    held: Held
    rate: float | None
    slope: bool
    constant: float | None
    how: str
    terms: tuple[Term, ...] = ()
    share: float = 1.0
    limit: float = np.inf
    start: Place | None = None

    def read(
        self, environment: Environment, before: Mapping[str, Array], sizes: Mapping[str, int], upstream: Array | None
    ) -> dict[str, Any]:
        """The gradients by tensor: arrays, or what a change of the weights shows of them."""
        after = np.asarray(self.held.carrier.read(get(environment, self.held.place)))
        if self.slope and upstream is not None:
            return {name: value * upstream for name, value in self.held.read(after, sizes).items()}
        if self.rate is None:
            return {name: np.array(value) for name, value in self.held.read(after, sizes).items()}
        start = np.asarray(before[str(self.start or self.held.place)])
        shown = recovered(start, after, self.rate)
        hidden = np.abs(shown.value) >= self.limit * (1 - 1e-5)
        errors = self.held.read(np.where(hidden, np.inf, shown.uncertainty), sizes)
        values = self.held.read(shown.value, sizes)
        return {name: Recovered(values[name], errors[name]) for name in values}

    @property
    def by_tensor(self) -> dict[str, Term]:
        """The terms that there are, by tensor."""
        names = (tensor.name for tensor in self.held.tensors)
        return {name: term for name, term in zip(names, self.terms, strict=False) if term != NONE}

    @property
    def _change(self) -> str:
        return f"{self.held.place} before − after" if self.start is None else f"{self.start} before − {self.held.place}"

    def __str__(self) -> str:
        tensors = [Tensor(f"d{tensor.name}", tensor.axes) for tensor in self.held.tensors]
        place = str(self.held.place) if self.rate is None else f"(({self._change}) / {rate_text(self.rate)})"
        return self.held.layout.text(tensors, f"{UPSTREAM} * {place}" if self.slope else place)


def rate_text(rate: float) -> str:
    """A learning rate as one would write it: powers of two as such."""
    mantissa, exponent = frexp(rate)
    return f"2**{exponent - 1}" if mantissa == 0.5 and exponent > 7 else f"{rate:g}"


def snapshot(environment: Environment, held: Iterable[Held] = ()) -> dict[str, Array]:
    """Every array of the object and every argument, by its place, in memory of its own."""
    passed = {str(one.place): np.array(one.carrier.read(get(environment, one.place))) for one in held}
    return passed | {str(leaf.place): np.array(leaf.array) for leaf in leaves(SELF, environment.get(SELF))}


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
    parameters = [*parameters]
    held = {str(one.place) for one in parameters}
    returned = environment.get(role)
    found = [Candidate(leaf, of=_said(returned, leaf, parameters)) for leaf in leaves(role, returned)]
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
    if role in STEPPING:
        passed = [one for one in parameters if one.place.root != SELF and str(one.place) in before]
        found += changes(environment, before, role, passed, rate)
    # A gradient that can be seen is known better than one that shows only in a change.
    return sorted(found, key=lambda candidate: candidate.rate is not None)


def changes(
    environment: Environment, before: Mapping[str, Array], role: str, passed: Iterable[Held], rate: float
) -> Iterator[Candidate]:
    """Arguments that were changed where they are, and arguments of whose shape something is returned."""
    returned = leaves(role, environment.get(role))
    for one in passed:
        start = before[str(one.place)]
        here = Leaf(one.place, np.asarray(one.carrier.read(get(environment, one.place))), one.carrier)
        for leaf in (here, *returned):
            if leaf.array.shape == start.shape and leaf.array.dtype.kind == "f" and not _same(leaf.array, start):
                change = replace(leaf, array=(start.astype(np.float64) - leaf.array) / rate)
                yield Candidate(change, rate, start=None if leaf is here else one.place)


def _said(returned: Any, leaf: Leaf, parameters: Iterable[Held]) -> frozenset[str] | None:
    """The tensors of the argument that a rule gives a gradient for: two of a shape must not be taken for each other."""
    if not isinstance(returned, ByArgument):
        return None
    names = (tensor.name for one in parameters if one.place.root == leaf.place.last for tensor in one.tensors)
    return frozenset(names)


def _same(first: Array, second: Array) -> bool:
    return first.shape == second.shape and first.tobytes() == second.tobytes()


Arrays = Sequence[Array]
Reading = Callable[[Candidate, Held, Arrays, Arrays, Arrays], Found | None]


def exact(
    tensor_groups: Sequence[tuple[Tensor, ...]],
    every: Sequence[Candidate],
    expected: Mapping[str, Array],
    sizes: Sizes,
    wanted: Iterable[str],
    values: Mapping[str, Array],
    readings: Sequence[Reading],
    packed: Sequence[Packing] = (),
) -> dict[str, Found]:
    """For each tensor the candidate that is its derived gradient, or for a wanted one a constant multiple of it.

    What is neither may be the derived gradient and a term that regularises.

    Args:
        tensor_groups: the tensors wanted, alone and as they are stored together.
        every: candidate.
        expected: the derived gradients, by tensor.
        sizes: of the axes.
        wanted: the tensors whose gradients are asked for.
        values: of the tensors.
        readings: of a candidate beside the derived gradient, the surest first.
        packed: how parameters are packed, where they are.
    """
    found: dict[str, Found] = {}
    asked = set(wanted)
    for reading in readings:
        for tensors in sorted(tensor_groups, key=len, reverse=True):
            if any(t.name in found or (reading is not _exactly and t.name not in asked) for t in tensors):
                continue
            derived = [expected[tensor.name] for tensor in tensors]
            at = [values[tensor.name] for tensor in tensors]
            for candidate, held in fitting_candidates(tensors, every, sizes, packed):
                parts = held.layout.read(candidate.leaf.array, [one.shape for one in derived])
                one = reading(candidate, held, parts, derived, at)
                if one is not None:
                    found |= {tensor.name: one for tensor in tensors}
                    break
    return found


def _exactly(one: Candidate, held: Held, parts: Arrays, derived: Arrays, at: Arrays) -> Found | None:
    return Found(held, one.rate, one.slope, 1.0, "exact", start=one.start) if all(map(near, parts, derived)) else None


def _multiple(one: Candidate, held: Held, parts: Arrays, derived: Arrays, at: Arrays) -> Found | None:
    constants = [ratio(part, of) for part, of in zip(parts, derived, strict=True)]
    first = constants[0]
    if first is None or any(c is None or abs(c / first - 1) >= 1e-6 for c in constants):
        return None
    return Found(held, one.rate, one.slope, first, "up to a constant", start=one.start)


def _with_terms(one: Candidate, held: Held, parts: Arrays, derived: Arrays, at: Arrays) -> Found | None:
    terms = [NONE if near(p, d) else added(p, d, w) for p, d, w in zip(parts, derived, at, strict=True)]
    if any(term is None for term in terms):
        return None
    found = tuple(term for term in terms if term is not None)
    return Found(held, one.rate, one.slope, 1.0, "with a term", found, start=one.start)


SETTLED: tuple[Reading, ...] = (_exactly, _multiple)
UNSETTLED: tuple[Reading, ...] = (*SETTLED, _with_terms)  # where nothing says whether a term is meant


def fitting_candidates(
    tensors: tuple[Tensor, ...], every: Sequence[Candidate], sizes: Sizes, packed: Sequence[Packing] = ()
) -> Iterator[tuple[Candidate, Held]]:
    """The candidates whose shape is that of the tensors in some layout, or packed as some are."""
    layouts: list[Layout] = [*{1: SINGLE, 2: JOINT}.get(len(tensors), ())]
    layouts += [form for one in packed if one.tensors == len(tensors) for form in reshaped(one)]
    for candidate in every:
        leaf = candidate.leaf
        if candidate.of is not None and not candidate.of >= {tensor.name for tensor in tensors}:
            continue
        for layout in layouts:
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
    packed = [like.layout] if like is not None and isinstance(like.layout, Packing) else []
    for candidate, held in fitting_candidates(tensors, every, sizes, packed):
        if held.place in taken:
            continue
        named = any(same_tensor(candidate.called, t.name, like.place.last if like else None) for t in tensors)
        itself = candidate.rate is not None and like is not None and like.place in (held.place, candidate.start)
        alike = like is not None and held.layout.name == like.layout.name
        rank = (not itself, not named, not alike)
        ranked.setdefault(rank, []).append(
            Found(held, candidate.rate, candidate.slope, None, BY_NAME if named else "by shape", start=candidate.start)
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
    return [Found(one, None, False, None, BY_NAME) for one in held]
