"""What is wrong in a run is tried once more in a process of its own, with the code's file loaded anew.

A new object for each case does not undo what is kept between objects: an attribute of the class, a global. Where that
is what makes a gradient wrong, the code is right the first time, and there is no verdict on it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np

from gdverify.auditing.examination import compared
from gdverify.auditing.execution import adjoint_names, call
from gdverify.auditing.isolation import isolated
from gdverify.auditing.problems import Problem
from gdverify.auditing.verdicts import TESTED, UNDECIDED, WRONG, Diagnosis, SubjectReport
from gdverify.binding.calling.constructing import Construction
from gdverify.binding.calling.parts import Parts, parts
from gdverify.binding.calling.running import Call, tried
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.finding.units import Unit
from gdverify.binding.own.forward import Own, Values
from gdverify.binding.own.resizing import Resized
from gdverify.binding.subject import BoundSubject, Implementation
from gdverify.cases.case import Case
from gdverify.cases.strategies import build, members
from gdverify.derivation.steps import derive
from gdverify.errors import GdverifyError
from gdverify.evidence.reference import reference

STILL = {"binding", "remark", "covered", "own forward pass"}  # what remains true where a verdict is taken back
DATA = (type(None), bool, int, float, str, list, tuple, dict, set, np.ndarray)
Point = tuple[Values, Resized]


@dataclass(frozen=True)
class Tried:
    """What was seen in the other process: whether it is wrong there, and what had changed in this one since."""

    wrong: bool
    kept: tuple[str, ...]


def reproduced(report: SubjectReport, one: BoundSubject | Own, unit: Unit) -> SubjectReport:
    """The report; undecided where what is wrong in it is right in a process of its own.

    Args:
        report: on what was found.
        one: what was found.
        unit: in which.
    """
    if report.verdict != WRONG:
        return report
    failing = _failing(one, report)
    if failing is None:
        return report
    try:
        seen = isolated(lambda: _tried(one, unit, failing), lambda: None)
    except Problem:  # it fails there too, if in another way
        return report
    return report if seen.wrong else _taken_back(report, seen.kept)


def _tried(one: BoundSubject | Own, unit: Unit, failing: Any) -> Tried:
    anew = _anew(unit)
    kept = () if anew is None else tuple(_changed(unit, anew))
    # Where the file cannot be loaded again, this process is all that is new.
    return Tried(_is_wrong(one if anew is None else _renewed(one, parts(anew)), failing), kept)


def _anew(unit: Unit) -> Unit | None:
    """The unit from its file, loaded once more."""
    module = sys.modules.get(getattr(unit.objects[0], "__module__", ""))
    try:
        # By its whole path: the working directory is a scratch one.
        found = discover(load(getattr(module, "__file__", None) or unit.file), unit.name).found
    except GdverifyError:
        return None
    return next((one for one in found if (one.style, one.line) == (unit.style, unit.line)), None)


@singledispatch
def _failing(one: Any, report: SubjectReport) -> Any:
    """What fails, the smallest case, or the values and sizes of a point; None where no single one does."""
    raise TypeError(f"{one}: expected what is found in a file")


@_failing.register
def _(one: BoundSubject, report: SubjectReport) -> Case | None:
    failing = report.failing_case
    if failing is None:
        return None
    options = next((o for o in members(one.subject.space()) if _plain(o) == dict(failing.options)), None)
    if options is None:
        return None
    derivation = derive(one.subject.source, **options)
    return build(derivation, options, dict(failing.sizes), "ordinary", failing.dtype, 0).replaced(**failing.arrays)


@_failing.register
def _(one: Own, report: SubjectReport) -> Point | None:
    points = one.points(report.examples, report.seed)
    return next(((values, at) for values, at in points if one.is_wrong_at(values, at)), None)


@singledispatch
def _is_wrong(one: Any, failing: Any) -> bool:
    """Whether what failed fails; in the other process it is the first that is called."""
    raise TypeError(f"{one}: expected what is found in a file")


@_is_wrong.register
def _(one: BoundSubject, failing: Case) -> bool:
    derivation = derive(one.subject.source, **failing.options)
    returned = call(one.subject, derivation, failing)
    bounds = reference(derivation, failing, adjoint_names(returned), allowance=one.subject.allowance).bounds
    return not all(comparison.agrees for comparison in compared(returned, bounds).values())


@_is_wrong.register
def _(one: Own, failing: Point) -> bool:
    return tried(lambda: one.is_wrong_at(*failing)) is not False


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int) else str(value) for name, value in options.items()}


@singledispatch
def _renewed(one: Any, made: Parts) -> Any:
    """What was found, with the functions and the class of the file as it is loaded now."""
    raise TypeError(f"{one}: expected what is found in a file")


@_renewed.register
def _(one: BoundSubject, made: Parts) -> BoundSubject:
    function = one.subject.function
    assert isinstance(function, Implementation)
    bound = {
        depth: replace(b, construction=_constructed(b.construction, made), calls=_called(b.calls, made))
        for depth, b in function.bound.items()
    }
    return replace(one, subject=replace(one.subject, function=replace(function, parts=made, bound=bound)))


@_renewed.register
def _(one: Own, made: Parts) -> Own:
    construction, (lead, *calls) = _constructed(one.construction, made), _called((one.lead, *one.calls), made)
    return replace(one, construction=construction, lead=lead, calls=tuple(calls))


def _constructed(construction: Construction | None, made: Parts) -> Construction | None:
    return construction if construction is None or made.make is None else replace(construction, make=made.make)


def _called(calls: tuple[Call, ...], made: Parts) -> tuple[Call, ...]:
    return tuple(replace(one, callee=made.roles.get(one.role, one.callee)) for one in calls)


def _changed(unit: Unit, anew: Unit) -> Iterator[str]:
    """The attributes of classes that are other than those of the class when it is new."""
    for old, new in zip(unit.objects, anew.objects, strict=True):
        known, now = (vars(one) if isinstance(one, type) else {} for one in (new, old))
        for name, value in now.items():
            if not name.startswith("__") and isinstance(value, DATA) and repr(value) != repr(known.get(name)):
                yield f"{old.__name__}.{name}"


def _taken_back(report: SubjectReport, kept: tuple[str, ...]) -> SubjectReport:
    said = Diagnosis(UNDECIDED, NOT_THERE.format(kept=", ".join(kept) or "an attribute of its class, or a global"))
    rows = tuple(
        replace(row, verdict=UNDECIDED, evidence=TESTED) if row.verdict == WRONG else row for row in report.parameters
    )
    remarks = tuple(remark for remark in report.diagnosis if remark.kind in STILL)
    return replace(report, verdict=UNDECIDED, evidence=TESTED, parameters=rows, diagnosis=(*remarks, said))


NOT_THERE = (
    "wrong in the run, right in a process of its own: it keeps something between objects, such as {kept}; keep it on "
    "the object, or set it anew before each call"
)
