"""From tests to stronger evidence: what it means for the verdict, and what it shows of a wrong gradient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gdverify.auditing.diagnosis.guarded_loss import guarded_loss
from gdverify.auditing.examination import examine
from gdverify.auditing.ladder.rungs import Ascent, Wanted, climb
from gdverify.auditing.ladder.showing import show
from gdverify.auditing.problems import Problem
from gdverify.auditing.search import derivation_of
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import (
    LEVELS,
    PROVED,
    TESTED,
    WRONG,
    Diagnosis,
    FailingCase,
    ParameterVerdict,
    SubjectReport,
)
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space
from gdverify.evidence.comparison import Comparison
from gdverify.tracing.lines import Untraceable


def with_evidence(report: SubjectReport, subject: Subject, space: Space, wanted: Wanted) -> SubjectReport:
    """The report on a subject that was tested, with what can be shown beyond that."""
    if not report.parameters or not wanted.rungs:
        return report
    # A loss with a guard is another formula than the declared one, and is known to be.
    guarded = {"loss"} if any(remark.kind == "guarded" for remark in report.diagnosis) else set()
    names = [row.name for row in report.parameters if row.name not in guarded]
    ascent = climb(subject, space, names, wanted, report.seed)
    report = _with_late(report, subject, space, ascent)
    levels = {name: ground.level for ground in ascent.grounds for name in ground.tensors}
    levels |= dict.fromkeys(ascent.different, PROVED)
    # An undecided tensor stays so: it lacks cases, and a proof at one shape is none of them.
    rows = tuple(replace(row, evidence=levels.get(row.name, TESTED)) for row in report.parameters)
    remarks = (*_shown(report, subject, space, ascent), *_only_in_floats(rows, ascent), *ascent.remarks)
    kept = report.diagnosis
    if any(remark.kind == "links" for remark in remarks):  # proved is more than compared
        kept = tuple(remark for remark in kept if remark.kind != "links")
    return replace(
        report,
        parameters=rows,
        evidence=_weakest(rows),
        grounds=tuple(ascent.grounds),
        diagnosis=(*kept, *remarks),
    )


def _weakest(rows: Sequence[ParameterVerdict]) -> str:
    """Of the tensors that decide the verdict."""
    deciding = [row for row in rows if row.verdict == WRONG] or rows
    return min((row.evidence for row in deciding), key=LEVELS.index)


def _with_late(report: SubjectReport, subject: Subject, space: Space, ascent: Ascent) -> SubjectReport:
    """The report after the tests have been run again where formulas differ and no case had shown it."""
    unseen = [row.name for row in report.parameters if row.verdict != WRONG and row.name in ascent.different]
    for case in _distinct(ascent.different[name] for name in unseen):
        try:
            found = examine(subject, derivation_of(space, case), case)
        except Problem:
            continue
        wrong = [name for name in unseen if name in found.wrong]
        guard = guarded_loss(subject, space, found, report.seed) if found.wrong == ("loss",) else None
        if guard is not None:
            report = replace(report, diagnosis=(*report.diagnosis, guard[0]))
        elif wrong:
            rows = tuple(
                _wrong(row, found.comparisons[row.name]) if row.name in wrong else row for row in report.parameters
            )
            return replace(
                report, verdict=WRONG, parameters=rows, failing_case=report.failing_case or FailingCase.of(case)
            )
    return report


def _wrong(row: ParameterVerdict, seen: Comparison) -> ParameterVerdict:
    return replace(
        row,
        verdict=WRONG,
        largest_error=seen.error,
        tolerance=seen.tolerance,
        worst_index=seen.index,
        got=seen.got,
        expected=seen.expected,
    )


def _distinct(cases: Iterable[Case]) -> list[Case]:
    found: list[Case] = []
    for case in cases:
        if not any(case is other for other in found):
            found.append(case)
    return found


def _shown(report: SubjectReport, subject: Subject, space: Space, ascent: Ascent) -> Iterator[Diagnosis]:
    """The formulas, of the wrong tensors where there are any."""
    wrong = [row.name for row in report.parameters if row.verdict == WRONG and row.name in ascent.different]
    names = wrong or list(ascent.different)
    if not names:
        return
    options = ascent.different[names[0]].options
    try:
        shown = list(
            show(subject, space, options, [n for n in names if ascent.different[n].options == options], report.seed)
        )
    except Untraceable:  # code in balls that does not run on symbols
        return
    yield from shown
    if not wrong:
        yield Diagnosis(
            "invisible",
            f"{', '.join(names)}: the formula is not the derived one, by so little that rounding may do as much in "
            "every case that was tried; look at constants that are rounded, and at an ε that is added for safety",
        )


def _only_in_floats(rows: Sequence[ParameterVerdict], ascent: Ascent) -> Iterator[Diagnosis]:
    """Tensors whose formula is right, and whose floats are not."""
    beyond = {name for ground in ascent.grounds for name in ground.tensors}
    names = [row.name for row in rows if row.verdict == WRONG and row.name in beyond]
    if names:
        yield Diagnosis(
            "floats",
            f"{', '.join(names)}: the formula is the derived one, so that it is its evaluation in floating point that "
            "is off: look for an overflow, for a difference of nearly equal numbers, or at the values on a kink",
        )
