"""What the catalogue does not know is checked against differences of its own forward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, WRONG
from gdverify.binding.ambiguity import Unbound
from gdverify.binding.own.extrapolation import differences, row, worse
from gdverify.binding.own.forward import SAID, Own
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import LAYER, of_class, of_functions, report


class Gate:
    """y = x σ(a x) with a scale a for each feature."""

    def __init__(self, n_in: int) -> None:
        self.a = np.ones(n_in)

    def forward(self, x: Any) -> Any:
        self.x = x
        self.s = 1 / (1 + np.exp(-self.a * x))
        return x * self.s

    def backward(self, dy: Any) -> Any:
        common = dy * self.x * self.s * (1 - self.s)
        self.da = (common * self.x).sum(axis=0)
        return dy * self.s + common * self.a


class GateWithoutProduct(Gate):
    def backward(self, dy: Any) -> Any:
        super().backward(dy)
        return dy * self.s


class GateOneSample(Gate):
    def backward(self, dy: Any) -> Any:
        dx = super().backward(dy)
        self.da = (dy * self.x**2 * self.s * (1 - self.s))[0]
        return dx


def found(cls: type) -> Own:
    (own,) = find_subjects(of_class(cls, **LAYER))
    assert isinstance(own, Own)
    return own


def test_a_right_layer_is_correct_and_the_report_says_against_what() -> None:
    judged = report(found(Gate))
    assert judged.verdict == CORRECT
    assert judged.architecture == "no documented architecture: checked against its own forward pass" == SAID
    assert [row.name for row in judged.parameters] == ["a", "x"]


@pytest.mark.parametrize(("cls", "wrong"), [(GateWithoutProduct, "x"), (GateOneSample, "a")])
def test_a_wrong_layer_is_wrong_where_it_is(cls: type, wrong: str) -> None:
    judged = report(found(cls))
    assert {row.name for row in judged.parameters if row.verdict == WRONG} == {wrong}


def test_the_line_says_where_the_gradients_are() -> None:
    line = found(Gate).line
    assert line.startswith("self = Gate(n_in=3); forward = self.forward(x=x); backward = self.backward(dy=upstream)")
    assert "= self.da" in line


def test_targets_of_a_softmax_sum_to_one() -> None:
    def softmax(z: Any) -> Any:
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def loss(logits: Any, targets: Any) -> Any:
        return -np.sum(targets * np.log(softmax(logits / 3))) / len(logits)

    def gradient(logits: Any, targets: Any) -> Any:
        return (softmax(logits / 3) - targets) / (3 * len(logits))

    (own,) = find_subjects(of_functions("loss and gradient", loss=loss, gradient=gradient))
    assert report(own).verdict == CORRECT
    assert "data: one-hot targets" in str(own.line)


CURVES: list[tuple[Callable[[Any], Any], Callable[[Any], Any]]] = [
    (np.sin, np.cos),
    (lambda x: x**3, lambda x: 3 * x**2),
    (lambda x: np.exp(x / 2), lambda x: np.exp(x / 2) / 2),
    (np.arctan, lambda x: 1 / (1 + x**2)),
]


@pytest.mark.parametrize(("value", "slope"), CURVES)
def test_differences_are_as_right_as_they_say(value: Callable[[Any], Any], slope: Callable[[Any], Any]) -> None:
    at = np.linspace(-2, 2, 41)
    got = differences(lambda x: float(np.sum(value(x))), at, scale=float(np.sum(np.abs(value(at)))))
    off = np.abs(got.value - slope(at))
    known = np.isfinite(got.error)
    assert known.mean() > 0.8
    assert np.all(off[known] <= got.error[known] + 1e-7)


def test_an_entry_at_a_kink_is_not_judged() -> None:
    at = np.array([1.0, 1e-4, -1.0])
    got = differences(lambda x: float(np.sum(np.abs(x))), at, scale=2.0)
    assert np.isfinite(got.error).tolist() == [True, False, True]


def test_what_is_constant_is_not_judged() -> None:
    class Constant:
        def forward(self, x: Any) -> Any:
            return np.floor(x) * 0.0

        def backward(self, dy: Any) -> Any:
            return dy * 0.0

    with pytest.raises(Unbound, match="is constant"):
        found(Constant)


def test_an_entry_next_to_a_kink_is_not_judged() -> None:
    at = np.array([1.0, 1e-9, -1e-12, -1.0])
    got = differences(lambda x: float(np.sum(np.abs(x))), at, scale=2.0)
    assert np.isfinite(got.error).tolist() == [True, False, False, True]


def test_a_bend_is_no_kink() -> None:
    at = np.array([0.0, 0.3, 2.0])
    got = differences(lambda x: float(np.sum(x**2 + np.cos(3 * x))), at, scale=5.0)
    assert np.isfinite(got.error).all()
    np.testing.assert_allclose(got.value, 2 * at - 3 * np.sin(3 * at), rtol=0, atol=1e-9)


def test_the_entries_that_are_looked_at_are_counted() -> None:
    at = np.random.default_rng(0).normal(size=(20, 10))
    seen = row("x", 2 * at, differences(lambda x: float(np.sum(x**2)), at, scale=200.0))
    assert (seen.verdict, seen.informative_entries, seen.entries) == (CORRECT, 12, 200)
    both = worse(seen, seen)
    assert (both.informative, both.informative_entries, both.entries) == (2, 24, 400)
