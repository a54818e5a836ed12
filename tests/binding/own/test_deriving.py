"""What is derived from the code itself: proved, wrong with its formula, too slight to be wrong, or not traced."""

from __future__ import annotations

import math
import os
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, PROVED, TESTED, UNDECIDED, WRONG, SubjectReport
from gdverify.binding.own import symbols
from gdverify.binding.own.extrapolation import Differences
from gdverify.binding.own.forward import Own
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import LAYER, of_class, of_functions

EXAMPLES = 8


def owns(unit: Any) -> list[Own]:
    return [one for one in find_subjects(unit) if isinstance(one, Own)]


def of(cls: type) -> SubjectReport:
    (own,) = owns(of_class(cls, **LAYER))
    return own.report(EXAMPLES)


def said(report: SubjectReport, kind: str) -> list[str]:
    return [one.message for one in report.diagnosis if one.kind == kind]


def proved(report: SubjectReport) -> set[str]:
    return {name for ground in report.grounds for name in ground.tensors}


# -- what is right


class Warp:
    """y = x tanh(a x) + b, with a scale and a shift for each feature."""

    def __init__(self, n_in: int) -> None:
        self.a = np.ones(n_in)
        self.b = np.zeros(n_in)

    def forward(self, x: Any) -> Any:
        self.x = x
        self.t = np.tanh(self.a * x)
        return x * self.t + self.b

    def slope(self) -> Any:
        return 1 - self.t**2

    def backward(self, dy: Any) -> Any:
        common = dy * self.x * self.slope()
        self.da, self.db = (common * self.x).sum(axis=0), dy.sum(axis=0)
        return dy * self.t + common * self.a


def test_what_is_derived_from_the_code_is_proved_and_says_where() -> None:
    report = of(Warp)
    assert (report.verdict, report.evidence) == (CORRECT, PROVED)
    assert {row.name: row.evidence for row in report.parameters} == dict.fromkeys("abx", PROVED)
    (ground,) = report.grounds
    assert ground.level == PROVED
    assert ground.says.startswith("at a (2,), b (2,), x (4, 2), derived from the code itself: ")
    assert "operations" in ground.says
    assert "wrong with a probability below" in ground.says
    assert "comparison" not in ground.says


def test_nothing_is_traced_where_tests_are_all_that_is_asked_for() -> None:
    (own,) = owns(of_class(Warp, **LAYER))
    report = own.report(EXAMPLES, evidence=TESTED)
    assert (report.verdict, report.evidence, report.grounds) == (CORRECT, "differences", ())


class Bent:
    """A branch on each value, in Python's own loops, and `math`."""

    def forward(self, x: Any) -> Any:
        self.x = x
        out = np.zeros(x.shape)
        for place, value in np.ndenumerate(x):
            out[place] = math.exp(-(value**2)) if value > 0 else math.sin(value)
        return out

    def backward(self, dy: Any) -> Any:
        out = np.zeros(self.x.shape)
        for place, v in np.ndenumerate(self.x):
            out[place] = dy[place] * (-2 * v * math.exp(-(v**2)) if v > 0 else math.cos(v))
        return out


def test_branches_on_values_are_a_path_that_is_said() -> None:
    report = of(Bent)
    assert (report.verdict, report.evidence) == (CORRECT, PROVED)
    assert "on the path of 8 comparisons" in report.grounds[0].says


class Erf:
    """x² Φ(x), with π in its slope."""

    def forward(self, x: Any) -> Any:
        self.x, self.cdf = x, np.array([[(1 + math.erf(v / math.sqrt(2))) / 2 for v in row] for row in x])
        return x**2 * self.cdf

    def backward(self, dy: Any) -> Any:
        density = np.exp(-(self.x**2) / 2) / np.sqrt(2 * np.pi)
        return dy * (2 * self.x * self.cdf + self.x**2 * density)


def test_pi_is_the_same_in_the_code_and_in_a_slope() -> None:
    report = of(Erf)
    assert (report.verdict, report.evidence, said(report, "evidence")) == (CORRECT, PROVED, [])


class Noisy:
    """Drops units, with a generator that it makes itself without a seed."""

    def __init__(self, n_in: int) -> None:
        self.random = np.random.default_rng()
        self.w = self.random.normal(size=n_in)

    def forward(self, x: Any) -> Any:
        self.x = x
        self.mask = self.random.random(x.shape) < 0.7
        return np.cos(x * self.w) * self.mask

    def backward(self, dy: Any) -> Any:
        g = -np.sin(self.x * self.w) * self.mask * dy
        self.dw = (g * self.x).sum(axis=0)
        return g * self.w


class NoisyAnew(Noisy):
    def backward(self, dy: Any) -> Any:
        self.mask = self.random.random(dy.shape) < 0.7
        return super().backward(dy)


