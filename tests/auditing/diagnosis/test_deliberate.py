"""What is done on purpose is another function, and is named: an ε in a logarithm, a clipped prediction or gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, WRONG, SubjectReport
from gdverify.cases.case import Array, Case
from gdverify.documented.arrays import sigmoid
from tests.auditing.subjects import Gradients, by_tests
from tests.twins import twin

pytestmark = pytest.mark.usefixtures("few_fresh_cases")

SAYS = {
    "added": "ε is added inside the logarithm, log(q + ε)",
    "added to the divisor": "ε is added to the divisor, y (1 − y) + ε",
    "divisor": "the divisor y (1 − y) is not let below ε",
    "clipped": "the prediction is clipped to [ε, 1 − ε] before the backward pass",
    "clipped in the loss": "the prediction is clipped to [ε, 1 − ε] where the loss is differentiated",
    "zeroed": "the prediction is clipped to [ε, 1 − ε], and the gradient is 0 where it is",
}


def slope(form: str, y: Array, t: Array, e: Any) -> Array:
    """∂loss/∂z for y = σ(z), times the number of entries."""
    inside = np.clip(y, e, 1 - e)
    if form == "added":
        return (-t / (y + e) + (1 - t) / (1 - y + e)) * y * (1 - y)
    if form == "added to the divisor":
        return (y - t) / (y * (1 - y) + e) * y * (1 - y)
    if form == "divisor":
        return (y - t) / np.maximum(y * (1 - y), e) * y * (1 - y)
    if form == "clipped":
        return inside - t
    made = (inside - t) / (inside * (1 - inside)) * y * (1 - y)
    return np.where(inside == y, made, 0) if form == "zeroed" else made


def classifier(form: str, epsilon: float) -> Subject:
    def network(case: Case) -> Gradients:
        x, t, w1, w2 = case.inputs["x"], case.targets["t"], case.parameters["w1"], case.parameters["w2"]
        a1 = sigmoid(x @ w1)
        dz2 = slope(form, sigmoid(a1 @ w2), t, x.dtype.type(epsilon)) / t.size
        return {"w1": x.T @ (dz2 @ w2.T * a1 * (1 - a1)), "w2": a1.T @ dz2}

    return Subject(network, "net.py:network", "two_layer_classifier")


def said(report: SubjectReport) -> str:
    assert report.verdict == WRONG
    (message,) = [remark.message for remark in report.diagnosis if remark.kind not in ("witnesses", "varied")]
    return message


@pytest.mark.parametrize(
    ("form", "epsilon"),
    [
        *(("added", e) for e in ("1e-12", "1e-8", "1e-7", "1e-5")),
        *(("added to the divisor", e) for e in ("1e-12", "1e-8", "1e-3")),
        *(("divisor", e) for e in ("1e-9", "1e-5")),
        *(("clipped", e) for e in ("1e-3", "1e-2")),
        *(("clipped in the loss", e) for e in ("1e-3", "1e-2")),
        *(("zeroed", e) for e in ("1e-7", "1e-3")),
    ],
)
def test_an_epsilon_is_named_and_measured(form: str, epsilon: str) -> None:
    message = said(by_tests(classifier(form, float(epsilon))))
    assert message.startswith(f"{SAYS[form]}, with ε = {epsilon}: that is the gradient of another function")
    assert " fresh cases, " in message


def test_an_epsilon_below_the_roundings_is_within_the_bound() -> None:
    assert by_tests(classifier("added", 1e-17)).verdict == CORRECT


# -- gradients that are clipped


def clipping(how: str, c: float) -> Subject:
    def network(case: Case) -> Gradients:
        found = {name: np.asarray(value) for name, value in twin("mlp")(case).items()}
        loss = found.pop("loss")
        norms = {name: np.linalg.norm(value.astype(np.float64)) for name, value in found.items()}
        together = dict.fromkeys(norms, np.linalg.norm(list(norms.values())))
        if how == "entries":
            return {"loss": loss, **{name: np.clip(value, -c, c) for name, value in found.items()}}
        sizes = norms if how == "each" else together
        scaled = {n: (v * min(1, c / max(sizes[n], 1e-300))).astype(v.dtype) for n, v in found.items()}
        return {"loss": loss, **scaled}

    return Subject(network, "net.py:network", "mlp", {"hidden": 1})


@pytest.mark.parametrize("c", [0.1, 5.0])
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("entries", "every entry of the gradients is clipped to ± {c:g}"),
        ("each", "each gradient is scaled down to a norm of {c:g}"),
        ("together", "the gradients are scaled down together to a norm of {c:g}"),
    ],
)
def test_clipping_is_named_with_its_value(how: str, says: str, c: float) -> None:
    message = said(by_tests(clipping(how, c)))
    assert message.startswith(says.format(c=c) + "; judge the gradients before they are clipped")


def test_a_gradient_that_is_simply_too_small_is_not_clipped() -> None:
    def smaller(case: Case) -> Gradients:
        found = twin("mlp")(case)
        return {name: value if name == "loss" else np.sign(value) * value**2 for name, value in found.items()}

    message = said(by_tests(Subject(smaller, "n", "mlp", {"hidden": 1})))
    assert "no constant factor, other loss or known slip explains it" in message
