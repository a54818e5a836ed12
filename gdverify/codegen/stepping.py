"""One step of a loop: a definition at one index of the axis of the steps, and how a whole loop is run.

Of every tensor that has the axis the slice at that index is read, of a state what the step before has made of it. In an
expression of a step the slice goes by the name of its tensor; `CARRIED` names what another step has made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gdverify.codegen.lower import lower
from gdverify.codegen.moves import selected
from gdverify.codegen.nodes import Node, evaluate, name, names, number
from gdverify.derivation.graph import Definition, Loop, Reference, Term, slot, term
from gdverify.notation.axes import Axis
from gdverify.notation.selectors import Constant
from gdverify.notation.tensors import Tensor

CARRIED = "@"


@dataclass(frozen=True)
class Step:
    """How a statement is part of a loop.

    Attributes:
        loop: the loop.
        axes: of what is computed, all steps together.
        slices: the tensors of which a slice is read, each with the place of the axis.
        carried: what is read of another step, by its name in the expression: the tensor, and how many steps away.
    """

    loop: Loop
    axes: tuple[Axis, ...]
    slices: Mapping[str, int]
    carried: Mapping[str, tuple[str, int]]

    @property
    def place(self) -> int:
        """Of the axis of the steps, in what is computed."""
        return self.axes.index(self.loop.axis)


def lower_step(definition: Definition, like: str | None = None) -> tuple[Node, Step]:
    """The array expression of one step of a definition; arguments as of `lower`."""
    loop = definition.loop
    assert loop is not None
    place = definition.tensor.axes.index(loop.axis)
    stepping = _Stepping(definition, place)
    terms = tuple(found for part in definition.terms if (found := stepping.term(part)) is not None)
    axes = [axis for axis in definition.tensor.axes if axis != loop.axis]
    at_once = Definition(Tensor(definition.tensor.name, axes), terms)
    node = lower(at_once, like)
    outside = stepping.starts.pop("", None)
    for carried, start in stepping.starts.items():
        node = _started(node, carried, outside or start)
    slices = {t.name: t.axes.index(loop.axis) for t in stepping.read if loop.axis in t.axes}
    if like is not None and like in names(node):
        slices[like] = place
    return node, Step(loop, definition.tensor.axes, slices, stepping.carried)


class _Stepping:
    """Turns the terms of a definition into those of one step."""

    def __init__(self, definition: Definition, place: int) -> None:
        self.axis = definition.tensor.axes[place]
        self.place = place
        self.read: dict[Tensor, None] = {}
        self.carried: dict[str, tuple[str, int]] = {}
        self.starts: dict[str, Node] = {}

    def term(self, part: Term) -> Term | None:
        """The term at one step; None where it is what another one starts with."""
        move = selected(part)
        if move is None or move.selector.axes[0] != self.axis:
            return term(part.reduced, part.body, [self._slice(ref) for ref in part.operands], part.reduction)
        if not move.steps:
            # What stands at the first step alone is what is carried into it.
            self.starts[""] = name(move.moved.tensor.name)
            return None
        forth = move.read in move.moved.places
        offset = int(move.selector.start) * (1 if forth else -1)
        carried = f"{move.moved.tensor.name}{CARRIED}{offset:+d}"
        self.carried[carried] = (move.moved.tensor.name, offset)
        self.starts[carried] = number(0)
        axes = [axis for axis in move.moved.tensor.axes if axis != move.selector.axes[0]]
        return term((), slot(0), [Reference(Tensor(carried, axes), tuple(range(len(axes))))])

    def _slice(self, ref: Reference) -> Reference:
        if isinstance(ref.tensor, Constant):
            return Reference(ref.tensor, tuple(p - (p > self.place) for p in ref.places))
        self.read[ref.tensor] = None
        kept = [at for at, place in enumerate(ref.places) if place != self.place]
        axes = [ref.tensor.axes[at] for at in kept]
        places = (ref.places[at] for at in kept)
        return Reference(Tensor(ref.tensor.name, axes), tuple(p - (p > self.place) for p in places))


def _started(node: Node, carried: str, start: Node) -> Node:
    """The expression with what is carried in from outside the loop at its first step."""
    if node.operator == "name" and node.detail == carried:
        return Node("carried", (node, start))
    return Node(node.operator, tuple(_started(part, carried, start) for part in node.arguments), node.detail)


def stepped(
    statements: Sequence[Any], known: Mapping[str, Any], arithmetic: Mapping[str, Callable[..., Any]]
) -> dict[str, Any]:
    """The values of every target of a loop, stacked along the axis of its steps."""
    outside: dict[str, int] = {}
    for statement in statements:
        outside |= {n: at for n, at in statement.step.slices.items() if n in known}
    # A step may read nothing that has one entry for each step.
    counts = [known[n].shape[at] for n, at in outside.items()]
    count = counts[0] if counts else arithmetic["count"](None, known[statements[0].step.loop.axis.name])
    made: dict[str, dict[int, Any]] = {statement.target: {} for statement in statements}
    turns = range(count)
    for t in reversed(turns) if statements[0].step.loop.backwards else turns:
        here = {**known, **{n: arithmetic["take"]((at, t), known[n]) for n, at in outside.items()}}
        for statement in statements:
            for carried, (tensor, offset) in statement.step.carried.items():
                here[carried] = made[tensor].get(t + offset)
            made[statement.target][t] = here[statement.target] = evaluate(statement.node, here, arithmetic)
    return {
        statement.target: arithmetic["stack"](statement.step.place, *(made[statement.target][t] for t in turns))
        for statement in statements
    }