class NoisyBuffer(Noisy):
    """Writes into what was drawn."""

    def forward(self, x: Any) -> Any:
        self.x = x
        self.mask = self.random.normal(size=x.shape)
        noise = self.mask.copy()
        noise *= np.cos(x * self.w)
        return noise


def test_random_masks_are_those_of_floats() -> None:
    assert of(Noisy).evidence == PROVED
    assert of(NoisyBuffer).evidence == PROVED
    assert (of(NoisyAnew).verdict, of(NoisyAnew).evidence) == (WRONG, PROVED)


class InPlace(Warp):
    """Writes into the upstream gradient, and into what it returned."""

    def forward(self, x: Any) -> Any:
        self.y = super().forward(x)
        return self.y

    def backward(self, dy: Any) -> Any:
        self.y *= 0
        found = super().backward(dy.copy())
        dy *= 2
        return found


def test_what_is_written_into_afterwards_is_differentiated_as_it_was() -> None:
    assert of(InPlace).evidence == PROVED


class Swallowing(Warp):
    """Goes on where a number cannot be had."""

    def forward(self, x: Any) -> Any:
        try:
            self.level = len([0] * int(abs(x[0, 0]) * 0 + 1))
        except Exception:
            self.level = 1
        return super().forward(x) * self.level


def test_a_handler_of_the_code_does_not_hide_that_it_was_stopped() -> None:
    report = of(Swallowing)
    assert (report.verdict, report.evidence, report.grounds) == (CORRECT, "differences", ())
    (message,) = said(report, "evidence")
    assert message.startswith("checked by differences alone: ")
    assert "becomes an integer" in message


class Keeping(Warp):
    """Keeps what it saw in its class, for the next object."""

    seen: Any = None

    def forward(self, x: Any) -> Any:
        type(self).seen = x
        return super().forward(x)


def test_what_a_class_keeps_of_symbols_is_met_by_no_other_run() -> None:
    (own,) = owns(of_class(Keeping, **LAYER))
    own.report(EXAMPLES)
    assert type(Keeping.seen) is np.ndarray


class Ending(Warp):
    """Ends its process where it is given no floats."""

    def forward(self, x: Any) -> Any:
        if type(x) is not np.ndarray:
            os._exit(7)
        return super().forward(x)


def test_code_that_ends_its_process_is_checked_by_differences() -> None:
    report = of(Ending)
    assert (report.verdict, report.evidence) == (CORRECT, "differences")
    assert "ended without a result (exit code 7)" in said(report, "evidence")[0]


class Raising(Warp):
    """Takes no floats once it has seen something else."""

    other = False

    def forward(self, x: Any) -> Any:
        if type(x) is not np.ndarray:
            type(self).other = True
        elif self.other:
            raise ValueError("no such x")
        return super().forward(x)


def test_code_that_raises_on_floats_then_is_checked_by_differences() -> None:
    report = of(Raising)
    assert (report.verdict, report.evidence) == (CORRECT, "differences")
    assert "raises on floats where it does not on symbols: ValueError: no such x" in said(report, "evidence")[0]


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def smoothed(logits: Any, targets: Any) -> Any:
    return -np.sum(targets * np.log(softmax(logits))) / len(logits) + np.mean(np.arctan(logits))


def smoothed_gradient(logits: Any, targets: Any) -> Any:
    return (softmax(logits) - targets) / len(logits) + 1 / (1 + logits**2) / logits.size


def test_a_loss_is_proved_for_the_targets_that_it_takes() -> None:
    (own,) = owns(of_functions("loss and gradient", loss=smoothed, gradient=smoothed_gradient))
    assert "one-hot targets" in own.line
    report = own.report(EXAMPLES)
    assert (report.verdict, report.evidence, proved(report)) == (CORRECT, PROVED, {"logits"})


class Trained(Warp):
    """Shows gradients in what they change alone."""

    def __init__(self, n_in: int, learning_rate: float) -> None:
        super().__init__(n_in)
        self.learning_rate = learning_rate

    def backward(self, dy: Any) -> Any:
        common = dy * self.x * self.slope()
        dx = dy * self.t + common * self.a
        self.a -= self.learning_rate * (common * self.x).sum(axis=0)
        self.b -= self.learning_rate * dy.sum(axis=0)
        return dx


def test_gradients_that_show_in_a_change_are_traced() -> None:
    (own,) = owns(of_class(Trained, **LAYER))
    assert "before − after" in own.line
    report = own.report(EXAMPLES)
    assert (report.verdict, report.evidence, proved(report)) == (CORRECT, PROVED, {"a", "b", "x"})


def bump(x: Any) -> Any:
    return x * np.exp(-(x**2))


def bump_prime(x: Any) -> Any:
    return (1 - 2 * x**2) * np.exp(-(x**2))


