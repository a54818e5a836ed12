"""Back-propagation through time follows from the chain rule as it is: by differences, and by a loop written by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sympy import Expr

from gdverify.codegen.program import program, run
from gdverify.derivation.steps import Derivation, derive
from gdverify.errors import NotationError
from gdverify.evidence.arithmetic import NUMPY
from gdverify.notation import (
    Architecture,
    Tensor,
    architecture,
    axis,
    indices,
    input_tensor,
    leading,
    operation,
    parameter,
    recurrent,
    target,
    total,
)
from gdverify.operations.activations import product, sigmoid, tanh
from gdverify.operations.affine import affine, linear
from gdverify.operations.losses import mean_squared_error
from tests.helpers import imported

batch, time, inputs, hidden = axis("batch", "n"), axis("time", "t"), axis("inputs", "i"), axis("hidden", "j")
SIZES = {"batch": 2, "time": 4, "inputs": 3, "hidden": 2}


@operation("s", a=(leading,), b=(leading,), gives=(leading,))
def plus(a: Tensor, b: Tensor) -> Expr:
    """The sum of two. Source: any textbook."""
    (n,) = indices(leading)
    return a[n] + b[n]


def gate(name: str, x: Tensor, before: Tensor) -> Tensor:
    """``W x + b + U h``, with weights of its own."""
    given = affine(x, parameter(f"W{name}", hidden, inputs), parameter(f"b{name}", hidden))
    return plus(given, linear(before, parameter(f"U{name}", hidden, hidden)))


@architecture
def simple() -> Tensor:
    """A simple recurrent network, the error of every step. Source: Elman (1990)."""
    x, h0 = input_tensor("x", batch, time, inputs), parameter("h0", batch, hidden)
    h = recurrent(lambda before: tanh(gate("", x, before), name="h"), h0, over=time)
    return mean_squared_error(h, target("t", batch, time, hidden))


@architecture
def backwards() -> Tensor:
    """The same from the last step to the first. Source: Schuster and Paliwal (1997)."""
    x, h0 = input_tensor("x", batch, time, inputs), parameter("h0", batch, hidden)
    h = recurrent(lambda after: tanh(gate("", x, after), name="h"), h0, over=time, backwards=True)
    return mean_squared_error(h, target("t", batch, time, hidden))


@architecture
def long_short_term_memory() -> Tensor:
    """LSTM. Source: Hochreiter and Schmidhuber (1997); Gers et al. (2000)."""
    x = input_tensor("x", batch, time, inputs)

    def cell(before: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        i, f, o = (sigmoid(gate(name, x, before), name=name) for name in ("i", "f", "o"))
        c = plus(product(f, kept), product(i, tanh(gate("g", x, before))), name="c")
        return product(o, tanh(c), name="h"), c

    h, _ = recurrent(cell, parameter("h0", batch, hidden), parameter("c0", batch, hidden), over=time)
    return mean_squared_error(h, target("t", batch, time, hidden))


@architecture
def two_layers() -> Tensor:
    """One recurrence upon another. Source: Graves (2013)."""
    x = input_tensor("x", batch, time, inputs)
    h = recurrent(lambda before: tanh(gate("", x, before), name="h"), parameter("h0", batch, hidden), over=time)
    upper = parameter("V", hidden, hidden)
    g = recurrent(lambda b: tanh(plus(h, linear(b, upper)), name="g"), parameter("g0", batch, hidden), over=time)
    return mean_squared_error(g, target("t", batch, time, hidden))


EVERY: list[Architecture] = [simple, backwards, long_short_term_memory, two_layers]


def values(derivation: Derivation, sizes: dict[str, int]) -> dict[str, np.ndarray]:
    """Random arrays of every argument."""
    rng = np.random.default_rng(3)
    return {t.name: rng.normal(size=[sizes[a.name] for a in t.axes]) for t in derivation.arguments}


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("made", EVERY, ids=str)
def test_gradients_are_central_differences_of_the_loss(made: Architecture, steps: int) -> None:
    derivation = derive(made)
    sizes = {**SIZES, "time": steps}
    arrays = values(derivation, sizes)
    code = program(derivation)

    def loss(name: str, moved: np.ndarray) -> float:
        return float(run(code.loss, {**arrays, name: moved, **sizes}, NUMPY)["loss"])

    found = run((*code.loss, *code.every_adjoint), {**arrays, **sizes}, NUMPY)
    for tensor in (t for t in derivation.arguments if t.role != "target"):
        gradient, array = found[f"d{tensor.name}"], arrays[tensor.name]
        assert gradient.shape == array.shape
        for at in np.ndindex(array.shape):
            moved = np.zeros(array.shape)
            moved[at] = 2.0**-17
            slope = (loss(tensor.name, array + moved) - loss(tensor.name, array - moved)) / 2.0**-16
            assert gradient[at] == pytest.approx(slope, rel=1e-6, abs=1e-8), (tensor.name, at)


@pytest.mark.parametrize("made", EVERY, ids=str)
def test_the_generated_loop_computes_what_is_run(made: Architecture, tmp_path: Path) -> None:
    derivation = derive(made)
    arrays = values(derivation, SIZES)
    loss, gradients = imported(derivation, tmp_path).loss_and_gradients(**arrays)
    code = program(derivation)
    found = run((*code.loss, *code.every_adjoint), {**arrays, **SIZES}, NUMPY)
    assert loss == found["loss"]
    assert gradients
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(gradient, found[f"d{name}"])


Array = np.ndarray


def by_hand(x: Array, W: Array, b: Array, U: Array, h0: Array, t: Array) -> dict[str, Array]:
    """Back-propagation through time, as one writes it."""
    states = [h0]
    for k in range(x.shape[1]):
        states.append(np.tanh(x[:, k] @ W.T + states[-1] @ U.T + b))
    found = {"W": np.zeros_like(W), "b": np.zeros_like(b), "U": np.zeros_like(U)}
    behind = np.zeros_like(h0)
    for k in reversed(range(x.shape[1])):
        dz = (2 / t.size * (states[k + 1] - t[:, k]) + behind) * (1 - states[k + 1] ** 2)
        found["W"] += dz.T @ x[:, k]
        found["b"] += dz.sum(axis=0)
        found["U"] += dz.T @ states[k]
        behind = dz @ U
    return {**found, "h0": behind}


def test_a_simple_recurrence_by_hand(tmp_path: Path) -> None:
    derivation = derive(simple)
    arrays = values(derivation, SIZES)
    _, gradients = imported(derivation, tmp_path).loss_and_gradients(**arrays)
    expected = by_hand(**arrays)
    assert gradients.keys() == expected.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-12, atol=1e-14)


def test_what_reads_no_state_is_computed_before_the_loop() -> None:
    forward = derive(simple).forward
    assert [bool(definition.loop) for definition in forward] == [False, True, True, True, True, False]


def refused(cell: Callable[[Tensor, Tensor], Tensor], message: str) -> None:
    """The refusal of a recurrence with the given cell."""

    def wrong() -> Tensor:
        x = input_tensor("x", batch, time, hidden)
        h = recurrent(lambda before: cell(x, before), parameter("h0", batch, hidden), over=time)
        return mean_squared_error(h, target("t", *h.axes))

    with pytest.raises(NotationError, match=re.escape(message)):
        derive(architecture(wrong))


def test_a_cell_that_gives_another_state_is_refused() -> None:
    refused(
        lambda x, before: linear(plus(x, before), parameter("V", inputs, hidden)),
        "recurrent(…, over=time): the cell gives z[batch, time, inputs]; expected a state for each that it takes, with "
        "its axes: h0_before[batch, time, hidden].",
    )


def test_a_cell_that_does_not_use_its_state_is_refused() -> None:
    @architecture
    def wrong() -> Tensor:
        x, read = input_tensor("x", batch, time, hidden), []

        def cell(before: Tensor) -> Tensor:
            read.append(before)
            return tanh(x)

        h = recurrent(cell, parameter("h0", batch, hidden), over=time)
        return mean_squared_error(plus(h, *read), target("t", *h.axes))

    with pytest.raises(NotationError, match="the cell does not use"):
        derive(wrong)


def test_a_cell_that_looks_at_every_step_is_refused() -> None:
    @operation("y", x=(leading, time, hidden), h=(leading, time, hidden), gives=(leading, time, hidden))
    def over_all_steps(x: Tensor, h: Tensor) -> Expr:
        """The sum of a row."""
        n, t, j = indices(leading, time, hidden)
        (s,) = indices(time)
        return x[n, t, j] * total(h[n, s, j], over=s)

    refused(over_all_steps, "y_total[batch, hidden] looks at several steps at once")
