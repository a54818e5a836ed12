"""Slips that show in some calls only: in the order of statements, in what is kept, in sizes and signs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy

from gdverify.codegen.nodes import Node, name, number
from gdverify.codegen.program import Statement
from gdverify.derivation.graph import Reference
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor
from gdverify.slips.editing import (
    afterwards,
    axis_of,
    data_axes,
    is_adjoint,
    reading,
    right,
    standing,
    term_of,
    wanted,
    with_term,
    with_view,
)
from gdverify.slips.slip import BEFORE, Change, Slip

LEARNING_RATES = tuple(map(sympy.Rational, ("1/10", "1/100", "1/1000", "1/2", "1")))
HALF = sympy.Rational(1, 2)


def _updated(derivation: Derivation) -> Iterator[Change]:
    """A weight that has been updated already is read on the way back."""
    known: set[Tensor] = set()
    parameters = set(derivation.composition.role("parameter"))
    for tensor, adjoint in derivation.every_adjoint.items():
        for part in adjoint.terms:
            for ref in part.arrays if tensor not in parameters else ():
                for rate in LEARNING_RATES if ref.tensor in parameters & known else ():
                    new = Tensor(f"{ref.tensor.name}_new", ref.tensor.axes)
                    step = Node("mul", (number(rate), name(f"d{ref.tensor.name}")))
                    before = Statement(new.name, Node("sub", (name(ref.tensor.name), step)), "")
                    edits = with_term(adjoint, part, reading(part, ref, Reference(new, ref.places)), [before])
                    words = {"weight": ref.tensor.name, "target": adjoint.tensor.name, "rate": f"{float(rate):g}"}
                    yield Change(edits, words, words["rate"])
        known.add(tensor)


def _accumulated(derivation: Derivation) -> Iterator[Change]:
    for tensor, _ in wanted(derivation):
        target = f"d{tensor.name}"
        total = Node("add", (name(f"{target}{BEFORE}"), right(tensor)))
        yield Change(afterwards(derivation, tensor, total), {"target": target})


def _overwritten_cache(place: int) -> Callable[[Derivation], Iterator[Change]]:
    """What the forward pass keeps of every sample is that of one sample only."""

    def changes(derivation: Derivation) -> Iterator[Change]:
        data = data_axes(derivation)
        for adjoint in derivation.every_adjoint.values():
            for part in adjoint.terms:
                for ref in part.arrays:
                    for at, axis in enumerate(ref.tensor.axes if not is_adjoint(ref.tensor) else ()):
                        if axis in data:
                            edits = with_view(adjoint, part, ref, "repeat", (at, place))
                            words = {
                                "target": adjoint.tensor.name,
                                "read": ref.tensor.name,
                                "axis": axis_of(ref.tensor, at),
                            }
                            words["term"] = standing(adjoint, part, ref) + term_of(adjoint, part)
                            yield Change(edits, words, axis.name)

    return changes


def _right_only_where(
    conditions: Callable[[Derivation, Tensor], Iterator[tuple[str, Node]]],
) -> Callable[[Derivation], Iterator[Change]]:
    """Right where a condition on sizes holds, and twice as large elsewhere."""

    def changes(derivation: Derivation) -> Iterator[Change]:
        for tensor, _ in wanted(derivation):
            for said, holds in conditions(derivation, tensor):
                edits = afterwards(derivation, tensor, _doubled_unless(holds, right(tensor)))
                yield Change(edits, {"target": f"d{tensor.name}", "sizes": said}, said)

    return changes


def _doubled_unless(holds: Node, value: Node) -> Node:
    return Node("where", (holds, value, Node("mul", (number(2), value))))


# Sizes are compared with halves, so that no comparison is a tie.


def _one_sample(derivation: Derivation, tensor: Tensor) -> Iterator[tuple[str, Node]]:
    for axis in data_axes(derivation):
        yield f"{axis} = 1", Node("lt", (name(axis.name), number(3 * HALF)))


def _one_output(derivation: Derivation, tensor: Tensor) -> Iterator[tuple[str, Node]]:
    for axis in derivation.prediction.axes[-1:]:
        if axis not in data_axes(derivation):
            yield f"{axis} = 1", Node("lt", (name(axis.name), number(3 * HALF)))


def _square(derivation: Derivation, tensor: Tensor) -> Iterator[tuple[str, Node]]:
    if len(tensor.axes) == 2:
        rows, columns = (name(axis.name) for axis in tensor.axes)
        difference = Node("pow", (Node("sub", (rows, columns)),), sympy.Integer(2))
        yield f"{tensor.axes[0]} = {tensor.axes[1]}", Node("lt", (difference, number(HALF)))


def _even(derivation: Derivation, tensor: Tensor) -> Iterator[tuple[str, Node]]:
    for axis in dict.fromkeys([*data_axes(derivation), *tensor.axes]):
        yield f"even {axis}", Node("lt", (Node("odd", (name(axis.name),)), number(HALF)))


def _positive(derivation: Derivation) -> Iterator[Change]:
    """The magnitude of an input stands where the input should."""
    inputs = derivation.composition.role("input")
    for adjoint in derivation.every_adjoint.values():
        for part in adjoint.terms:
            for ref in part.operands:
                if ref.tensor in inputs:
                    words = {"target": adjoint.tensor.name, "read": ref.tensor.name, "term": term_of(adjoint, part)}
                    yield Change(with_view(adjoint, part, ref, "absolute", None), words)


def _everywhere(derivation: Derivation) -> Iterator[Change]:
    yield Change({})


PRECISION: tuple[Slip, ...] = (
    Slip(
        "single precision",
        "the gradients are computed in single precision",
        _everywhere,
        kind="single precision",
        dtype="float32",
    ),
)

BEHAVIOUR: tuple[Slip, ...] = (
    Slip(
        "weight updated too early",
        "{weight} has been updated, with a learning rate of {rate}, before {target} is computed from it",
        _updated,
    ),
    Slip(
        "cache of the last sample",
        "{target} reads {read} of the last {axis} for every one of them{term}",
        _overwritten_cache(-1),
    ),
    Slip(
        "cache of the first sample",
        "{target} reads {read} of the first {axis} for every one of them{term}",
        _overwritten_cache(0),
    ),
    Slip(
        "right for positive inputs only",
        "{target} is computed from |{read}|: right for positive {read} only{term}",
        _positive,
    ),
    Slip(
        "right for one sample only",
        "{target} is right for {sizes} only, and doubled elsewhere",
        _right_only_where(_one_sample),
    ),
    Slip(
        "right for one output only",
        "{target} is right for {sizes} only, and doubled elsewhere",
        _right_only_where(_one_output),
    ),
    Slip(
        "right for square shapes only",
        "{target} is right for {sizes} only, and doubled elsewhere",
        _right_only_where(_square),
    ),
    Slip(
        "right for even sizes only",
        "{target} is right for {sizes} only, and doubled elsewhere",
        _right_only_where(_even),
    ),
    Slip("added up over calls", "{target} is added to that of the call before", _accumulated, kind="accumulates"),
)
