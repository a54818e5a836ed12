"""Proofs: a subject's own code computes the derived formula, entry by entry, at small shapes and on their paths.

The code is run on symbols (`gdverify.auditing.ladder.tracing`), the derived gradient is taken from it, and the
difference is shown to be zero (`gdverify.tracing.deciding`). A proof covers one path at one shape, so both are
chosen with care: sizes that are all distinct, with a batch at which no two constants coincide (2/N is 1 for a batch of
2), and, where the mathematics branches, smaller sizes at which every path can be taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gdverify.auditing.ladder.tracing import Trace, trace
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.regimes import HAND_SEEDS
from gdverify.cases.strategies import Space, build
from gdverify.codegen.program import program
from gdverify.derivation.steps import Derivation, derive
from gdverify.tracing.deciding import Decision, Outcome, decide_all
from gdverify.tracing.derived import Derived, Entries, derived, point
from gdverify.tracing.expression import Expression, Graph
from gdverify.tracing.floats import Floats
from gdverify.tracing.parts import signed
from gdverify.tracing.path import RELATIONS, Condition

Sizes = Mapping[str, int]

DISTINCT = (3, 2, 5, 4, 7)  # of the axes in turn; the first is the batch
NARROW = (2, 1)  # the first axis, and all others
DRAWN = 64  # points at a shape, for the paths that they take
FEW_PATHS, MOST_PATHS = 3, 16

# The weakest of several outcomes decides.
_WEAKEST: tuple[Outcome, ...] = ("different", "undecided", "zero")


@dataclass(frozen=True)
class Confrontation:
    """What a subject computes on one path at one shape, and what it should.

    Attributes:
        trace: of the subject.
        right: every tensor and every adjoint of the derivation.
        decisions: by tensor, and ``loss`` where the subject returns one: whether each entry's difference is zero.
    """

    trace: Trace
    right: Derived
    decisions: Mapping[str, tuple[Decision, ...]]

    @property
    def case(self) -> Case:
        """The point, whose values take the path."""
        return self.trace.case

    @property
    def path(self) -> tuple[Condition, ...]:
        """The branches of both."""
        return (*self.right.path, *self.trace.path)

    def has(self, name: str) -> bool:
        """Whether the subject returned it."""
        return name in self.decisions

    def is_vacuous(self, name: str) -> bool:
        """Whether every entry should be 0 here, so that being so shows nothing."""
        return all(entry.is_number and not entry.detail for entry in self.right.arrays[adjoint(name)].ravel().tolist())

    def outcome(self, name: str) -> Outcome:
        """Of a tensor: different where one entry is."""
        found = {decision.outcome for decision in self.decisions[name]}
        return next(outcome for outcome in _WEAKEST if outcome in found)


@dataclass(frozen=True)
class Shape:
    """The paths that were taken at one shape, and whether they are all that there are."""

    sizes: Sizes
    confrontations: tuple[Confrontation, ...]
    complete: bool

    def __str__(self) -> str:
        sizes = shown(self.sizes)
        count = len(self.confrontations)
        if count == 1 and self.complete:
            return sizes
        paths = f"{count} path{'s' if count > 1 else ''}"
        return f"{sizes} on {f'all {paths}' if self.complete else f'the {paths} that {DRAWN} points take'}"


@dataclass(frozen=True)
class Proof:
    """What was shown, shape by shape."""

    shapes: tuple[Shape, ...]

    @cached_property
    def confrontations(self) -> tuple[Confrontation, ...]:
        """Those of all shapes."""
        return tuple(one for shape in self.shapes for one in shape.confrontations)

    def outcome(self, name: str) -> Outcome | None:
        """Of a tensor, over all shapes and paths; None where it was never returned."""
        found = {one.outcome(name) for one in self.confrontations if one.has(name)}
        return next((outcome for outcome in _WEAKEST if outcome in found), None)

    def proves(self, name: str) -> bool:
        """Whether its formula is the derived one on every path, and not 0 on all."""
        return self.outcome(name) == "zero" and not all(one.is_vacuous(name) for one in self.confrontations)

    def reason(self, name: str) -> str:
        """Why a tensor is undecided."""
        decisions = (d for one in self.confrontations if one.has(name) for d in one.decisions[name])
        return next((decision.reason for decision in decisions if decision.outcome == "undecided"), "")

    @property
    def error(self) -> float:
        """A bound on the probability that anything in it that is called zero is not."""
        return sum(d.error for one in self.confrontations for ds in one.decisions.values() for d in ds)

    def __str__(self) -> str:
        return " and at ".join(map(str, self.shapes))


def prove(subject: Subject, space: Space, options: Mapping[str, Any], seed: int) -> Proof:
    """Confront a subject with a member of the family, at small shapes.

    Args:
        subject: the implementation.
        space: the cases that it can take.
        options: the member.
        seed: of the points.

    Raises:
        Untraceable: its code needs floats.
    """
    derivation = derive(space.source, **options)
    wide = _at(subject, derivation, options, sizes_after(space, derivation, DISTINCT), seed, FEW_PATHS)
    if not any(one.path for one in wide.confrontations):
        return Proof((wide,))
    narrow = (NARROW[0], *(NARROW[1] for _ in derivation.composition.axes))
    return Proof((wide, _at(subject, derivation, options, sizes_after(space, derivation, narrow), seed, MOST_PATHS)))


def shown(sizes: Sizes) -> str:
    """Sizes in words."""
    return ", ".join(f"{name}={size}" for name, size in sizes.items()) or "scalars"


def sizes_after(space: Space, derivation: Derivation, pattern: Sequence[int]) -> dict[str, int]:
    """Sizes after a pattern, but for axes that the subject fixes."""
    found = {axis.name: pattern[k % len(pattern)] for k, axis in enumerate(derivation.composition.axes)}
    return found | {name: _allowed(space.sizes[name], found[name]) for name in found.keys() & space.sizes.keys()}


def _allowed(fixed: Any, wanted: int) -> int:
    """The size that comes nearest to the one wanted."""
    return fixed if isinstance(fixed, int) else min(fixed, key=lambda size: (abs(size - wanted), size))


def point_at(derivation: Derivation, options: Mapping[str, Any], sizes: Sizes, seed: int) -> Case:
    """An ordinary case in float64."""
    return build(derivation, options, sizes, "ordinary", "float64", HAND_SEEDS + seed % 2**31)


def confront(subject: Subject, derivation: Derivation, case: Case, graph: Graph, named: bool = False) -> Confrontation:
    """A subject beside the derivation at one point, its expressions named for a reader or not.

    Raises:
        Untraceable: its code needs floats.
    """
    got = trace(subject, derivation, case, graph, named)
    arrays = dict(got.gradients) if got.loss is None else {**got.gradients, "loss": np.asarray(got.loss, dtype=object)}
    every = [statement.target for statement in program(derivation).every_adjoint]
    right = derived(derivation, case, graph, ["loss", *every])
    differences = {name: _differences(graph, array, right.arrays[adjoint(name)]) for name, array in arrays.items()}
    flat = [difference for entries in differences.values() for difference in entries]
    decided = iter(decide_all(flat, point(case), (*right.path, *got.path)))
    decisions = {name: tuple(next(decided) for _ in entries) for name, entries in differences.items()}
    return Confrontation(got, right, decisions)


def adjoint(name: str) -> str:
    """What the derivation calls a tensor's gradient."""
    return name if name == "loss" else f"d{name}"


