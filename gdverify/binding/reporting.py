"""The report on one thing that was found in a file, with the line in which a gradient that is wrong is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gdverify.auditing.audit import allowing
from gdverify.auditing.verdicts import Diagnosis, SubjectReport
from gdverify.binding.finding.units import Unit
from gdverify.binding.judging import judged
from gdverify.binding.own.forward import Own
from gdverify.binding.reproducing import reproduced
from gdverify.binding.subject import BoundSubject
from gdverify.binding.whereabouts import lines

Found = BoundSubject | Own


def reported(one: Found, unit: Unit, allowed: Mapping[str, Any], **how: Any) -> SubjectReport:
    """The report.

    Args:
        one: what was found.
        unit: in which.
        allowed: tolerance and kink, where they are given.
        how: examples, seed, command, evidence and bits, as in `gdverify.auditing.audit.audit`.
    """
    if isinstance(one, BoundSubject):
        return _bound(replace(one, subject=allowing(one.subject, **allowed)), unit, how)
    return _own(one, unit, how)


def _own(one: Own, unit: Unit, how: Mapping[str, Any]) -> SubjectReport:
    report = reproduced(one.report(how["examples"], how["seed"], how["command"]), one, unit)
    at = lines(unit, one.calls[-1].role, one.gradients, report)
    return replace(report, diagnosis=(Diagnosis("binding", one.line), *report.diagnosis, *at))


def _bound(one: BoundSubject, unit: Unit, how: Mapping[str, Any]) -> SubjectReport:
    report = reproduced(judged(one, **how), one, unit)
    at = lines(unit, one.binding.calls[-1].role, one.binding.gradients, report)
    return replace(report, diagnosis=(*report.diagnosis, *at))
