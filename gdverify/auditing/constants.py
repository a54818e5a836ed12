"""Correct up to a constant: a verdict of its own, beside wrong and correct.

A factor that is the same for every gradient and every entry leaves the direction of descent as it should be; factors
that differ from one parameter to the next do not. It rests on an audit of its own: the gradients divided by the
constant, on every case, against the same bound. Whether it is to be acted upon depends on whether anything states how
large the gradient should be:

- a loss that the code itself computes, one that was declared, or a gradient handed in from behind states it. The
  gradient is then not that loss's: exit code 1.
- where the loss was inferred from the gradients, c times it is as good a loss, and nothing in the code says otherwise:
  exit code 0. A negative constant is acted upon all the same, since it ascends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gdverify.auditing.diagnosis.ratios import Factor
from gdverify.auditing.subject import Function, Recovered, Subject
from gdverify.auditing.verdicts import (
    CORRECT,
    UP_TO_CONSTANT,
    WRONG,
    Constant,
    Diagnosis,
    ParameterVerdict,
    SubjectReport,
)
from gdverify.cases.case import Case

REPLACED = ("ratio", "unexplained")  # reasons that the constant says better
REMARKS = ("kink", "undecided", "evidence")  # that are no reasons for a wrong gradient


@dataclass(frozen=True)
class Divided:
    """A subject's gradients divided by a constant; its loss is left out, since no constant is common to both."""

    function: Function
    factor: Factor

    def __call__(self, case: Case) -> dict[str, Any]:
        """Call the implementation and divide."""
        constant = self.factor.value(case.sizes)
        returned = {name: value for name, value in self.function(case).items() if name != "loss"}
        return {name: _divided(value, constant) for name, value in returned.items()}


def _divided(value: Any, constant: float) -> Recovered:
    """The quotient, with what its rounding and that of the constant may cost."""
    known = value if isinstance(value, Recovered) else Recovered(value, np.zeros(np.shape(value)))
    quotient = known.value / constant
    exact = quotient.dtype == object  # symbols and balls are not rounded here
    rounding = 0.0 if exact else 4 * np.abs(np.spacing(quotient))
    return Recovered(quotient, known.uncertainty / abs(constant) + rounding)


def divided(subject: Subject, factor: Factor) -> Subject:
    """The subject with its gradients divided by a constant."""
    return replace(subject, function=Divided(subject.function, factor))


def up_to_constant(report: SubjectReport, over: SubjectReport, constant: Constant) -> SubjectReport:
    """The verdict where every gradient is wrong as it is, and correct when it is divided by a constant.

    Args:
        report: on the subject as it is.
        over: on its gradients, divided.
        constant: that was divided by.

    Returns:
        the report as it is where the constant does not explain all of it.
    """
    rows = {row.name: row for row in report.parameters if row.name != "loss"}
    loss = [row for row in report.parameters if row.name == "loss"]
    scaled = {row.name: row for row in over.parameters}
    holds = over.verdict == CORRECT and all(row.verdict == WRONG for row in rows.values())
    if not holds or report.verdict != WRONG or any(row.verdict == WRONG for row in loss):
        return report
    reasons = [one for one in report.diagnosis if one.kind in REMARKS or not constant.harmless]
    return replace(
        report,
        verdict=UP_TO_CONSTANT,
        constant=constant,
        parameters=(*loss, *(_row(row, scaled[name]) for name, row in rows.items())),
        further=over.further,
        evidence=over.evidence,
        grounds=over.grounds,
        diagnosis=(_said(constant), *(one for one in reasons if one.kind not in REPLACED)),
        failing_case=None if constant.harmless else report.failing_case,
    )


def _row(row: ParameterVerdict, over: ParameterVerdict) -> ParameterVerdict:
    """Judged as the quotient was, shown as it is."""
    shown = {name: getattr(row, name) for name in ("largest_error", "tolerance", "worst_index", "got", "expected")}
    return replace(over, verdict=UP_TO_CONSTANT, **shown)


def _said(constant: Constant) -> Diagnosis:
    times = f"every gradient is the right one × {constant.factor}"
    if constant.harmless:
        said = f"{times}; no loss is stated, so that × {constant.factor} may be meant: --loss makes the size count"
    elif constant.value < 0:
        said = f"{times}: a step against it ascends; turn the sign"
    else:
        said = f"{times}; divide by {constant.factor}, or name the loss that is meant with --loss"
    return Diagnosis("constant", said)
