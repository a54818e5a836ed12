"""The state before the first step: learnt, or given by what came before, as in truncated back-propagation through time.

A sequence is cut into pieces of k steps. The state passes from one piece to the next, its gradient does not:

    s_p+1 = the last state of piece p, which begins with s_p          L(θ) = Σ_p L_p(θ, s_p)

    whole        dL/dθ = Σ_p ( ∂L_p/∂θ + ∂L_p/∂s_p · ds_p/dθ )
    truncated            Σ_p   ∂L_p/∂θ                                with every s_p held as it is

The truncated sum is no gradient of L, but each of its terms is the gradient of one piece whose state at the start is
given: that is what is derived. Source: Williams and Peng (1990); Karpathy, min-char-rnn (2015).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from gdverify.notation import Tensor, input_tensor, parameter
from gdverify.notation.axes import Axis


class Start(StrEnum):
    """What the state before the first step is: a parameter, or an input, which no gradient is asked for."""

    LEARNT = "learnt"
    GIVEN = "given"


_DECLARED: Mapping[Start, Callable[..., Tensor]] = {Start.LEARNT: parameter, Start.GIVEN: input_tensor}


def state_before(start: Start, name: str, *axes: Axis) -> Tensor:
    """Declare the state before the first step."""
    return _DECLARED[start](name, *axes)