def test_a_slope_is_traced_as_a_gradient() -> None:
    (own,) = owns(of_functions("value and derivative", forward=bump, gradient=bump_prime))
    assert "upstream * gradient" in own.line
    assert own.report(EXAMPLES).evidence == PROVED


def both(x: Any, w: Any) -> Any:
    y = np.sin(x @ w)
    dy = 2 * y * np.cos(x @ w) / len(y)
    return float(np.mean(y**2)), {"w": x.T @ dy}


def test_a_loss_that_is_returned_with_its_gradients_is_traced() -> None:
    (own,) = owns(of_functions("loss and gradients", loss_and_gradients=both))
    report = own.report(EXAMPLES)
    assert (report.verdict, report.evidence) == (CORRECT, PROVED)


# -- what is wrong


class WarpFlat(Warp):
    def slope(self) -> Any:
        return 1 - self.t


def test_a_second_witness_says_what_is_computed_and_where() -> None:
    report = of(WarpFlat)
    assert (report.verdict, report.evidence) == (WRONG, PROVED)
    assert {row.name: (row.verdict, row.evidence) for row in report.parameters} == {
        "a": (WRONG, PROVED),
        "b": (CORRECT, PROVED),
        "x": (WRONG, PROVED),
    }
    assert proved(report) == {"b"}
    formulas = said(report, "formula")
    assert formulas[0] == (
        "da[0] computes (1 − self.t[0, 0])·upstream[0, 0]·x[0, 0]², "
        "should be (1 − self.t[0, 0]²)·upstream[0, 0]·x[0, 0]²"
    )
    (line,) = said(report, "line")
    assert line.startswith("test_deriving.py:")


class MeanAxis(Warp):
    def backward(self, dy: Any) -> Any:
        dx = super().backward(dy)
        self.db = dy.sum(axis=1)[: len(self.b)]
        return dx


class Negated(Warp):
    def backward(self, dy: Any) -> Any:
        return super().backward(dy) - 2 * dy * self.t


@pytest.mark.parametrize(("cls", "wrong"), [(MeanAxis, {"b"}), (Negated, {"x"})])
def test_the_tensors_that_are_wrong_are_the_same_for_both(cls: type, wrong: set[str]) -> None:
    report = of(cls)
    assert {row.name for row in report.parameters if row.verdict == WRONG and row.evidence == PROVED} == wrong
    assert proved(report) == {"a", "b", "x"} - wrong


class OneSample(Warp):
    """Wrong where there is but one sample."""

    def backward(self, dy: Any) -> Any:
        return super().backward(dy) * (2 if len(dy) == 1 else 1)


def test_what_is_right_where_it_was_traced_says_so() -> None:
    report = of(OneSample)
    assert (report.verdict, report.evidence, proved(report)) == (WRONG, PROVED, {"a", "b"})
    (message,) = said(report, "evidence")
    assert message.startswith("x: at a (2,), b (2,), x (4, 2) it is the derivative of its own forward pass; look at")
    assert "2(" in said(report, "formula")[0]  # where it differs, which is at one sample


class ManySamples(Warp):
    """Wrong where there are more samples than are traced."""

    def forward(self, x: Any) -> Any:
        self.many = len(x) > 4
        return super().forward(x)

    def backward(self, dy: Any) -> Any:
        return super().backward(dy) * (2 if self.many else 1)


def test_what_is_too_large_where_it_is_wrong_is_wrong_by_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbols, "MOST_NODES", 300)
    report = of(ManySamples)
    assert (report.verdict, report.evidence, proved(report)) == (WRONG, "differences", {"a", "b"})
    assert said(report, "evidence")
    assert not said(report, "formula")


# -- what differences cannot see


class Slipped(Warp):
    slip = 1e-8

    def backward(self, dy: Any) -> Any:
        return super().backward(dy) * (1 + self.slip)


class Rounded(Warp):
    """Half a digit of the last place that a float has."""

    def backward(self, dy: Any) -> Any:
        return super().backward(dy) * (np.sqrt(2) / 1.4142135623730951)


def test_a_slip_below_the_resolution_of_differences_is_shown() -> None:
    report = of(Slipped)
    assert (report.verdict, report.evidence, proved(report)) == (CORRECT, "differences", {"a", "b"})
    (message,) = said(report, "invisible")
    assert message.startswith("x: the formula is not the derivative of its own forward pass, by 1e-08 of its size")
    assert said(report, "line")


def test_a_constant_in_double_precision_is_no_slip() -> None:
    report = of(Rounded)
    assert (report.verdict, said(report, "invisible"), said(report, "formula")) == (CORRECT, [], [])
    assert said(report, "evidence") == [
        "x: not proved: the formula is the derivative of its own forward pass but for constants that are rounded to "
        "double precision"
    ]


