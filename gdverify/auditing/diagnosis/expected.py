"""What a wrong second derivative should have been, in a sentence and as a formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import WRONG, Diagnosis, SubjectReport
from gdverify.cases.strategies import members
from gdverify.codegen.formulas import Text, formula
from gdverify.derivation.curvature import Curvature, SecondDerivatives, curvature
from gdverify.notation.tensors import Tensor

MOST = 3  # of a deep network the first few
SAID = {
    "diagonal": "{name} stands for the slope of each entry of {name} by its own entry of {by}, the diagonal of the "
    "Hessian: {formula}",
    "product": "{name} stands for the change of {name} along ({directions}), the Hessian times that direction: "
    "{formula}",
}


def with_expected(report: SubjectReport, subject: Subject) -> SubjectReport:
    """The report, with what the second derivatives that are wrong stand for."""
    source = subject.source if report.verdict == WRONG else None
    if not isinstance(source, SecondDerivatives):
        return report
    wrong = {row.name for row in report.parameters if row.verdict == WRONG}
    derivation = curvature(source, **next(members(subject.space())))
    said = [_said(source.kind, derivation, by, tensor) for by, tensor in _wrong(derivation, wrong)]
    return replace(report, diagnosis=(*(Diagnosis("expected", text) for text in said[:MOST]), *report.diagnosis))


def _wrong(derivation: Curvature, names: set[str]) -> Iterator[tuple[Tensor, Tensor]]:
    for by, tensor in zip(derivation.order.results, derivation.wanted, strict=True):
        if tensor.name in names:
            yield by, tensor


def _said(kind: str, derivation: Curvature, by: Tensor, tensor: Tensor) -> str:
    directions = ", ".join(direction.name for direction in derivation.order.directions)
    written = formula(derivation.gradients[tensor], Text())
    return SAID[kind].format(name=tensor.name, by=by.name, directions=directions, formula=written)
