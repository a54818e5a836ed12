"""Two witnesses: differences of a unit's forward pass, and the derivative of that pass on symbols.

Where both say the same it is proved, at one shape and on one path, beside being tested. Where they contradict each
other nothing is concluded. What differences cannot see, since they are no sharper than 1e-7, is said and is no verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from gdverify.auditing.isolation import isolated
from gdverify.auditing.problems import Problem
from gdverify.auditing.verdicts import (
    CORRECT,
    PROVED,
    UNDECIDED,
    WRONG,
    Diagnosis,
    Ground,
    ParameterVerdict,
    SubjectReport,
)
from gdverify.binding.gradients.following import UPSTREAM
from gdverify.binding.own.deriving import SEED, Derived, derived, traced_at
from gdverify.binding.own.extrapolation import ROUNDING, is_slight, row
from gdverify.binding.own.resizing import Resized
from gdverify.binding.own.showing import shown
from gdverify.binding.own.symbols import is_traceable
from gdverify.tracing.deciding import Outcome
from gdverify.tracing.lines import Untraceable
from gdverify.tracing.modular import POINTS
from gdverify.tracing.primes import CHAINS, chains

if TYPE_CHECKING:
    from gdverify.binding.own.forward import Own, Values

Point = tuple["Values", Resized]

ALONE = "checked by differences alone: {}"
SAME = (
    "{name}: at {where} it is the derivative of its own forward pass; look at what is other elsewhere: other sizes, "
    "another side of a branch, what is kept between calls"
)
CONTRADICTED = (
    "{name}: differences of its own forward pass and the derivative of its code on symbols contradict each other at "
    "{where}, so that neither is believed"
)
ROUNDED = (
    "{name}: not proved: the formula is the derivative of its own forward pass but for constants that are rounded to "
    "double precision"
)
SLIGHTLY = (
    "{name}: the formula is not the derivative of its own forward pass, by {apart:.1g} of its size, which differences "
    "do not see; look at constants that are rounded, and at an ε that is added for safety"
)


@dataclass(frozen=True)
class Heard:
    """What both witnesses say of one gradient.

    Attributes:
        row: of the report.
        remarks: what a reader should know.
        differs: where its formula is not the derivative; None where that was not seen.
    """

    row: ParameterVerdict
    remarks: tuple[Diagnosis, ...] = ()
    differs: Derived | None = None


def witnessed(report: SubjectReport, own: Own, seed: int, wrong: Mapping[str, Point]) -> SubjectReport:
    """The report by differences, with what is derived from the code itself, in a process of its own.

    What code keeps of symbols, in its class or its module, would be met by the next run on floats.

    Args:
        report: by differences.
        own: the unit.
        seed: of the point at which it is traced.
        wrong: where differences called a gradient wrong, by its tensor.
    """
    if not is_traceable(own):
        return report
    chains(SEED, min(CHAINS), POINTS)  # are remembered here, and not in a process that ends
    try:
        return isolated(lambda: _witnessed(report, own, seed, wrong), lambda: None)
    except Problem as problem:
        return _by_differences(report, problem.message)


def _by_differences(report: SubjectReport, why: str) -> SubjectReport:
    return replace(report, diagnosis=(*report.diagnosis, Diagnosis("evidence", ALONE.format(why))))


def _witnessed(report: SubjectReport, own: Own, seed: int, wrong: Mapping[str, Point]) -> SubjectReport:
    try:
        at = traced_at(own)
        found = derived(own, own.values(seed * 1000, at), at)
    except Untraceable as error:
        return _by_differences(report, str(error))
    heard = [_heard(_Two(one, found, own, wrong.get(one.name))) for one in report.parameters]
    rows = tuple(one.row for one in heard)
    differing = {one.row.name: one.differs for one in heard if one.differs is not None}
    remarks = [remark for one in heard for remark in one.remarks]
    return replace(
        report,
        verdict=_verdict(report, rows),
        evidence=PROVED if all(one.evidence == PROVED for one in _deciding(rows)) else report.evidence,
        parameters=rows,
        grounds=tuple(_grounds(found, rows)),
        diagnosis=(*report.diagnosis, *remarks, *(shown(own, differing) if differing else ())),
    )


@dataclass(frozen=True)
class _Two:
    """What both witnesses say of one gradient, each in its way.

    Attributes:
        row: by differences, at all points.
        found: by derivation, at one.
        own: the unit.
        wrong: where it is wrong by differences, if anywhere.
    """

    row: ParameterVerdict
    found: Derived
    own: Own
    wrong: Point | None

    @property
    def name(self) -> str:
        """Of the tensor."""
        return self.row.name

    @cached_property
    def exact(self) -> ParameterVerdict:
        """The gradient beside the derivative."""
        return row(self.name, self.found.got[self.name], self.found.expected[self.name])

    @property
    def contradict(self) -> bool:
        """Whether differences say that the derivative is none."""
        here = self.own.expected(self.found.traced.values, self.found.traced.at)[self.name]
        return row(self.name, self.found.expected[self.name].value, here).verdict == WRONG

    def elsewhere(self) -> Derived | None:
        """What is derived where differences call it wrong; None where that is too large."""
        try:
            return None if self.wrong is None else derived(self.own, *self.wrong)
        except Untraceable:
            return None

    def said(self, message: str, found: Derived | None = None) -> str:
        """A message with the name and the place in it."""
        return message.format(name=self.name, where=places(found or self.found))


def _equal(two: _Two) -> Heard:
    return Heard(replace(two.row, evidence=PROVED) if two.found.proves(two.name) else two.row)


def _right_but_different(two: _Two) -> Heard:
    """What differs is beyond the digits of differences, or where those say nothing, or they say the contrary."""
    apart = two.found.apart(two.name)
    if apart < ROUNDING:
        return Heard(two.row, (Diagnosis("evidence", two.said(ROUNDED)),))
    if two.exact.verdict != WRONG:
        said = SLIGHTLY.format(name=two.name, apart=apart)
        return Heard(two.row, (Diagnosis("invisible", said),), two.found)
    return (
        _contradicted(two, two.found) if two.contradict else Heard(replace(two.exact, evidence=PROVED), (), two.found)
    )


def _wrong_but_equal(two: _Two) -> Heard:
    """What is wrong elsewhere is derived there, too."""
    there = two.elsewhere()
    if there is None:
        return Heard(two.row, (Diagnosis("evidence", two.said(SAME)),))
    if there.outcome(two.name) == "zero":
        return _contradicted(two, there)
    return Heard(replace(two.row, evidence=PROVED), (Diagnosis("evidence", two.said(SAME)),), there)


def _wrong_and_different(two: _Two) -> Heard:
    return Heard(two.row) if two.contradict else Heard(replace(two.row, evidence=PROVED), (), two.found)


def _slight_and_different(two: _Two) -> Heard:
    return Heard(replace(two.row, evidence=PROVED), (), two.found) if is_slight(two.row) else Heard(two.row)


def _contradicted(two: _Two, where: Derived) -> Heard:
    said = Diagnosis(UNDECIDED, two.said(CONTRADICTED, where))
    return Heard(replace(two.row, verdict=UNDECIDED), (said,))


def _unproved(two: _Two) -> Heard:
    return Heard(two.row, (Diagnosis("evidence", f"{two.name}: not proved: {two.found.reason(two.name)}"),))


# By what differences say and what is derived; what is a multiple of the gradient, or truncated, stays as it is.
HEARD: Mapping[tuple[str, Outcome], Callable[[_Two], Heard]] = {
    (CORRECT, "zero"): _equal,
    (CORRECT, "different"): _right_but_different,
    (CORRECT, "undecided"): _unproved,
    (WRONG, "zero"): _wrong_but_equal,
    (WRONG, "different"): _wrong_and_different,
    (UNDECIDED, "zero"): _equal,
    (UNDECIDED, "different"): _slight_and_different,
}


def _heard(two: _Two) -> Heard:
    rule = HEARD.get((two.row.verdict, two.found.outcome(two.name)))
    return Heard(two.row) if rule is None else rule(two)


def _verdict(report: SubjectReport, rows: Sequence[ParameterVerdict]) -> str:
    """As the rows are now, where the report is by its rows."""
    if report.verdict not in (CORRECT, WRONG):
        return report.verdict
    return next((v for v in (WRONG, UNDECIDED) if any(one.verdict == v for one in rows)), CORRECT)


def _deciding(rows: Sequence[ParameterVerdict]) -> Sequence[ParameterVerdict]:
    return [one for one in rows if one.verdict == WRONG] or rows


def _grounds(found: Derived, rows: Sequence[ParameterVerdict]) -> Iterator[Ground]:
    """What was shown, and of what; what is wrong elsewhere has a remark of its own."""
    known = (one for one in rows if one.evidence == PROVED and one.verdict != WRONG)
    equal = tuple(one.name for one in known if found.proves(one.name))
    if equal:
        branches = len(found.traced.path)
        path = f", on the path of {branches} comparison{'s' * (branches > 1)}" if branches else ""
        chance = f" (wrong with a probability below {found.error:.0e})" if found.error else ""
        count = f"{found.traced.operations:,} operations"
        yield Ground(PROVED, f"at {places(found)}, derived from the code itself: {count}{path}{chance}", equal)


def places(found: Derived) -> str:
    """The shapes at which a unit was traced: ``W (2, 4), x (3, 2)``."""
    shapes = {name: array.shape for name, array in found.traced.values.items() if name != UPSTREAM}
    return ", ".join(f"{name} {shape}" if shape else name for name, shape in shapes.items())