def _differences(graph: Graph, got: Entries, expected: Entries) -> list[Expression]:
    return [graph.sub(a, b) for a, b in zip(got.ravel().tolist(), expected.ravel().tolist(), strict=True)]


def _at(
    subject: Subject, derivation: Derivation, options: Mapping[str, Any], sizes: Sizes, seed: int, most: int
) -> Shape:
    """The paths that points of one shape take, each once."""
    graph = Graph()
    found: list[Confrontation] = []
    for k in range(DRAWN):
        case = point_at(derivation, options, sizes, seed * DRAWN + k)
        values = Floats(point(case))
        if any(all(_holds(condition, values) for condition in one.path) for one in found):
            continue
        found.append(confront(subject, derivation, case, graph))
        if len(found) >= most or _is_complete(found):
            break
    return Shape(sizes, tuple(found), _is_complete(found))


def _holds(condition: Condition, values: Floats) -> bool:
    value = values(condition.difference)
    return ((value > 0) - (value < 0) in RELATIONS[condition.relation]) == condition.holds


def _is_complete(found: Sequence[Confrontation]) -> bool:
    """Whether of each branch that was open when it was taken, both sides were."""
    sides: dict[tuple[bool, ...], set[bool]] = {}
    for one in found:
        before: tuple[bool, ...] = ()
        for holds in _choices(one.path):
            sides.setdefault(before, set()).add(holds)
            before = (*before, holds)
    return all(len(taken) == 2 for taken in sides.values())


def _choices(path: Sequence[Condition]) -> Iterator[bool]:
    """The outcomes that those before them do not imply: of z > 0 and then z ≤ 0 the first."""
    known: set[tuple[int, bool]] = set()  # expressions whose sign is known, or whether they are 0
    for condition in path:
        sign, expression = signed(condition.difference)
        equality = condition.relation in ("==", "!=")
        if (expression.place, equality) not in known:
            known.add((expression.place, equality))
            # No point that is drawn lies on a kink: what is not positive is negative.
            yield (sign in RELATIONS[condition.relation]) == condition.holds
