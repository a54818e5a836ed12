"""Slips in the sums of a gradient, such as that of a bias over the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gdverify.codegen.nodes import Node, name
from gdverify.codegen.program import Statement
from gdverify.derivation.graph import Definition, Reference, Term
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor
from gdverify.slips.editing import term_of, wanted, with_term, with_view
from gdverify.slips.slip import Change, Edits, Slip


def _sums(derivation: Derivation) -> Iterator[tuple[Definition, Term, int]]:
    """The sums in the gradients that are asked for, by each of the indices that are summed over."""
    for _, adjoint in wanted(derivation):
        for part in adjoint.terms:
            for at in range(len(part.reduced) if not part.moves else 0):
                yield adjoint, part, at


def _each(edit: Callable[[Definition, Term, int], Iterator[Edits]]) -> Callable[[Derivation], Iterator[Change]]:
    def changes(derivation: Derivation) -> Iterator[Change]:
        for adjoint, part, at in _sums(derivation):
            for edits in edit(adjoint, part, at):
                axis = part.reduced[at].name
                yield Change(edits, {"target": adjoint.tensor.name, "axis": axis, "term": term_of(adjoint, part)}, axis)

    return changes


def _only(place: int) -> Callable[[Definition, Term, int], Iterator[Edits]]:
    """The sum replaced by one of its terms."""

    def edit(adjoint: Definition, part: Term, at: int) -> Iterator[Edits]:
        summed = len(adjoint.tensor.axes) + at
        before: list[Statement] = []
        operands = [_taken(ref, summed, place, before) for ref in part.operands]
        reduced = part.reduced[:at] + part.reduced[at + 1 :]
        yield with_term(adjoint, part, Term(reduced, part.body, tuple(operands)), before)

    return edit


def _taken(ref: Reference, summed: int, place: int, before: list[Statement]) -> Reference:
    """What is read, at one value of the index; an operand without it is read as it is."""
    places = tuple(p - (p > summed) for p in ref.places if p != summed)
    if summed not in ref.places:
        return Reference(ref.tensor, places)
    axis = ref.places.index(summed)
    made = Tensor(f"{ref.tensor.name}_at", ref.tensor.axes[:axis] + ref.tensor.axes[axis + 1 :])
    before.append(Statement(made.name, Node("take", (name(ref.tensor.name),), (axis, place)), ""))
    return Reference(made, places)


def _averaged(adjoint: Definition, part: Term, at: int) -> Iterator[Edits]:
    if len(part.operands) == 1:
        yield with_term(adjoint, part, Term(part.reduced, part.body / part.reduced[at].size, part.operands))


def _over_everything(adjoint: Definition, part: Term, at: int) -> Iterator[Edits]:
    """Summed over its own axes too, so that one number stands in every entry."""
    axes = adjoint.tensor.axes
    if at == 0 and len(part.operands) == 1 and axes:
        (ref,) = part.operands
        # The free indices stay free but are read nowhere: what was free is summed as further indices.
        moved = {place: len(axes) + len(part.reduced) + place for place in range(len(axes))}
        places = tuple(moved.get(place, place) for place in ref.places)
        yield with_term(adjoint, part, Term((*part.reduced, *axes), part.body, (Reference(ref.tensor, places),)))


def _along_the_other_axis(derivation: Derivation) -> Iterator[Change]:
    for adjoint, part, at in _sums(derivation):
        for ref in part.operands if len(part.operands) == 1 else ():
            summed = ref.places.index(len(adjoint.tensor.axes) + at)
            for other in range(len(ref.places)):
                if ref.places[other] < len(adjoint.tensor.axes):
                    axis = part.reduced[at].name
                    words = {"target": adjoint.tensor.name, "axis": axis, "term": term_of(adjoint, part)}
                    words["other"] = "the other axis" if len(ref.places) == 2 else f"{ref.tensor.axes[other]} instead,"
                    yield Change(with_view(adjoint, part, ref, "swapped", (summed, other)), words, f"{axis} {other}")


REDUCTIONS: tuple[Slip, ...] = (
    Slip(
        "first term for the sum",
        "{target} is not summed over {axis}: it is that of the first alone{term}",
        _each(_only(0)),
    ),
    Slip(
        "last term for the sum",
        "{target} is not summed over {axis}: it is that of the last alone{term}",
        _each(_only(-1)),
    ),
    Slip(
        "mean for the sum of a bias",
        "{target} is averaged over {axis}, where it should be summed{term}",
        _each(_averaged),
    ),
    Slip(
        "summed over everything",
        "{target} is summed over every axis, and one number stands in all of its entries{term}",
        _each(_over_everything),
    ),
    Slip(
        "per column for per row",
        "{target} is summed along {other} where that has the same size as {axis}{term}",
        _along_the_other_axis,
    ),
)
