"""The Hessian that an objective returns beside its gradient: only the diagonal, with its factors named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, WRONG
from gdverify.binding.calling.datasets import with_labels
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import of_functions, report


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def times(factor: float) -> Any:
    def objective(labels: Any, preds: Any) -> Any:
        p = softmax(preds)
        return p - labels, factor * p * (1 - p)

    return objective


@pytest.mark.parametrize(
    ("factor", "verdict", "said"), [(1, CORRECT, ""), (2, CORRECT, "convention"), (3, WRONG, "3 ×")]
)
def test_a_factor_of_two_is_the_convention_for_softmax_and_no_other_is(factor: float, verdict: str, said: str) -> None:
    _, second = find_subjects(of_functions("gradient and Hessian", gradient_and_hessian=times(factor)))
    found = report(second)
    assert found.verdict == verdict
    assert said in "".join(one.message for one in found.diagnosis)


def test_a_factor_of_two_is_wrong_where_the_hessian_is_diagonal() -> None:
    def objective(preds: Any, labels: Any) -> Any:
        p = 1 / (1 + np.exp(-preds))
        return p - labels, 2 * p * (1 - p)

    first, second = find_subjects(of_functions("gradient and Hessian", gradient_and_hessian=objective))
    assert (report(first).verdict, report(second).verdict) == (CORRECT, WRONG)


def test_a_data_set_is_stood_in_for_by_its_labels() -> None:
    def objective(preds: Any, dtrain: Any) -> Any:
        return preds - dtrain.get_label(), dtrain.get_weight().size

    assert with_labels(objective)(preds=3, label=1) == (2, 0)
    assert with_labels(softmax) is softmax
