"""Which parts of the smallest failing case matter: each is drawn afresh by itself, while the others stay as they are.

What stays wrong whatever a part is does not depend on it. Of a part that matters, the choices that are wrong are
described by a condition; where several fit, because sizes of the smallest case coincide, fresh cases choose among
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gdverify.auditing.diagnosis.conditions import exact, fitting, listed
from gdverify.auditing.diagnosis.samples import FRESH_ENTRIES, Sample, Samples
from gdverify.auditing.execution import call
from gdverify.auditing.problems import Problem
from gdverify.auditing.verdicts import Diagnosis
from gdverify.cases.case import Case
from gdverify.cases.classes import allowed
from gdverify.cases.regimes import HAND_SEEDS, LARGEST_SEED
from gdverify.cases.strategies import alternatives, build
from gdverify.derivation.steps import derive

EACH = 3  # draws of values for each choice of a part
VALUES = 8  # draws of values where nothing else is varied

SIZE, OPTION, REGIME, DTYPE, DRAW = "size", "option", "regime", "dtype", "draw"
SAID = {OPTION: "where {name} is {choices}", REGIME: "with {choices} values", DTYPE: "in {choices}"}


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a case, and what the subject returned for each choice of it.

    Attributes:
        kind: one of the above.
        name: as it is said.
        tried: for each size, option, regime, dtype, or draw.
    """

    kind: str
    name: str
    tried: Mapping[Any, Sequence[Sample]]

    def outcomes(self, tensor: str) -> dict[Any, bool]:
        """Whether a gradient is wrong, by choice; choices at which no error could show are left out."""
        found = {}
        for choice, samples in self.tried.items():
            of = [sample for sample in samples if tensor in sample.returned.gradients and sample.tells(tensor)]
            if of:
                found[choice] = not all(sample.agrees(tensor) for sample in of)
        return found


@dataclass(frozen=True, eq=False)
class Variation:
    """The smallest failing case with each of its parts varied by itself."""

    samples: Samples
    parts: Sequence[Part]

    @classmethod
    def of(cls, samples: Samples) -> Variation:
        """The variation of the case that fresh cases are like."""
        return cls(samples, list(_parts(samples)))

    @property
    def count(self) -> int:
        """How many cases were tried."""
        return sum(len(tried) for part in self.parts for tried in part.tried.values())

    def by_sizes(self, tensor: str) -> list[tuple[Mapping[str, int], bool]]:
        """Sizes that were tried, and whether a gradient is wrong there."""
        at, sizes = self.samples.like.sizes, [part for part in self.parts if part.kind == SIZE]
        return [({**at, part.name: size}, off) for part in sizes for size, off in part.outcomes(tensor).items()]

    def reasons(self, tensors: Sequence[str]) -> Iterator[Diagnosis]:
        """What is known of wrong gradients; of those of which it is the same, together."""
        found: dict[str, list[str]] = {}
        for tensor in tensors:
            found.setdefault(_said(self, tensor), []).append(tensor)
        for said, names in found.items():
            if said:
                begin = f"{', '.join(names)}: varied part by part from the smallest case ({self.count} cases), "
                yield Diagnosis("varied", begin + said)


# -- trying


def _parts(samples: Samples) -> Iterator[Part]:
    """Every part that can be varied, until as many entries have been tried as are worth it."""
    rng, spent = np.random.default_rng((samples.seed, 4)), 0
    for kind, name, cases in _planned(samples, rng):
        tried: dict[Any, list[Sample]] = {}
        for choice, case in cases:
            spent += case.entries
            if spent > FRESH_ENTRIES:
                return
            tried.setdefault(choice, []).extend(_returned(samples, case))
        yield Part(kind, name, tried)


def _returned(samples: Samples, case: Case) -> list[Sample]:
    """What the subject returns, unless it cannot be judged on the case."""
    derivation = derive(samples.space.source, **case.options)
    try:
        return [Sample(derivation, case, call(samples.subject, derivation, case), samples.subject.allowance)]
    except Problem:
        return []