class Epsilon:
    """An ε for safety, on the way there alone: 1e-6 of the gradient, which differences do see."""

    def forward(self, x: Any) -> Any:
        self.x = x
        return np.sqrt(x**2 + 1e-6)

    def backward(self, dy: Any) -> Any:
        return dy * np.sign(self.x)


def test_what_is_slight_is_shown_too() -> None:
    report = of(Epsilon)
    assert report.verdict == UNDECIDED
    assert said(report, "slight")
    assert said(report, "formula")


class Blind(Own):
    """Differences that say nothing of the first column of x."""

    def expected(self, values: Any, at: Any = None) -> dict[str, Differences]:
        found = super().expected(values, at)
        error = found["x"].error.copy()
        error[:, 0] = np.inf
        return {**found, "x": replace(found["x"], error=error)}


class FirstColumn(Warp):
    def backward(self, dy: Any) -> Any:
        dx = super().backward(dy)
        dx[:, 0] *= 2
        return dx


@pytest.mark.parametrize(("cls", "verdict"), [(Warp, CORRECT), (FirstColumn, WRONG)])
def test_where_differences_say_nothing_the_derivative_decides(cls: type, verdict: str) -> None:
    (own,) = owns(of_class(cls, **LAYER))
    blind = Blind(**{one.name: getattr(own, one.name) for one in fields(own)})
    assert blind.report(EXAMPLES, evidence=TESTED).verdict == CORRECT
    report = blind.report(EXAMPLES)
    assert (report.verdict, report.evidence) == (verdict, PROVED)
    assert [row.largest_error > 0.01 for row in report.parameters if row.name == "x"] == [verdict == WRONG]


class Grained(Warp):
    """A first column that goes up and down too fast for differences, which take it for something else."""

    def forward(self, x: Any) -> Any:
        self.grain = np.zeros(x.shape)
        self.grain[:, 0] = 1e-4 * np.cos(1e6 * x[:, 0])
        out = super().forward(x)
        out[:, 0] += 1e-4 * np.sin(1e6 * x[:, 0])
        return out

    def backward(self, dy: Any) -> Any:
        return super().backward(dy) + 1e6 * dy * self.grain


def test_what_is_right_where_differences_call_it_wrong_is_undecided() -> None:
    (own,) = owns(of_class(Grained, **LAYER))
    assert own.report(EXAMPLES, evidence=TESTED).verdict == WRONG
    report = own.report(EXAMPLES)
    assert (report.verdict, proved(report)) == (UNDECIDED, {"a", "b"})
    (message,) = said(report, UNDECIDED)
    assert "contradict each other at a (3,), b (3,), x (13, 3)" in message


class Aliased:
    """Differences step over whole periods of a ripple, and see none."""

    def forward(self, x: Any) -> Any:
        self.x = x
        ripple = 2 * np.pi * 2**10
        bump = x * np.cos(x)
        return np.where(np.abs(x) < 1, bump + np.sin(ripple * x) / ripple, bump)

    def backward(self, dy: Any) -> Any:
        return (np.cos(self.x) - self.x * np.sin(self.x)) * dy


def test_witnesses_that_contradict_each_other_decide_nothing() -> None:
    report = of(Aliased)
    assert (report.verdict, report.evidence, report.grounds) == (UNDECIDED, "differences", ())
    assert said(report, UNDECIDED) == [
        "x: differences of its own forward pass and the derivative of its code on symbols contradict each other at "
        "x (4, 2), so that neither is believed"
    ]


# -- what is not traced


class Rounding(Warp):
    def forward(self, x: Any) -> Any:
        return super().forward(x) + 0 * np.floor(x)


class Hidden(Warp):
    """Takes numbers out of an array on a way of its own."""

    def forward(self, x: Any) -> Any:
        self.near = np.array([[float(str(value)) for value in row] for row in x.tolist()])
        return super().forward(x)

    def backward(self, dy: Any) -> Any:
        return super().backward(dy) * (self.x / self.near)


NOT_TRACED = {
    Rounding: "floor of a value that depends on the case has no exact meaning here",
    Hidden: "x: on floats the code computes something else than on symbols",
}


@pytest.mark.parametrize("cls", NOT_TRACED)
def test_what_does_not_run_on_symbols_is_checked_by_differences_and_says_why(cls: type) -> None:
    report = of(cls)
    assert (report.verdict, report.evidence, report.grounds) == (CORRECT, "differences", ())
    (message,) = said(report, "evidence")
    assert message.startswith("checked by differences alone: ")
    assert NOT_TRACED[cls] in message
    assert cls is Hidden or "test_deriving.py:" in message


def test_the_work_is_bounded_in_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbols, "MOST_NODES", 60)
    report = of(Warp)
    assert (report.verdict, report.evidence) == (CORRECT, "differences")
    assert "the expression explodes: more than 60 nodes" in said(report, "evidence")[0]
