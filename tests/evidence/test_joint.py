"""Ties between operands: each may receive anything, and all of them together the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify import functions as f
from gdverify import operation
from gdverify.auditing.audit import audit
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, WRONG, SubjectReport
from gdverify.cases.case import Case
from gdverify.derivation.steps import derive
from gdverify.evidence.joint import shares
from tests.helpers import SOURCES


@operation("m")
def larger(a: Any, b: Any) -> Any:
    """The larger of two."""
    return f.maximum(a, b)


def judged(at_tie_a: float, at_tie_b: float) -> SubjectReport:
    def layer(case: Case) -> dict[str, Any]:
        a, b, dm = case.inputs["a"], case.inputs["b"], case.upstream["dm"]
        share = {"a": np.where(a == b, at_tie_a, a > b), "b": np.where(a == b, at_tie_b, b > a)}
        return {name: (dm * part).astype(dm.dtype) for name, part in share.items()}

    return audit(Subject(layer, "larger", larger), evidence="tested")


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_any_division_of_the_whole_is_right(share: float) -> None:
    assert judged(share, 1 - share).verdict == CORRECT


@pytest.mark.parametrize(("a", "b"), [(1, 1), (0, 0), (0.5, 0.25), (1, 0.5)])
def test_more_or_less_than_the_whole_is_wrong(a: float, b: float) -> None:
    report = judged(a, b)
    assert report.verdict == WRONG
    (reason,) = [remark.message for remark in report.diagnosis if remark.kind == "kink only"]
    assert reason.startswith("wrong only where a is exactly b") or reason.startswith("wrong only where b is exactly a")
    assert "and what its operands receive adds up" in reason


@pytest.mark.parametrize(("a", "b"), [(2, -1), (1.5, -0.5)])
def test_what_no_operand_may_receive_alone_is_wrong_too(a: float, b: float) -> None:
    assert judged(a, b).verdict == WRONG


def test_kinks_of_one_operand_are_shared_by_none() -> None:
    assert shares(derive(larger))
    assert {source.name for source in SOURCES if shares(source.derivation)} == {"quantile", "quantile_sum"}  # y and t
