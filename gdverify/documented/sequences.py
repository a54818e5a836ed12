"""What recurrent layers are put together with: both directions. `shapes.LastStep` is for one answer to a sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from gdverify.documented.arrays import Array


class Bidirectional:
    """One recurrent layer from the first step to the last and one the other way round, side by side.

    Source: Schuster and Paliwal (1997).
    """

    def __init__(self, forwards: Any, backwards: Any) -> None:
        """Two recurrent layers of `recurrent` or `gated`; the gradients of their weights stay in them."""
        self.forwards, self.backwards = forwards, backwards

    def forward(self, x: Array, first: tuple[Array, ...], last: tuple[Array, ...]) -> Array:
        """States ``(batch, steps, hidden of both)``; the initial ones are before the first and behind the last step."""
        ahead = self.forwards.forward(x, *first)
        # What is read from the end is turned round twice, so that a step has the states of both beside it.
        back = self.backwards.forward(x[:, ::-1], *last)[:, ::-1]
        self.hidden = ahead.shape[2]
        return np.concatenate([ahead, back], axis=2)

    def backward(self, dh: Array) -> tuple[Array, tuple[Array, ...], tuple[Array, ...]]:
        """dx, and the gradients of the initial states of both, for dh ``(batch, steps, hidden of both)``."""
        dx, *dfirst = self.forwards.backward(dh[:, :, : self.hidden])
        dx_back, *dlast = self.backwards.backward(dh[:, ::-1, self.hidden :])
        # Both read x.
        return dx + dx_back[:, ::-1], tuple(dfirst), tuple(dlast)
