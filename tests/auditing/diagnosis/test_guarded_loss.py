"""A loss that keeps off log(0) beside right gradients is named, and is no error; one that is off is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gdverify.auditing.audit import audit
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, WRONG, SubjectReport
from gdverify.cases.case import Array, Case

Loss = Callable[[Array, Array], Array]
EPSILON = 1e-7


def clipped(p: Array, t: Array) -> Array:
    """Kept within [ε, 1 − ε]."""
    return plain(np.clip(p, EPSILON, 1 - EPSILON), t)


def shifted(p: Array, t: Array) -> Array:
    """ε inside the logarithms."""
    return -np.mean(t * np.log(p + EPSILON) + (1 - t) * np.log(1 - p + EPSILON))


def plain(p: Array, t: Array) -> Array:
    """As it is declared."""
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))


def of_clipped(p: Array, t: Array) -> Array:
    """Twice too large, and kept within [ε, 1 − ε]."""
    return 2 * clipped(p, t)


def classifier(loss: Loss, factor: float = 1.0) -> Callable[[Case], dict[str, Array]]:
    """Two layers without biases and their gradients, with the given loss beside them."""

    def function(case: Case) -> dict[str, Array]:
        x, t, w1, w2 = case.inputs["x"], case.targets["t"], case.parameters["w1"], case.parameters["w2"]
        a1 = 1 / (1 + np.exp(-(x @ w1)))
        p = 1 / (1 + np.exp(-(a1 @ w2)))
        dz2 = (p - t) / t.size
        dz1 = dz2 @ w2.T * a1 * (1 - a1)
        return {"loss": loss(p, t), "w1": factor * (x.T @ dz1), "w2": factor * (a1.T @ dz2)}

    return function


def report(loss: Loss, factor: float = 1.0) -> SubjectReport:
    """The report in double precision."""
    subject = Subject(classifier(loss, factor), "classifier", "two_layer_classifier", dtypes=("float64",))
    return audit(subject, examples=80)


@pytest.mark.parametrize(
    ("loss", "says"),
    [(clipped, "the prediction is clipped to [ε, 1 − ε], with ε = 1e-7"), (shifted, "log(q + ε), with ε = 1e-7")],
)
def test_a_guard_beside_right_gradients_is_named_and_is_no_error(loss: Loss, says: str) -> None:
    found = report(loss)
    assert found.verdict == CORRECT
    (remark,) = (remark for remark in found.diagnosis if remark.kind == "guarded")
    assert says in remark.message
    assert "those of the loss without ε, and right" in remark.message


@pytest.mark.parametrize(("loss", "factor"), [(of_clipped, 1.0), (clipped, 2.0), (plain, 2.0)])
def test_what_is_wrong_besides_stays_wrong(loss: Loss, factor: float) -> None:
    found = report(loss, factor)
    assert found.verdict == WRONG
    assert "guarded" not in {remark.kind for remark in found.diagnosis}


def test_a_loss_without_a_guard_has_none() -> None:
    assert "guarded" not in {remark.kind for remark in report(plain).diagnosis}
