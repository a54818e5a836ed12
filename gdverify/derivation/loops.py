"""Which definitions have to be computed one step after the other: those that a state goes round through.

A definition that leads from the state of the step before to the state of a step is of the loop. What the loop reads of
all steps at once is computed before it, what only reads from it after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gdverify.derivation.graph import Definition, Loop
from gdverify.errors import NotationError
from gdverify.notation.axes import Axis
from gdverify.notation.composition import Composition
from gdverify.notation.recurrence import delayed, hastened
from gdverify.notation.tensors import Tensor


def in_order(definitions: Sequence[Definition], composition: Composition) -> list[Definition]:
    """The definitions with every loop together, in an order in which they can be computed."""
    shifts = [one for one in composition.applications if one.operation in (delayed, hastened)]
    ordered = [*definitions]
    while shifts:
        first = shifts[0]
        ordered, loop = _gathered(ordered, first.result, first.operation is hastened)
        shifts = [one for one in shifts if one.result not in loop.states]
    return ordered


def _gathered(ordered: list[Definition], state: Tensor, backwards: bool) -> tuple[list[Definition], Loop]:
    """The definitions of the loop through a state, moved together."""
    by_tensor = {definition.tensor: definition for definition in ordered}
    ahead = _reached([state], {t: d.operands for t, d in by_tensor.items()})
    readers: dict[Tensor, list[Tensor]] = {}
    for definition in ordered:
        for tensor in definition.operands:
            readers.setdefault(tensor, []).append(definition.tensor)
    behind = _reached([state], readers)
    around = ahead & behind
    if not around:
        raise NotationError(f"recurrent(…): the cell does not use {state}, the state of the step before; drop it.")
    axis = state.axes[-2]
    states = tuple(d.tensor for d in ordered if d.tensor in around and any(part.moves for part in d.terms))
    loop = Loop(axis, states, backwards)
    inside = [replace(d, loop=loop) for d in ordered if d.tensor in around]
    for definition in inside:
        _check(definition, axis)
    places = [at for at, d in enumerate(ordered) if d.tensor in around]
    span = [d for d in ordered[places[0] : places[-1] + 1] if d.tensor not in around]
    before = [d for d in span if d.tensor not in behind]
    after = [d for d in span if d.tensor in behind]
    return [*ordered[: places[0]], *before, *inside, *after, *ordered[places[-1] + 1 :]], loop


def _reached(start: Sequence[Tensor], edges: dict[Tensor, list[Tensor]]) -> set[Tensor]:
    """What can be reached in one step or more."""
    found: set[Tensor] = set()
    waiting = [tensor for one in start for tensor in edges.get(one, ())]
    while waiting:
        tensor = waiting.pop()
        if tensor not in found:
            found.add(tensor)
            waiting.extend(edges.get(tensor, ()))
    return found


def _check(definition: Definition, axis: Axis) -> None:
    """A step may read its own values, and those of the step before."""
    at_once = any(axis in part.reduced for part in definition.terms if not part.moves)
    if at_once or definition.tensor.axes.count(axis) != 1:
        raise NotationError(
            f"recurrent(…, over={axis}): {definition.tensor} looks at several steps at once; a step of the cell may "
            "read its own values, and the states of the step before it."
        )
