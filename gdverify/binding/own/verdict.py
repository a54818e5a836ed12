"""What differences of a unit's own forward pass say of its gradients, at all the sizes together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gdverify.auditing.diagnosis.ratios import Factor, find_factor
from gdverify.auditing.verdicts import (
    CORRECT,
    UNDECIDED,
    UP_TO_CONSTANT,
    WRONG,
    Constant,
    Diagnosis,
    ParameterVerdict,
    SubjectReport,
)
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.constructing import BATCH, INPUTS, OUTPUTS
from gdverify.binding.calling.running import SELF
from gdverify.binding.own.extrapolation import Differences, is_slight, tolerance, worse
from gdverify.binding.own.resizing import Resized, not_run
from gdverify.cases.case import Case
from gdverify.evidence.reference import Bound

if TYPE_CHECKING:
    from gdverify.binding.own.forward import Own

CALLED = {BATCH: "batch", INPUTS: "inputs", OUTPUTS: "outputs"}  # lengths, as they are mostly meant
Rows = Sequence[tuple[Resized, Mapping[str, ParameterVerdict]]]
LEAST_STEPS = 2  # that a truncated back-propagation goes back: one is as likely a mistake


@dataclass(frozen=True)
class Pair:
    """A gradient of the unit beside that by differences."""

    name: str
    got: Array
    expected: Differences
    at: Resized


def concluded(
    own: Own, against: str, rows: Rows, pairs: Sequence[Pair], said: Sequence[Diagnosis], how: tuple[int, int, str]
) -> SubjectReport:
    """The report on a unit that was judged at several sizes.

    Args:
        own: the unit.
        against: what it was judged against, in words.
        rows, pairs: of every point.
        said: remarks.
        how: examples, seed and command.
    """
    examples, seed, command = how
    worst: dict[str, ParameterVerdict] = {}
    for _, found in rows:
        for tensor, one in found.items():
            worst[tensor] = worse(worst.get(tensor), one)
    verdict = next((v for v in (WRONG, UNDECIDED) if any(row.verdict == v for row in worst.values())), CORRECT)
    remarks = [Diagnosis("own forward pass", against), *said]
    remarks += [Diagnosis("slight", _slightly(row)) for row in worst.values() if is_slight(row)]
    constant = None
    if verdict == WRONG and all(row.verdict == WRONG for row in worst.values()):
        factor = _common(pairs)
        if factor is not None:
            verdict, constant = UP_TO_CONSTANT, Constant(str(factor), factor.number, stated=True)
            worst = {name: replace(row, verdict=UP_TO_CONSTANT) for name, row in worst.items()}
            remarks.append(Diagnosis("constant", f"every gradient is the right one × {factor}"))
    if verdict == WRONG and (steps := _truncated(rows)) and own.recurs():
        verdict = UNDECIDED
        worst = {name: replace(row, verdict=UNDECIDED) if row.verdict == WRONG else row for name, row in worst.items()}
        remarks.append(Diagnosis("truncated", TRUNCATED.format(steps=steps)))
    made = tuple(worst.values())
    return SubjectReport(
        own.name, against, verdict, "differences", examples, seed, command, made, tuple(remarks), constant=constant
    )


SLIGHTLY = (
    "{} differs from its own forward pass by at most {:.1g} of its size, as an ε that is added for safety or a rounded "
    "constant does: too little to be called wrong"
)


def _slightly(row: ParameterVerdict) -> str:
    size = (abs(row.expected) + abs(row.got)) / 2
    return SLIGHTLY.format(row.name, row.largest_error / size)


TRUNCATED = (
    "right for up to {steps} steps, and not for more: back-propagation through time looks truncated after {steps} "
    "steps, which is an approximation on purpose; switch it off to have the whole gradient judged"
)


def _common(pairs: Sequence[Pair]) -> Factor | None:
    """The constant that is common to all gradients."""
    by_name: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_name.setdefault(pair.name, []).append(pair)
    factors = {find_factor([_observed(pair) for pair in some]) for some in by_name.values()}
    common = factors.pop() if len(factors) == 1 else None
    return common if common is not None and common.number else None  # nothing at all is no multiple


def _observed(pair: Pair) -> tuple[Array, Bound, Case, float]:
    sizes = {name: pair.at.lengths.get(length, length) for length, name in CALLED.items()}
    case = Case(sizes, {}, {}, {}, {}, {}, "ordinary", np.dtype("float64"))
    return pair.got, Bound(pair.expected.value, tolerance(pair.expected)), case, 0.0


def _truncated(rows: Rows) -> int:
    """The number of steps up to which everything is right, and beyond which something is not; 0 where there is none."""
    right: dict[int, bool] = {}
    for at, found in rows:
        steps = at.lengths.get(BATCH, BATCH)
        right[steps] = right.get(steps, True) and all(one.verdict != WRONG for one in found.values())
    longest = max((steps for steps, fine in right.items() if fine), default=0)
    return longest if longest >= LEAST_STEPS and all(fine == (n <= longest) for n, fine in right.items()) else 0


def notes(own: Own) -> list[Diagnosis]:
    """What a reader should know: sizes that were covered, random numbers, and state that is kept."""
    data = [one.tensors[0] for one in own.held if one.place.root != SELF] or [own.held[0].tensors[0]]
    shapes = ", ".join(dict.fromkeys(str(at.shape_of(data[0])) for at in own.resized))
    found = [Diagnosis("covered", f"{data[0].name} of shape {shapes}")]
    found += [Diagnosis("covered", f"not run: {'; '.join(names)}") for names in [not_run(own)] if names]
    found += [Diagnosis("covered", options) for options in own.covered]
    if own.seen.random:
        found.append(Diagnosis("remark", RANDOM))
    if own.seen.state:
        found.append(Diagnosis("remark", STATE.format(places=", ".join(map(str, own.seen.state)))))
    return found


RANDOM = (
    "the forward pass draws random numbers, as dropout does: they are the same in every run of the audit, so that the "
    "gradient is that for a mask which is drawn"
)
STATE = (
    "{places}: kept from one call to the next, as a hidden state or a running mean is; each run has a new object, so "
    "that what is kept is the same, and it is no parameter"
)
