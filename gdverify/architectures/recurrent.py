"""Recurrent networks that name the class of every step, such as the next character, or of the whole sequence.

A sequence is (batch, time, inputs): vectors, or characters as rows of zeros and a one. The states before the first step
are parameters, so that their gradients are derived too; with ``start=given`` they are inputs, and the network is one
piece of a sequence whose back-propagation is truncated (`gdverify.architectures.starts`).
"""

from __future__ import annotations

from gdverify.architectures.starts import Start, state_before
from gdverify.notation import Tensor, architecture, axis, input_tensor, parameter, recurrent, target
from gdverify.operations.activations import product, sigmoid, tanh
from gdverify.operations.affine import affine, linear
from gdverify.operations.gates import gated, residual, scale
from gdverify.operations.lookup import cross_entropy_of_classes
from gdverify.operations.shapes import concatenate, last_step

batch, time, inputs = axis("batch", "n"), axis("time", "t"), axis("inputs")
hidden, classes = axis("hidden", "j"), axis("classes", "k")


def _given(x: Tensor, gate: str = "") -> Tensor:
    """What a gate receives from below: ``W x + b``."""
    return affine(x, parameter(f"W{gate}", hidden, x.axes[-1]), parameter(f"b{gate}", hidden), name=f"x{gate or 'h'}")


def _carried(before: Tensor, gate: str = "") -> Tensor:
    """What it receives from the step before: ``U h``."""
    return linear(before, parameter(f"U{gate}", hidden, hidden), name=f"u{gate or 'h'}")


def _received(x: Tensor, before: Tensor, gate: str = "") -> Tensor:
    return residual(_given(x, gate), _carried(before, gate), name=f"z{gate or 'h'}")


def _elman(x: Tensor, start: Start, gate: str = "", backwards: bool = False) -> Tensor:
    first = state_before(start, f"h{gate}0", batch, hidden)
    return recurrent(
        lambda before: tanh(_received(x, before, gate), name=f"h{gate}"), first, over=time, backwards=backwards
    )


def _lstm_states(start: Start) -> tuple[Tensor, Tensor]:
    return state_before(start, "h0", batch, hidden), state_before(start, "c0", batch, hidden)


def _classes_of(h: Tensor) -> Tensor:
    """The loss of a class for every state."""
    y = affine(h, parameter("V", classes, h.axes[-1]), parameter("c", classes), name="y")
    return cross_entropy_of_classes(y, target("t", *h.axes[:-1]))


def _sequence() -> Tensor:
    return input_tensor("x", batch, time, inputs)


@architecture
def rnn(start: Start = Start.LEARNT) -> Tensor:
    """Simple recurrent network, a class for every step: many to many.

    With ``start=given`` it is one piece of a sequence whose back-propagation through time is truncated: the state h0
    that the piece before has left is held as it is, and the gradients of all pieces are added up.
    Source: Elman (1990); Karpathy (2015); truncated: Williams and Peng (1990).
    """
    return _classes_of(_elman(_sequence(), start))


@architecture
def rnn_classifier(start: Start = Start.LEARNT) -> Tensor:
    """Simple recurrent network, one class for a sequence: many to one. Source: Elman (1990)."""
    return _classes_of(last_step(_elman(_sequence(), start), name="last"))


@architecture
def bidirectional_rnn(start: Start = Start.LEARNT) -> Tensor:
    """Two simple recurrent networks, one from each end, side by side. Source: Schuster and Paliwal (1997)."""
    x = _sequence()
    return _classes_of(concatenate(_elman(x, start, "f"), _elman(x, start, "b", backwards=True), name="h"))


@architecture
def lstm(start: Start = Start.LEARNT) -> Tensor:
    """Long short-term memory with a forget gate. Source: Hochreiter and Schmidhuber (1997); Gers et al. (2000)."""
    x = _sequence()

    def cell(before: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        i, f, o = (sigmoid(_received(x, before, gate), name=f"{gate}_gate") for gate in ("i", "f", "o"))
        new = tanh(_received(x, before, "g"), name="g_gate")
        c = residual(product(f, kept, name="fc"), product(i, new, name="ig"), name="c")
        return product(o, tanh(c, name="r"), name="h"), c

    h, _ = recurrent(cell, *_lstm_states(start), over=time)
    return _classes_of_lstm(h)


@architecture
def lstm_peepholes(start: Start = Start.LEARNT) -> Tensor:
    """Long short-term memory whose gates look at the cell. Source: Gers, Schraudolph and Schmidhuber (2002)."""
    x = _sequence()

    def looking(before: Tensor, cell: Tensor, gate: str) -> Tensor:
        seen = scale(cell, parameter(f"p{gate}", hidden), name=f"s{gate}")
        return sigmoid(residual(_received(x, before, gate), seen, name=f"l{gate}"), name=f"{gate}_gate")

    def cell(before: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        i, f = (looking(before, kept, gate) for gate in ("i", "f"))
        new = tanh(_received(x, before, "g"), name="g_gate")
        c = residual(product(f, kept, name="fc"), product(i, new, name="ig"), name="c")
        return product(looking(before, c, "o"), tanh(c, name="r"), name="h"), c

    h, _ = recurrent(cell, *_lstm_states(start), over=time)
    return _classes_of_lstm(h)


def _classes_of_lstm(h: Tensor) -> Tensor:
    """As `_classes_of`; ``c`` is the cell here."""
    y = affine(h, parameter("V", classes, hidden), parameter("d", classes), name="y")
    return cross_entropy_of_classes(y, target("t", batch, time))


@architecture
def gru(start: Start = Start.LEARNT) -> Tensor:
    """Gated recurrent unit, reset before the matrix product. Source: Cho et al. (2014)."""
    x = _sequence()

    def cell(before: Tensor) -> Tensor:
        r, u = (sigmoid(_received(x, before, gate), name=f"{gate}_gate") for gate in ("r", "u"))
        new = tanh(_received(x, product(r, before, name="reset"), "g"), name="g_gate")
        return gated(before, new, u, name="h")

    return _classes_of(recurrent(cell, state_before(start, "h0", batch, hidden), over=time))


@architecture
def gru_reset_after(start: Start = Start.LEARNT) -> Tensor:
    """Gated recurrent unit, reset behind the matrix product and its bias. Source: Chung et al. (2014), as in cuDNN."""
    x = _sequence()

    def cell(before: Tensor) -> Tensor:
        r, u = (sigmoid(_received(x, before, gate), name=f"{gate}_gate") for gate in ("r", "u"))
        remembered = affine(before, parameter("Ug", hidden, hidden), parameter("d", hidden), name="ug")
        new = tanh(residual(_given(x, "g"), product(r, remembered, name="reset"), name="zg"), name="g_gate")
        return gated(before, new, u, name="h")

    return _classes_of(recurrent(cell, state_before(start, "h0", batch, hidden), over=time))
