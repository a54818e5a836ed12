"""The audit of a bound unit: its gradients as they are, and where one constant is common to them all, divided by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gdverify.auditing.audit import audit_isolated
from gdverify.auditing.behaviours.report import concluding
from gdverify.auditing.constants import up_to_constant
from gdverify.auditing.verdicts import WRONG, Diagnosis, SubjectReport
from gdverify.binding.subject import BoundSubject


def judged(one: BoundSubject, waiting: Callable[[], None] = lambda: None, **how: Any) -> SubjectReport:
    """The report on a bound unit, with how it was bound.

    Args:
        one: the unit.
        waiting: called about once a second.
        how: examples, seed, command, evidence and bits, as in `gdverify.auditing.audit.audit_isolated`.
    """
    report = audit_isolated(one.subject, waiting, **how)
    if one.constant is not None and report.verdict == WRONG:
        over = replace(one.constant.subject, name=one.subject.name, allowance=one.subject.allowance)
        report = up_to_constant(report, audit_isolated(over, waiting, **how), one.constant.constant)
    said = [Diagnosis("binding", one.line), *(Diagnosis("remark", remark) for remark in one.remarks)]
    said += [Diagnosis("covered", options) for options in one.covered]
    return concluding(replace(report, diagnosis=(*said, *report.diagnosis)), one.findings)
