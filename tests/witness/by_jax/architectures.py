"""Recurrent networks by `jax.lax.scan`, which jax differentiates as a loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from tests.witness.compositions import Arrays, Operations

Array = jax.Array
Cell = Callable[..., tuple[Array, ...]]


def _classes(of: Operations, given: Arrays, h: Array, bias: str = "c") -> Any:
    return of("cross_entropy_of_classes")(of("affine")(h, given["V"], given[bias]), given["t"])


def _steps(cell: Cell, x: Array, *states: Array, backwards: bool = False) -> Array:
    """The first state after every step."""

    def step(before: tuple[Array, ...], now: Array) -> tuple[tuple[Array, ...], Array]:
        after = cell(now, *before)
        return after, after[0]

    return jax.lax.scan(step, states, x.swapaxes(0, 1), reverse=backwards)[1].swapaxes(0, 1)


def _gate(given: Arrays, gate: str, x: Array, h: Array) -> Array:
    return x @ given[f"W{gate}"].T + given[f"b{gate}"] + h @ given[f"U{gate}"].T


def _elman(given: Arrays, gate: str = "", backwards: bool = False) -> Array:
    return _steps(
        lambda x, h: (jnp.tanh(_gate(given, gate, x, h)),), given["x"], given[f"h{gate}0"], backwards=backwards
    )


def _both_ways(given: Arrays) -> Array:
    return jnp.concatenate([_elman(given, "f"), _elman(given, "b", backwards=True)], axis=-1)


def _lstm(given: Arrays) -> Array:
    def cell(x: Array, h: Array, c: Array) -> tuple[Array, ...]:
        i, f, o = (jax.nn.sigmoid(_gate(given, gate, x, h)) for gate in "ifo")
        c = f * c + i * jnp.tanh(_gate(given, "g", x, h))
        return o * jnp.tanh(c), c

    return _steps(cell, given["x"], given["h0"], given["c0"])


def _peepholes(given: Arrays) -> Array:
    def cell(x: Array, h: Array, c: Array) -> tuple[Array, ...]:
        i, f = (jax.nn.sigmoid(_gate(given, gate, x, h) + given[f"p{gate}"] * c) for gate in "if")
        c = f * c + i * jnp.tanh(_gate(given, "g", x, h))
        return jax.nn.sigmoid(_gate(given, "o", x, h) + given["po"] * c) * jnp.tanh(c), c

    return _steps(cell, given["x"], given["h0"], given["c0"])


def _gru(given: Arrays) -> Array:
    def cell(x: Array, h: Array) -> tuple[Array, ...]:
        r, u = (jax.nn.sigmoid(_gate(given, gate, x, h)) for gate in "ru")
        return (u * h + (1 - u) * jnp.tanh(_gate(given, "g", x, r * h)),)

    return _steps(cell, given["x"], given["h0"])


def _gru_reset_after(given: Arrays) -> Array:
    def cell(x: Array, h: Array) -> tuple[Array, ...]:
        r, u = (jax.nn.sigmoid(_gate(given, gate, x, h)) for gate in "ru")
        new = jnp.tanh(x @ given["Wg"].T + given["bg"] + r * (h @ given["Ug"].T + given["d"]))
        return (u * h + (1 - u) * new,)

    return _steps(cell, given["x"], given["h0"])


ARCHITECTURES: dict[str, Callable[..., Any]] = {
    "rnn": lambda of, given, start: _classes(of, given, _elman(given)),
    "rnn_classifier": lambda of, given, start: _classes(of, given, _elman(given)[:, -1]),
    "bidirectional_rnn": lambda of, given, start: _classes(of, given, _both_ways(given)),
    "lstm": lambda of, given, start: _classes(of, given, _lstm(given), "d"),
    "lstm_peepholes": lambda of, given, start: _classes(of, given, _peepholes(given), "d"),
    "gru": lambda of, given, start: _classes(of, given, _gru(given)),
    "gru_reset_after": lambda of, given, start: _classes(of, given, _gru_reset_after(given)),
}
