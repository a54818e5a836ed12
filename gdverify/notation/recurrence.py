"""Recurrences: what a step computes from what the step before it gave.

    h = recurrent(lambda before: tanh(add(linear(x, W), linear(before, U))), h0, over=time)

Every tensor of the cell has the axis of the steps, so that a step is written as everything else is:
``before[n, t, j]`` is ``h[n, t - 1, j]``, and ``h0[n, j]`` at the first step. That it can only be computed one step
after the other is found from the equations (`gdverify.derivation.loops`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sympy import Expr

from gdverify.errors import NotationError
from gdverify.notation.axes import Axis, axis, leading
from gdverify.notation.composition import Application, composing_now
from gdverify.notation.operation import Operation, indices, operation
from gdverify.notation.selectors import at
from gdverify.notation.tensors import Tensor

steps, features = axis("steps", "t"), axis("features", "j")


@operation(
    "before",
    state=(leading, steps, features),
    start=(leading, features),
    gives=(leading, steps, features),
)
def delayed(state: Tensor, start: Tensor) -> Expr:
    """The state of the step before, and a given one at the first step."""
    n, t, j = indices(leading, steps, features)
    return state[n, t - 1, j] + start[n, j] * at(t, 0)


@operation(
    "after",
    state=(leading, steps, features),
    start=(leading, features),
    gives=(leading, steps, features),
)
def hastened(state: Tensor, start: Tensor) -> Expr:
    """The state of the step behind, and a given one at the last step: for what runs backwards."""
    n, t, j = indices(leading, steps, features)
    return state[n, t + 1, j] + start[n, j] * at(t, steps.size - 1)


def recurrent(
    cell: Callable[..., Tensor | Sequence[Tensor]], *start: Tensor, over: Axis, backwards: bool = False
) -> Any:
    """The states of every step.

    Args:
        cell: from the states of the step before it, ``(…, steps, features)``, to those of a step.
        start: the states before the first step, ``(…, features)``.
        over: the axis of the steps; it stands before the last axis of a state.
        backwards: whether the last step comes first.

    Returns:
        The states, ``(…, steps, features)``: one tensor where there is one, else a tuple.

    Raises:
        NotationError: the cell gives other states than it takes.
    """
    composition = composing_now()
    shift: Operation = hastened if backwards else delayed
    before = [Tensor(_free_name(f"{one.name}_before"), (*one.axes[:-1], over, one.axes[-1])) for one in start]
    first = len(composition.applications)
    composition.applications += [Application(shift, (s, s), b) for s, b in zip(start, before, strict=True)]
    given = cell(*before)
    after = (given,) if isinstance(given, Tensor) else tuple(given)
    if [one.axes for one in after] != [one.axes for one in before]:
        raise NotationError(
            f"recurrent(…, over={over}): the cell gives {', '.join(map(str, after)) or 'nothing'}; expected a state "
            f"for each that it takes, with its axes: {', '.join(map(str, before))}."
        )
    for place, (state, one, tensor) in enumerate(zip(after, start, before, strict=True)):
        composition.applications[first + place] = Application(shift, (state, one), tensor)
    return after[0] if isinstance(given, Tensor) else after


def _free_name(wanted: str) -> str:
    composition = composing_now()
    taken = {application.result.name for application in composition.applications}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}{number}", number + 1
    return name
