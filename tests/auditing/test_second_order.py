"""Second derivatives by hand, judged as gradients are; what is returned for one on purpose is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import gdverify
from gdverify.auditing.verdicts import CORRECT, ERROR, PROVED, WRONG, SubjectReport
from gdverify.cases.case import Case
from gdverify.codegen.second import Hessian

Returned = Mapping[str, Any]
LOGITS = "binary_cross_entropy_with_logits_sum"
SOFTMAX = "softmax_cross_entropy_sum"


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def report(function: Callable[[Case], Returned], against: Hessian, **options: Any) -> SubjectReport:
    return gdverify.audit(function, against=against, examples=30, **options)


def said(found: SubjectReport) -> str:
    return "\n".join(remark.message for remark in found.diagnosis)


def of_logits(slope: Callable[[Any], Any]) -> Callable[[Case], Returned]:
    """The diagonal of a cross-entropy of logits, from the probability."""
    return lambda case: {"dy": slope(sigmoid(case.inputs["y"]))}


def product(scale: float = 1.0, slope: Callable[[Any], Any] = lambda p: p * (1 - p)) -> Callable[[Case], Returned]:
    """The Hessian of a logistic regression times a direction."""

    def run(case: Case) -> Returned:
        x, w, v = case.inputs["x"], case.parameters["w"], case.upstream["vw"]
        return {"dw": scale * (x.T @ (slope(sigmoid(x @ w)) * (x @ v))) / len(x)}

    return run


def test_a_diagonal_by_hand_is_proved() -> None:
    found = report(of_logits(lambda p: p * (1 - p)), gdverify.hessian_diagonal(LOGITS))
    assert (found.verdict, found.evidence) == (CORRECT, PROVED)
    assert [row.name for row in found.parameters] == ["dy"]


def test_a_product_by_hand_is_proved_and_the_gradient_may_stand_beside_it() -> None:
    def both(case: Case) -> Returned:
        x, w, t = case.inputs["x"], case.parameters["w"], case.targets["t"]
        return {**product()(case), "w": x.T @ (sigmoid(x @ w) - t) / len(x)}

    found = report(both, gdverify.hessian_product("logistic_regression"))
    assert (found.verdict, found.evidence) == (CORRECT, PROVED)
    assert {row.name for row in found.parameters} == {"dw", "w"}


@pytest.mark.parametrize(
    ("slope", "reason"),
    [
        (lambda p: p, "computes σ(y[0, 0]), should be σ'(y[0, 0])"),
        (lambda p: 2 * p * (1 - p), "dy × 2"),
        (lambda p: p * (1 - p) / len(p), "dy × 1/batch"),
        (np.ones_like, "computes 1, should be σ'(y[0, 0])"),
        (lambda p: np.maximum(p * (1 - p), 0.01), "should be"),
    ],
)
def test_a_wrong_diagonal_is_told_what_it_stands_for(slope: Callable[[Any], Any], reason: str) -> None:
    found = report(of_logits(slope), gdverify.hessian_diagonal(LOGITS))
    assert found.verdict == WRONG
    assert reason in said(found) or reason == "should be"
    assert (
        "dy stands for the slope of each entry of dy by its own entry of y, the diagonal of the Hessian: ddy["
        in said(found)
    )


def test_a_wrong_product_is_told_what_it_stands_for() -> None:
    found = report(product(slope=lambda p: p), gdverify.hessian_product("logistic_regression"))
    assert found.verdict == WRONG
    assert "dw stands for the change of dw along (vw), the Hessian times that direction: ddw[i] =" in said(found)


@pytest.mark.parametrize(
    ("name", "slope", "convention"),
    [
        (SOFTMAX, lambda y, t: 2 * softmax(y) * (1 - softmax(y)), "2 × the diagonal of the Hessian"),
        (SOFTMAX, lambda y, t: np.maximum(2 * softmax(y) * (1 - softmax(y)), 1e-6), "2 ×"),
        (SOFTMAX, lambda y, t: np.maximum(softmax(y) * (1 - softmax(y)), 1e-6), "1e-06 where the diagonal"),
        (LOGITS, lambda y, t: np.maximum(sigmoid(y) * (1 - sigmoid(y)), 1e-4), "0.0001 where the diagonal"),
        ("poisson_sum", lambda y, t: np.exp(y + 0.7), "at y + 0.7"),
        ("quantile_sum", lambda y, t: np.ones_like(y), "1 where the diagonal of the Hessian is 0"),
        ("absolute_error", lambda y, t: np.ones_like(y), "1 where the diagonal of the Hessian is 0"),
        ("huber_sum", lambda y, t: np.ones_like(y), "1 where the diagonal of the Hessian is 0"),
    ],
)
def test_a_convention_of_boosted_trees_is_named(name: str, slope: Callable[..., Any], convention: str) -> None:
    hessian = gdverify.hessian_diagonal(name)
    found = report(lambda c: {"dy": slope(c.inputs["y"], c.targets["t"])}, hessian, evidence="tested")
    assert (found.verdict, found.exit_code) == (CORRECT, 0)
    assert convention in said(found)
    assert "convention of boosted trees" in said(found)


@pytest.mark.parametrize(
    ("name", "slope"),
    [
        (SOFTMAX, lambda y, t: 3 * softmax(y) * (1 - softmax(y))),
        (SOFTMAX, lambda y, t: np.ones_like(y)),
        ("squared_error", lambda y, t: np.ones_like(y)),
        ("poisson_sum", lambda y, t: 2 * np.exp(y)),
        ("quantile_sum", lambda y, t: np.full_like(y, 2)),
        ("huber_sum", lambda y, t: np.where(abs(y - t) > 1, np.ones_like(y), np.zeros_like(y))),
    ],
)
def test_what_is_only_like_a_convention_is_wrong(name: str, slope: Callable[..., Any]) -> None:
    hessian = gdverify.hessian_diagonal(name)
    found = report(lambda c: {"dy": slope(c.inputs["y"], c.targets["t"])}, hessian, evidence="tested")
    assert found.verdict == WRONG
    assert "convention" not in said(found)


def test_at_a_kink_of_the_gradient_any_slope_between_will_do() -> None:
    def half(case: Case) -> Returned:
        error = abs(case.inputs["y"] - case.targets["t"])
        return {"dy": np.where(error < 1, 1, np.where(error > 1, 0, 0.5)).astype(case.dtype)}

    assert report(half, gdverify.hessian_diagonal("huber_sum")).verdict == CORRECT


def test_constants_may_be_given_here_or_there() -> None:
    def wide(case: Case) -> Returned:
        return {"dy": (abs(case.inputs["y"] - case.targets["t"]) <= 2).astype(case.dtype)}

    assert report(wide, gdverify.hessian_diagonal("huber_sum", delta=2)).verdict == CORRECT
    assert report(wide, gdverify.hessian_diagonal("huber_sum"), delta=2).verdict == CORRECT
    assert report(wide, gdverify.hessian_diagonal("huber_sum")).verdict == WRONG


def test_the_name_of_a_tensor_is_that_of_its_gradient() -> None:
    found = report(lambda case: {"w": product()(case)["dw"]}, gdverify.hessian_product("logistic_regression"))
    assert found.verdict == ERROR
    assert "expected one for each of ['dw'], missing ['dw']" in said(found)


def test_a_network_of_any_depth_and_a_bound_function() -> None:
    derived: dict[int, Hessian] = {}

    def run(case: Case) -> Returned:
        depth = case.options["hidden"]
        made = derived.setdefault(depth, gdverify.hessian_product("mlp", hidden=depth))
        return {f"d{name}": value for name, value in made(**case.arrays).items()}

    assert report(run, gdverify.hessian_product("mlp")).verdict == CORRECT

    def hvp(w: Any, x: Any, v: Any) -> Any:
        p = sigmoid(x @ w)
        return x.T @ (p * (1 - p) * (x @ v)) / len(x)

    bound = gdverify.bind(
        run=lambda c: hvp(c.w, c.x, c.vw),
        against=gdverify.hessian_product("logistic_regression"),
        gradients={"dw": "returned"},
    )
    gdverify.check(bound, examples=20)
