"""What a file holds that was not written for gdverify: its units, found, bound by running them, and judged."""

from __future__ import annotations

from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING, Any

from gdverify.auditing.audit import allowing
from gdverify.auditing.verdicts import TESTED, UNDECIDED, Diagnosis, SubjectReport
from gdverify.binding.ambiguity import Ambiguous, Unbound
from gdverify.binding.judging import judged
from gdverify.binding.subject import BoundSubject, find_subjects
from gdverify.binding.whereabouts import lines
from gdverify.commands.asked import Asked

if TYPE_CHECKING:
    from gdverify.binding.own import Own
    from gdverify.binding.units import Unit


def command(unit: Unit, place: str, asked: Asked) -> str:
    """That replays the audit of one unit."""
    said = [f"--{option} {quote(value)}" for option, value in asked.declared.items() if value is not None]
    return " ".join(["gdverify audit", quote(f"{place}:{unit.name}"), *said, asked.replay])


def reports(unit: Unit, place: str, asked: Asked) -> tuple[SubjectReport, ...]:
    """The reports on everything that a unit of a file or module computes."""
    try:
        found = find_subjects(unit, **asked.declared)
    except (Ambiguous, Unbound) as error:
        kind = "question" if isinstance(error, Ambiguous) else "unbound"
        name, remark = f"{place}:{unit.name}", Diagnosis(kind, str(error))
        replay = command(unit, place, asked)
        return (SubjectReport(name, "nothing yet", UNDECIDED, TESTED, 0, asked.seed, replay, diagnosis=(remark,)),)
    return tuple(
        _bound(one, unit, place, asked) if isinstance(one, BoundSubject) else _own(one, unit, place, asked)
        for one in found
    )


def _own(one: Own, unit: Unit, place: str, asked: Asked) -> SubjectReport:
    report = one.report(asked.examples, asked.seed, command(unit, place, asked))
    at = lines(unit, one.calls[-1].role, one.gradients, report)
    return replace(report, diagnosis=(Diagnosis("binding", one.line), *report.diagnosis, *at))


def _bound(one: BoundSubject, unit: Unit, place: str, asked: Asked) -> SubjectReport:
    subject = allowing(one.subject, **asked.allowed)
    how: dict[str, Any] = {"examples": asked.examples, "seed": asked.seed, **asked.wanted}
    report = judged(replace(one, subject=subject), lambda: None, command=command(unit, place, asked), **how)
    at = lines(unit, one.binding.calls[-1].role, one.binding.gradients, report)
    return replace(report, diagnosis=(*report.diagnosis, *at))
