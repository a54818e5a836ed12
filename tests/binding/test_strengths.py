"""Regularisation on and off: a strength that is offered is judged at its default and at another value."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, WRONG, SubjectReport
from gdverify.binding.calling.parts import Settled, parts
from gdverify.binding.calling.strengths import is_strength, strengths, switched
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.finding.units import Unit
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import LAYER, of_class, of_functions, report
from tests.zoo.table import FILES


def judged(unit: Unit, **said: Any) -> dict[str, SubjectReport]:
    """The reports on a unit, by the options they are of."""
    found = [report(one, examples=20) for one in find_subjects(unit, **said)]
    return {one.subject.partition(unit.name)[2]: one for one in found}


@cache
def exhibit(name: str) -> dict[str, SubjectReport]:
    """The reports on a unit of the zoo."""
    (unit,) = discover(load(str(FILES / "regularised_options.py")), name).found
    return judged(unit)


def verdicts(reports: dict[str, SubjectReport]) -> dict[str, str]:
    return {options: one.verdict for options, one in reports.items()}


def covered(one: SubjectReport) -> list[str]:
    return [remark.message for remark in one.diagnosis if remark.kind == "covered"]


@pytest.mark.parametrize(
    ("right", "wrong", "option"),
    [
        ("RidgeClassifier", "RidgeClassifierTwice", "(lam=0.125)"),
        ("PenalisedNet", "PenalisedNetWithBiases", "(reg=0.125)"),
    ],
)
def test_what_a_default_of_0_hides_is_switched_on(right: str, wrong: str, option: str) -> None:
    assert verdicts(exhibit(right)) == {"": CORRECT, option: CORRECT}
    assert verdicts(exhibit(wrong)) == {"": CORRECT, option: WRONG}


def test_each_report_says_at_which_strength_it_was_run() -> None:
    on, off = (exhibit("RidgeClassifier")[option] for option in ("(lam=0.125)", ""))
    assert (covered(on), covered(off)) == (["lam=0.125"], ["at their defaults: lam=0.0"])
    assert "mlp + l2(0.125)" in on.architecture
    called = exhibit("PenalisedNet")
    assert covered(called[""]) == ["at their defaults: loss_and_gradients(reg=0.0)"]
    assert "loss_and_gradients(reg)=0.125" in covered(called["(reg=0.125)"])


class Layer:
    """An affine layer whose gradient decays the weights, and whose strength is on."""

    def __init__(self, n_in: int, n_out: int, lam: float = 0.5) -> None:
        self.W, self.lam = np.ones((n_in, n_out)), lam

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W

    def backward(self, dy: Any) -> Any:
        self.dW = self.x.T @ dy + self.more()
        return dy @ self.W.T

    def more(self) -> Any:
        return self.lam * self.W


class Required(Layer):
    def __init__(self, n_in: int, n_out: int, lam: float) -> None:
        super().__init__(n_in, n_out, lam)


class Idle(Layer):
    def more(self) -> Any:
        return 0.0


class Refusing(Layer):
    def __init__(self, n_in: int, n_out: int, lam: float | None = None) -> None:
        super().__init__(n_in, n_out, 0.0)
        if lam is not None:
            raise NotImplementedError(lam)


SAID = {
    Layer: {"": ["at their defaults: lam=0.5"], "(lam=0.0)": ["lam=0.0"]},
    Required: {"": ["lam=0.0"], "(lam=0.125)": ["lam=0.125"]},
    Idle: {"": ["at their defaults: lam=0.5", "change nothing: lam=0.0"]},
    Refusing: {"": ["not run: lam=0.125"]},
}


@pytest.mark.parametrize("cls", SAID, ids=lambda cls: cls.__name__)
def test_what_was_run_changes_nothing_or_was_not_run_is_said(cls: type) -> None:
    found = judged(of_class(cls, **LAYER))
    assert {options: covered(one) for options, one in found.items()} == SAID[cls]
    assert {*verdicts(found).values()} == {CORRECT}


def test_a_term_that_is_named_is_that_of_the_default() -> None:
    (only,) = judged(of_class(Layer, **LAYER), regularisation="l2(0.5)").values()
    assert "not run: lam=0.0" in covered(only)


def cost(w: Any, x: Any, t: Any, reg: float = 0.0) -> Any:
    return np.mean((x @ w - t) ** 2) + reg * np.sum(w**2)


def gradient(w: Any, x: Any, t: Any, reg: float = 0.0) -> Any:
    return 2 * x.T @ (x @ w - t) / t.size + 2 * reg * w


def test_every_call_is_given_the_same_strength() -> None:
    pair = of_functions("loss and gradient", loss=cost, gradient=gradient)
    assert verdicts(judged(pair)) == {"": CORRECT, "(reg=0.125)": CORRECT}
    on = switched(parts(pair), "reg", 0.125)
    for role in on.roles:
        assert on.signature(role)[-1].default == Settled(0.125)


@pytest.mark.parametrize(
    ("name", "default", "expected"),
    [
        ("lam", 0.0, True), ("weight_decay", 1, True), ("l2_reg", None, True), ("reg", inspect.Parameter.empty, True),
        ("l2", 64, False), ("reg", "l2", False), ("reg", False, False), ("decay", 0.9, False), ("rate", 0.0, False),
    ],
)  # fmt: skip
def test_a_strength_is_a_number_that_is_called_so(name: str, default: Any, expected: bool) -> None:
    parameter = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
    assert is_strength(parameter) == expected


def test_what_is_off_is_switched_on_and_the_other_way_round() -> None:
    assert strengths(parts(of_class(Layer, **LAYER))) == {"lam": 0.0}
    assert strengths(parts(of_class(Required, **LAYER))) == {"lam": 0.125}
