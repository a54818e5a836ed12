"""Subjects of bound units: the sizes, dtypes and depths that they take, and the constants that they are off by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, UP_TO_CONSTANT, Constant
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.subject import find_subject
from tests.binding.bound import LAYER, of_class, report
from tests.zoo.table import FILES


class Layer:
    """A right layer that gives no gradient by its input."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.W, self.b = np.ones((n_in, n_out)), np.zeros((1, n_out))
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy: Any) -> None:
        self.dW, self.db = self.x.T @ dy, dy.sum(axis=0, keepdims=True)


class Checked(Layer):
    """Refuses other widths than it was made for."""

    def __init__(self) -> None:
        super().__init__(3, 2)

    def forward(self, x: Any) -> Any:
        assert x.shape[1] == 3
        assert self.W.shape == (3, 2)
        return super().forward(x)


class Double(Layer):
    def forward(self, x: Any) -> Any:
        return super().forward(x).astype(np.float64)

    def backward(self, dy: Any) -> None:
        super().backward(dy.astype(np.float64))


class Batched(Layer):
    def backward(self, dy: Any) -> None:
        super().backward(dy / len(dy))


class Thirds(Layer):
    def backward(self, dy: Any) -> None:
        super().backward(dy / 2)
        self.db = self.db * 2


@pytest.mark.parametrize("cls", [Layer, Checked, Double])
def test_a_layer_without_a_gradient_by_its_input_is_judged_by_its_parameters(cls: type) -> None:
    judged = report(find_subject(of_class(cls, **LAYER)), examples=100)
    assert judged.verdict == CORRECT
    assert {row.name for row in judged.parameters} == {"W", "b", "loss"}


def test_sizes_that_the_code_fixes_are_fixed_and_others_are_not() -> None:
    assert find_subject(of_class(Checked, **LAYER)).subject.sizes == {"inputs": 3, "outputs": 2}
    assert find_subject(of_class(Layer, **LAYER)).subject.sizes == {}


def test_code_that_computes_in_double_precision_is_judged_in_it() -> None:
    assert tuple(find_subject(of_class(Double, **LAYER)).subject.dtypes) == ("float64",)
    assert tuple(find_subject(of_class(Layer, **LAYER)).subject.dtypes) == ("float64", "float32")


def test_one_constant_for_all_gradients_is_said() -> None:
    found = find_subject(of_class(Batched, **LAYER))
    assert found.constant is not None
    assert found.constant.constant == Constant("1/batch", 1.0, stated=True)
    judged = report(found, examples=20)
    assert (judged.verdict, judged.exit_code) == (UP_TO_CONSTANT, 1)
    assert {row.name: row.verdict for row in judged.parameters} == {
        "loss": CORRECT, "W": UP_TO_CONSTANT, "b": UP_TO_CONSTANT
    }  # fmt: skip


def test_factors_that_differ_are_no_constant() -> None:
    assert find_subject(of_class(Thirds, **LAYER)).constant is None


def test_an_object_that_is_used_twice_starts_anew() -> None:
    class Accumulating(Layer):
        def backward(self, dy: Any) -> None:
            self.dW, self.db = self.dW + self.x.T @ dy, self.db + dy.sum(axis=0, keepdims=True)

    assert report(find_subject(of_class(Accumulating, **LAYER))).verdict == CORRECT


def test_a_gradient_that_is_recognised_by_a_change_is_said_once() -> None:
    (unit,) = discover(load(str(FILES / "sample_by_sample.py")), "OneByOne").found
    line = find_subject(unit).line
    assert line.count("dW1[hidden1, inputs] =") == 1
    assert "before − after" in line
