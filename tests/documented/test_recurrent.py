"""The recurrent layers: against differences, against the derived ones, and cut into pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gdverify.codegen.program import program, run
from gdverify.derivation.steps import derive
from gdverify.documented.arrays import Array
from gdverify.documented.gated import GRU, GRUResetAfter
from gdverify.documented.layers import MeanSquaredError
from gdverify.documented.recurrent import LSTM, RNN, PeepholeLSTM
from gdverify.documented.sequences import Bidirectional
from gdverify.documented.shapes import LastStep
from gdverify.evidence.arithmetic import NUMPY
from tests.derivation import test_recurrences as derived

Difference = Callable[..., Array]

BATCH, STEPS, INPUTS, HIDDEN = 3, 5, 4, 2
# Each with what it learns, and how many states it has.
LAYERS = [(RNN, "WUb", 1), (LSTM, "WUb", 2), (PeepholeLSTM, "WUbp", 2), (GRU, "WUb", 1), (GRUResetAfter, "WUba", 1)]
every = pytest.mark.parametrize(("make", "learnt", "states"), LAYERS, ids=lambda each: getattr(each, "__name__", ""))


def made(make: Any, learnt: str, rng: np.random.Generator, **options: Any) -> Any:
    """A layer none of whose parameters is 0."""
    layer = make(INPUTS, HIDDEN, rng, **options)
    for name in learnt:
        setattr(layer, name, rng.normal(size=getattr(layer, name).shape))
    return layer


def sequence(rng: np.random.Generator, states: int) -> tuple[Array, ...]:
    """An input and the initial states."""
    return rng.normal(size=(BATCH, STEPS, INPUTS)), *(rng.normal(size=(BATCH, HIDDEN)) for _ in range(states))


@every
def test_gradients_through_time(make: Any, learnt: str, states: int, central_difference: Difference) -> None:
    rng = np.random.default_rng(0)
    layer, given = made(make, learnt, rng), sequence(rng, states)
    dh = rng.normal(size=(BATCH, STEPS, HIDDEN))
    layer.forward(*given)
    returned = layer.backward(dh)
    found = {name: getattr(layer, f"d{name}") for name in learnt}

    def loss() -> float:
        return float(np.sum(layer.forward(*given) * dh))

    for array, gradient in zip(given, returned, strict=True):
        np.testing.assert_allclose(gradient, central_difference(loss, array), rtol=1e-6, atol=1e-8)
    for name, gradient in found.items():
        expected = central_difference(loss, getattr(layer, name))
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8, err_msg=name)


@every
@pytest.mark.parametrize("truncation", [1, 2, 3, STEPS, STEPS + 4])
def test_truncated_is_each_piece_by_itself(make: Any, learnt: str, states: int, truncation: int) -> None:
    rng = np.random.default_rng(1)
    layer, given = made(make, learnt, rng, truncation=truncation), sequence(rng, states)
    dh = rng.normal(size=(BATCH, STEPS, HIDDEN))
    h = layer.forward(*given)
    dx, *dstart = layer.backward(dh)
    # A layer of its own for each piece, which begins with the states that the piece before has left.
    whole = make(INPUTS, HIDDEN, rng)
    vars(whole).update({name: getattr(layer, name) for name in learnt})
    start, added = given[1:], dict.fromkeys(learnt, 0.0)
    for first in range(0, STEPS, truncation):
        piece = slice(first, first + truncation)
        states_of_piece = whole.forward(given[0][:, piece], *start)
        np.testing.assert_allclose(h[:, piece], states_of_piece, rtol=1e-12)
        dx_of_piece, *dstart_of_piece = whole.backward(dh[:, piece])
        np.testing.assert_allclose(dx[:, piece], dx_of_piece, rtol=1e-10, atol=1e-13)
        if first == 0:
            for got, wanted in zip(dstart, dstart_of_piece, strict=True):
                np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-13)
        added = {name: value + getattr(whole, f"d{name}") for name, value in added.items()}
        start = (states_of_piece[:, -1], *cells(whole)) if states == 2 else (states_of_piece[:, -1],)
    for name, value in added.items():
        np.testing.assert_allclose(getattr(layer, f"d{name}"), value, rtol=1e-10, atol=1e-13, err_msg=name)


def cells(lstm: Any) -> tuple[Array]:
    """The cell that the last step of an LSTM has left."""
    i, f, g, _, before, *_ = lstm.kept[-1]
    return (f * before + i * g,)


@every
def test_a_truncation_that_reaches_the_beginning_changes_nothing(make: Any, learnt: str, states: int) -> None:
    rng = np.random.default_rng(2)
    full, given = made(make, learnt, rng), sequence(rng, states)
    cut = make(INPUTS, HIDDEN, rng, truncation=STEPS)
    short = make(INPUTS, HIDDEN, rng, truncation=STEPS - 1)
    dh = rng.normal(size=(BATCH, STEPS, HIDDEN))
    for layer in (cut, short):
        vars(layer).update({name: getattr(full, name) for name in learnt})
    for layer in (full, cut, short):
        layer.forward(*given)
        layer.backward(dh)
    np.testing.assert_array_equal(full.dU, cut.dU)
    assert np.abs(full.dU - short.dU).max() > 1e-3


@every
def test_single_precision_stays_single_and_inputs_unchanged(make: Any, learnt: str, states: int) -> None:
    rng = np.random.default_rng(3)
    layer = made(make, learnt, rng)
    for name in learnt:
        setattr(layer, name, getattr(layer, name).astype(np.float32))
    given = tuple(array.astype(np.float32) for array in sequence(rng, states))
    dh = np.ones((BATCH, STEPS, HIDDEN), np.float32)
    kept = [array.copy() for array in given]
    returned = [layer.forward(*given), *layer.backward(dh), *(getattr(layer, f"d{name}") for name in learnt)]
    assert {array.dtype for array in returned} == {np.dtype(np.float32)}
    for array, before in zip(given, kept, strict=True):
        np.testing.assert_array_equal(array, before)
    np.testing.assert_array_equal(dh, 1)


# -- against what is derived


def by_derivation(architecture: Any) -> tuple[dict[str, Array], dict[str, Any]]:
    """Random arguments, and the loss and adjoints for them."""
    derivation = derive(architecture)
    arrays = derived.values(derivation, derived.SIZES)
    code = program(derivation)
    return arrays, run((*code.loss, *code.every_adjoint), {**arrays, **derived.SIZES}, NUMPY)


def compared_with_target(layer: Any, arrays: dict[str, Array], *start: str) -> tuple[Any, tuple[Array, ...]]:
    """The mean squared error of all states, and what a layer returns for its gradient."""
    error = MeanSquaredError()
    loss = error.forward(layer.forward(arrays["x"], *(arrays[name] for name in start)), arrays["t"])
    return loss, layer.backward(error.backward())


def test_the_simple_recurrence_is_the_derived_one() -> None:
    arrays, expected = by_derivation(derived.simple)
    layer = RNN(3, 2, np.random.default_rng(0))
    layer.W, layer.U, layer.b = (arrays[name] for name in "WUb")
    loss, (_, dh0) = compared_with_target(layer, arrays, "h0")
    found = {"loss": loss, "dW": layer.dW, "dU": layer.dU, "db": layer.db, "dh0": dh0}
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-12, atol=1e-14, err_msg=name)


def test_the_lstm_is_the_derived_one() -> None:
    arrays, expected = by_derivation(derived.long_short_term_memory)
    layer = LSTM(3, 2, np.random.default_rng(0))
    layer.W, layer.U, layer.b = (np.concatenate([arrays[f"{name}{gate}"] for gate in "ifgo"]) for name in "WUb")
    loss, (_, dh0, dc0) = compared_with_target(layer, arrays, "h0", "c0")
    found = {"loss": loss, "dh0": dh0, "dc0": dc0}
    for name in "WUb":
        parts = np.split(getattr(layer, f"d{name}"), 4)
        found |= {f"d{name}{gate}": part for gate, part in zip("ifgo", parts, strict=True)}
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-12, atol=1e-14, err_msg=name)


# -- what layers are put together with


def test_both_directions(central_difference: Difference) -> None:
    rng = np.random.default_rng(4)
    layer = Bidirectional(made(LSTM, "WUb", rng), made(GRU, "WUb", rng))
    x, h0, c0 = sequence(rng, 2)
    last = rng.normal(size=(BATCH, HIDDEN))
    dh = rng.normal(size=(BATCH, STEPS, 2 * HIDDEN))

    def loss() -> float:
        return float(np.sum(layer.forward(x, (h0, c0), (last,)) * dh))

    loss()
    dx, (dh0, dc0), (dlast,) = layer.backward(dh)
    found = [(x, dx), (h0, dh0), (c0, dc0), (last, dlast)]
    found += [(part.W, part.dW) for part in (layer.forwards, layer.backwards)]
    for array, gradient in found:
        np.testing.assert_allclose(gradient, central_difference(loss, array), rtol=1e-6, atol=1e-8)


def test_the_backward_direction_sees_what_comes() -> None:
    rng = np.random.default_rng(5)
    layer = Bidirectional(RNN(INPUTS, HIDDEN, rng), RNN(INPUTS, HIDDEN, rng))
    x, h0 = sequence(rng, 1)
    before = layer.forward(x, (h0,), (h0,))
    x[:, 2] += 1
    changed = np.abs(layer.forward(x, (h0,), (h0,)) - before).max(axis=(0,)) > 0
    # Steps from the changed one on forwards, up to it backwards.
    np.testing.assert_array_equal(changed[:, 0], [False, False, True, True, True])
    np.testing.assert_array_equal(changed[:, HIDDEN], [True, True, True, False, False])


def test_many_to_one(central_difference: Difference) -> None:
    rng = np.random.default_rng(6)
    layer, last, (x, h0) = made(RNN, "WUb", rng), LastStep(), sequence(rng, 1)
    dy = rng.normal(size=(BATCH, HIDDEN))

    def loss() -> float:
        return float(np.sum(last.forward(layer.forward(x, h0)) * dy))

    loss()
    dx, dh0 = layer.backward(last.backward(dy))
    np.testing.assert_allclose(dx, central_difference(loss, x), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(dh0, central_difference(loss, h0), rtol=1e-6, atol=1e-8)
