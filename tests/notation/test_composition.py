"""Composing operations: names, axes, roles and options."""

from __future__ import annotations

import re

import pytest
import sympy

from gdverify import catalogue
from gdverify.architectures.starts import Start
from gdverify.derivation.steps import derive
from gdverify.errors import NotationError
from gdverify.notation import Tensor, architecture, axis, input_tensor, parameter, target
from gdverify.notation.composition import Composition
from gdverify.operations.activations import leaky_relu, sigmoid, tanh
from gdverify.operations.affine import affine, linear, weighted_sum
from gdverify.operations.losses import squared_error
from tests import user_sources

batch, time, inputs, outputs = axis("batch", "n"), axis("time", "t"), axis("inputs"), axis("outputs")


@pytest.mark.parametrize("rows", [(), (batch,), (batch, time)], ids=len)
def test_leading_axes_are_any_number(rows: tuple[object, ...]) -> None:
    @architecture
    def net() -> Tensor:
        x = input_tensor("x", *rows, inputs)  # type: ignore[arg-type]
        z = affine(x, parameter("W", outputs, inputs), parameter("b", outputs))
        return squared_error(z, target("t", *z.axes))

    composition = net.compose()
    assert [a.result.axes for a in composition.applications] == [(*rows, outputs), ()]
    assert composition.axes == (*rows, inputs, outputs)


def test_results_are_numbered_by_their_letter() -> None:
    @architecture
    def net() -> Tensor:
        w = parameter("w", inputs)
        z = tanh(sigmoid(tanh(w)))
        return squared_error(tanh(z, name="p"), target("t", inputs))

    assert made(net.compose()) == ["a", "a2", "a3", "p", "loss"]


def made(composition: Composition) -> list[str]:
    """The names of the results."""
    return [application.result.name for application in composition.applications]


def test_the_result_is_called_the_loss() -> None:
    composition = user_sources.cost_by_another_name.compose()
    assert made(composition) == ["loss"]
    assert derive(user_sources.norm).result.name == "loss"


def test_same_operation_on_the_same_tensors_gives_the_same_result() -> None:
    @architecture
    def net() -> Tensor:
        w = parameter("w", inputs)
        first, second, other = sigmoid(w), sigmoid(w, name="again"), leaky_relu(w)
        assert first is second
        assert leaky_relu.given(alpha=sympy.Rational(1, 5))(w, name="steeper") is not other
        z = user_sources.plus(user_sources.plus(first, second), user_sources.plus(other, _last()))
        return squared_error(z, target("t", inputs))

    def _last() -> Tensor:
        from gdverify.notation.composition import _current

        composition = _current.get()
        assert composition is not None
        return composition.applications[2].result

    assert made(net.compose())[:3] == ["a", "a2", "steeper"]


def test_roles_and_prediction() -> None:
    composition = derive(catalogue.find("mlp"), hidden=1).composition
    assert [t.name for t in composition.role("input")] == ["x"]
    assert [t.name for t in composition.role("parameter")] == ["W1", "b1", "W2", "b2"]
    assert [t.name for t in composition.role("target")] == ["t"]
    assert composition.prediction.name == "z2"
    assert composition.result.name == "loss"


def test_arguments_are_inputs_parameters_targets() -> None:
    derivation = derive(catalogue.find("line"))
    assert [t.name for t in derivation.arguments] == ["x", "a", "b", "t"]
    assert [t.name for t in derivation.wanted] == ["a", "b"]
    assert [t.name for t in derive(weighted_sum).arguments] == ["x", "w", "dz"]


def test_every_operand_of_an_operation_has_its_gradient_and_of_a_loss_the_prediction() -> None:
    assert [t.name for t in derive(affine).wanted] == ["x", "W", "b"]
    assert [t.name for t in derive(squared_error).wanted] == ["y"]


def test_options_have_their_defaults_and_names_of_operations() -> None:
    mlp = catalogue.architectures()["mlp"]
    assert mlp.resolve() == mlp.options
    assert derive(mlp, activation="relu") is derive(mlp, activation=catalogue.find_operation("relu"))
    assert derive(mlp) is derive(mlp, hidden=2)
    assert derive(mlp, hidden=1) is not derive(mlp)


def test_an_option_that_is_one_of_several_takes_the_value_of_one() -> None:
    rnn = catalogue.architectures()["rnn"]
    assert derive(rnn, start="given") is derive(rnn, start=Start.GIVEN)
    assert derive(rnn, start="given") is not derive(rnn)
    with pytest.raises(NotationError, match=re.escape("rnn(start='learned'): expected 'learnt' or 'given'.")):
        derive(rnn, start="learned")


def test_a_square_weight_has_one_axis_twice() -> None:
    @architecture
    def net() -> Tensor:
        x, W = input_tensor("x", batch, inputs), parameter("W", inputs, inputs)
        return squared_error(linear(x, W), target("t", batch, inputs))

    (weight,) = derive(net).wanted
    assert weight.axes == (inputs, inputs)


def test_composing_inside_composing() -> None:
    @architecture
    def outer() -> Tensor:
        catalogue.architectures()["line"].compose()
        return squared_error(parameter("w"), target("t"))

    assert [t.name for t in outer.compose().declared] == ["w", "t"]
