"""The Hessian that an objective of no known loss returns beside its gradient: by the slopes of that gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, WRONG
from gdverify.binding.ambiguity import Unbound
from gdverify.binding.calling.datasets import with_labels
from gdverify.binding.own.curvature import Diagonal
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import of_functions, report


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def found(objective: Any) -> Any:
    (one,) = find_subjects(of_functions("gradient and Hessian", gradient_and_hessian=objective))
    return one


def coupled(factor: float) -> Any:
    """The gradient of Σ p(z) · t with p the softmax, which is no loss of the catalogue."""

    def objective(labels: Any, preds: Any) -> Any:
        p = softmax(preds)
        along = (p * labels).sum(axis=1, keepdims=True)
        return p * (labels - along), factor * p * (1 - 2 * p) * (labels - along)

    return objective


def logcosh(factor: float) -> Any:
    def objective(preds: Any, labels: Any) -> Any:
        g = np.tanh(preds - labels)
        return g, factor * (1 - g**2)

    return objective


@pytest.mark.parametrize(
    ("objective", "verdict", "said"),
    [
        (logcosh(1), CORRECT, "is not judged"),
        (logcosh(2), WRONG, "2 × the slope"),
        (coupled(1), CORRECT, "is not judged"),
        (coupled(2), CORRECT, "convention"),
        (coupled(3), WRONG, "3 ×"),
    ],
)
def test_a_gradient_of_no_known_loss_still_says_what_its_slopes_are(objective: Any, verdict: str, said: str) -> None:
    one = found(objective)
    assert isinstance(one, Diagonal)
    judged = report(one)
    assert judged.verdict == verdict
    assert said in "".join(remark.message for remark in judged.diagnosis)


def test_which_argument_is_the_prediction_is_asked() -> None:
    def objective(a: Any, b: Any) -> Any:
        return np.tanh(a - b), 1 - np.tanh(a - b) ** 2

    with pytest.raises(Unbound, match="which of its arguments a, b is the prediction"):
        found(objective)


def test_a_gradient_of_another_shape_is_not_compared_with_slopes() -> None:
    def objective(y_true: Any, y_pred: Any) -> Any:
        g = np.tanh(y_pred - y_true)
        return g.reshape(-1, 1), (1 - g**2).reshape(-1, 1)

    with pytest.raises(Unbound, match=r"its gradient has shape \(\d+, 1\), and the prediction \("):
        found(objective)


def test_a_data_set_is_known_by_its_name_where_it_is_handed_on() -> None:
    def gradient(predt: Any, data: Any) -> Any:
        return np.tanh(predt - data.get_label())

    def objective(predt: Any, dtrain: Any) -> Any:
        g = gradient(predt, dtrain)
        return g, 1 - g**2

    assert report(found(objective)).verdict == CORRECT


def test_a_data_set_is_stood_in_for_by_its_labels() -> None:
    def objective(preds: Any, dtrain: Any) -> Any:
        return preds - dtrain.get_label(), dtrain.get_weight().size

    assert with_labels(objective)(preds=3, label=1) == (2, 0)
    assert with_labels(softmax) is softmax