def _planned(samples: Samples, rng: np.random.Generator) -> Iterator[tuple[str, str, Iterator[tuple[Any, Case]]]]:
    """For each part its kind, its name, and the cases of each choice."""
    like, space = samples.like, samples.space

    def drawn(**changed: Any) -> Case:
        return _drawn(samples, replace(like, **changed), rng)

    def each(choices: Sequence[Any], field: str, made: Any) -> Iterator[tuple[Any, Case]]:
        yield from ((choice, drawn(**{field: made(choice)})) for choice in choices for _ in range(EACH))

    yield DRAW, "values", ((k, drawn()) for k in range(VALUES))
    for axis in like.sizes:
        sizes = allowed(space, axis)
        yield SIZE, axis, each(sizes, "sizes", lambda size, axis=axis: {**like.sizes, axis: size})
    for option, choices in alternatives(space).items():
        yield OPTION, option, each(choices, "options", lambda value, option=option: {**like.options, option: value})
    yield DTYPE, "dtype", each(space.dtypes, "dtype", np.dtype)
    yield REGIME, "regime", each(space.regimes, "regime", str)


def _drawn(samples: Samples, like: Case, rng: np.random.Generator) -> Case:
    """A case with other values; axes that the smallest case does not have are as short as they may be."""
    derivation = derive(samples.space.source, **like.options)
    sizes = {
        axis.name: like.sizes.get(axis.name, allowed(samples.space, axis.name)[0])
        for axis in derivation.composition.axes
    }
    seed = int(rng.integers(HAND_SEEDS, LARGEST_SEED))
    return build(derivation, like.options, sizes, like.regime, like.dtype.name, seed)


# -- saying


def _said(variation: Variation, tensor: str) -> str:
    outcomes = {part: found for part in variation.parts if (found := part.outcomes(tensor))}
    values = [off for part, found in outcomes.items() for off in found.values() if part.kind == DRAW]
    if not any(values):
        return f"right with {len(values)} other draws of values: look at those of the smallest case" if values else ""
    free = [part.name for part, found in outcomes.items() if len(found) > 1 and all(found.values())]
    whatever = [f"for any {listed(free)}"] if free else []
    if not all(values):  # a choice may be right by chance
        return " ".join([f"wrong with {sum(values)} of {len(values)} draws of values", *whatever])
    bound = {part: found for part, found in outcomes.items() if any(found.values()) and not all(found.values())}
    only = [f"only {listed(list(_only(variation, tensor, bound)))}"] if bound else []
    return f"wrong {', '.join([*whatever, *only])}"


def _only(variation: Variation, tensor: str, bound: Mapping[Part, Mapping[Any, bool]]) -> Iterator[str]:
    """For which choices of the parts that matter it is wrong."""
    sizes = {part.name: found for part, found in bound.items() if part.kind == SIZE}
    if sizes:
        yield _sizes(variation, tensor, sizes)
    for part, found in bound.items():
        wrong, right = ([str(choice) for choice, off in found.items() if off is side] for side in (True, False))
        if part.kind != SIZE:
            yield SAID[part.kind].format(name=part.name, choices=_shorter(wrong, right))


def _shorter(wrong: Sequence[str], right: Sequence[str]) -> str:
    return f"any but {listed(right)}" if len(right) < len(wrong) else listed(wrong, "or")


def _sizes(variation: Variation, tensor: str, bound: Mapping[str, Mapping[int, bool]]) -> str:
    """The conditions on sizes, chosen and confirmed by fresh cases where they can be."""
    fit = []
    for axis, found in bound.items():
        wrong, right = ([size for size, off in found.items() if off is side] for side in (True, False))
        fit.append(list(fitting(axis, wrong, right, variation.samples.like.sizes)))
    fresh = [(s.case.sizes, not s.agrees(tensor)) for s in variation.samples.some if s.tells(tensor)]
    tried = variation.by_sizes(tensor)
    confirmed = exact(fit, [*tried, *fresh]) if any(off for _, off in fresh) else None
    chosen = confirmed or exact(fit, tried) or [conditions[0] for conditions in fit]
    said = listed([*dict.fromkeys(condition.says for condition in chosen)])
    return f"where {said}" + (f" (as on {len(fresh)} fresh cases{variation.samples.kind})" if confirmed else "")
