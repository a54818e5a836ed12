"""The report on one thing that was found in a file, with the line in which a gradient that is wrong is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gdverify.auditing.audit import allowing
from gdverify.auditing.ladder.rungs import AUTO
from gdverify.auditing.verdicts import Diagnosis, SubjectReport
from gdverify.binding.finding.units import Unit
from gdverify.binding.judging import judged
from gdverify.binding.own.forward import Own
from gdverify.binding.reproducing import reproduced
from gdverify.binding.subject import BoundSubject
from gdverify.binding.subjects import has_own_loss
from gdverify.binding.whereabouts import lines

Found = BoundSubject | Own


NOTHING = '--regularisation "{asked}" changes nothing here: {why}'
OWN_LOSS = (
    "it is judged by its own loss, with whatever that adds, and its code does not tell which part of it is such a "
    "term; name what it computes as well, with --against NAME"
)
NO_LOSS = (
    "it has no loss to which the term could be added, since it is judged by what arrives from behind; give the option "
    "to the network whose loss has the term, as FILE:NAME, and a layer that adds the term to its own gradient is told "
    "so without it"
)


def reported(
    one: Found, unit: Unit, allowed: Mapping[str, Any], regularisation: str | None = None, **how: Any
) -> SubjectReport:
    """The report.

    Args:
        one: what was found.
        unit: in which.
        allowed: tolerance and kink, where they are given.
        regularisation: the term that was asked for.
        how: examples, seed, command, evidence and bits, as in `gdverify.auditing.audit.audit`.
    """
    if isinstance(one, BoundSubject):
        report = _bound(replace(one, subject=allowing(one.subject, **allowed)), unit, how)
    else:
        report = _own(one, unit, how)
    return report if regularisation is None else _with_effect(one, report, regularisation)


def _with_effect(one: Found, report: SubjectReport, asked: str) -> SubjectReport:
    """The report, which says where the term that was asked for changed nothing."""
    if isinstance(one, BoundSubject) and one.regularised:
        return report
    why = OWN_LOSS if isinstance(one, Own) and has_own_loss(one) else NO_LOSS
    remark = Diagnosis("remark", NOTHING.format(asked=asked, why=why))
    return replace(report, diagnosis=(*report.diagnosis, remark))


def _own(one: Own, unit: Unit, how: Mapping[str, Any]) -> SubjectReport:
    judged = one.report(how["examples"], how["seed"], how["command"], how.get("evidence", AUTO))
    report = reproduced(judged, one, unit)
    at = lines(unit, one.calls[-1].role, one.gradients, report)
    return replace(report, diagnosis=(Diagnosis("binding", one.line), *report.diagnosis, *at))


def _bound(one: BoundSubject, unit: Unit, how: Mapping[str, Any]) -> SubjectReport:
    report = reproduced(judged(one, **how), one, unit)
    at = lines(unit, one.binding.calls[-1].role, one.binding.gradients, report)
    return replace(report, diagnosis=(*report.diagnosis, *at))
