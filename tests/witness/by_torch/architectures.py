"""Architectures for which torch has a function of its own: its recurrent networks, and its attention of several heads.

Torch keeps the weights of all gates below one another, and has a second bias beside the one of the input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from tests.witness.compositions import Arrays, Operations

Cell = Callable[..., tuple[torch.Tensor, ...]]


def _weights(given: Arrays, gates: Sequence[str], recurrent_bias: torch.Tensor | None = None) -> list[torch.Tensor]:
    below = [torch.cat([given[f"{letter}{gate}"] for gate in gates]) for letter in "WUb"]
    return [*below, torch.zeros_like(below[-1]) if recurrent_bias is None else recurrent_bias]


# Biases, one layer, no dropout, not in training; the samples come first.
ONE_WAY, BOTH_WAYS = (True, 1, 0.0, False, False, True), (True, 1, 0.0, False, True, True)


def _classes(of: Operations, given: Arrays, h: torch.Tensor, bias: str = "c") -> Any:
    return of("cross_entropy_of_classes")(of("affine")(h, given["V"], given[bias]), given["t"])


def _elman(given: Arrays) -> torch.Tensor:
    return torch.rnn_tanh(given["x"], given["h0"][None], _weights(given, [""]), *ONE_WAY)[0]


def _both_ways(given: Arrays) -> torch.Tensor:
    start = torch.stack([given["hf0"], given["hb0"]])
    return torch.rnn_tanh(given["x"], start, [*_weights(given, "f"), *_weights(given, "b")], *BOTH_WAYS)[0]


def _lstm(given: Arrays) -> torch.Tensor:
    start = given["h0"][None], given["c0"][None]
    return torch.lstm(given["x"], start, _weights(given, "ifgo"), *ONE_WAY)[0]


def _gru_reset_after(given: Arrays) -> torch.Tensor:
    none = torch.zeros_like(given["d"])
    weights = _weights(given, "rug", torch.cat([none, none, given["d"]]))
    return torch.gru(given["x"], given["h0"][None], weights, *ONE_WAY)[0]


def _steps(cell: Cell, x: torch.Tensor, *states: torch.Tensor) -> torch.Tensor:
    """The first state after every step, for cells that torch has not."""
    found = []
    for now in x.unbind(1):
        states = cell(now, *states)
        found.append(states[0])
    return torch.stack(found, dim=1)


def _gate(given: Arrays, gate: str, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    return F.linear(x, given[f"W{gate}"], given[f"b{gate}"]) + F.linear(h, given[f"U{gate}"])


def _gru(given: Arrays) -> torch.Tensor:
    def cell(x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, ...]:
        r, u = (F.sigmoid(_gate(given, gate, x, h)) for gate in "ru")
        return (torch.lerp(F.tanh(_gate(given, "g", x, r * h)), h, u),)

    return _steps(cell, given["x"], given["h0"])


def _peepholes(given: Arrays) -> torch.Tensor:
    def cell(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, ...]:
        i, f = (F.sigmoid(_gate(given, gate, x, h) + given[f"p{gate}"] * c) for gate in "if")
        c = f * c + i * F.tanh(_gate(given, "g", x, h))
        return F.sigmoid(_gate(given, "o", x, h) + given["po"] * c) * F.tanh(c), c

    return _steps(cell, given["x"], given["h0"], given["c0"])


def _several_heads(given: Arrays, heads: int) -> torch.Tensor:
    """Torch counts the samples behind the steps."""
    x = given["x"].transpose(0, 1)
    into = (torch.cat([given[f"{letter}{part}"] for part in "qkv"]) for letter in "Wb")
    nothing = {"bias_k": None, "bias_v": None, "add_zero_attn": False, "dropout_p": 0.0, "need_weights": False}
    y, _ = F.multi_head_attention_forward(
        *(x, x, x, x.shape[-1], heads, *into),
        **nothing,
        out_proj_weight=given["Wo"],
        out_proj_bias=given["bo"],
    )
    return y.transpose(0, 1)


ARCHITECTURES: dict[str, Callable[..., Any]] = {
    "rnn": lambda of, given, start: _classes(of, given, _elman(given)),
    "rnn_classifier": lambda of, given, start: _classes(of, given, _elman(given)[:, -1]),
    "bidirectional_rnn": lambda of, given, start: _classes(of, given, _both_ways(given)),
    "lstm": lambda of, given, start: _classes(of, given, _lstm(given), "d"),
    "lstm_peepholes": lambda of, given, start: _classes(of, given, _peepholes(given), "d"),
    "gru": lambda of, given, start: _classes(of, given, _gru(given)),
    "gru_reset_after": lambda of, given, start: _classes(of, given, _gru_reset_after(given)),
    "multi_head_attention": lambda of, given, heads: F.mse_loss(_several_heads(given, heads), given["t"]),
}
