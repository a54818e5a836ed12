"""Slips that only square matrices allow: where the shapes fit both ways, nothing complains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from gdverify.codegen.nodes import Node
from gdverify.derivation.graph import Definition, Reference, Term
from gdverify.derivation.steps import Derivation
from gdverify.slips.editing import afterwards, exchanged, is_adjoint, right, standing, term_of, wanted, with_view
from gdverify.slips.slip import Change, Slip


def _operands(derivation: Derivation) -> Iterator[tuple[Definition, Term, Reference, bool]]:
    """What sums of products read in an adjoint, and whether that is a weight: the gradient goes on through it."""
    parameters = set(derivation.composition.role("parameter"))
    for tensor, adjoint in derivation.every_adjoint.items():
        for part in adjoint.terms:
            for ref in part.arrays if part.reduced and len(part.arrays) > 1 else ():
                yield adjoint, part, ref, tensor not in parameters and not is_adjoint(ref.tensor)


def _transposed(weights: bool) -> Callable[[Derivation], Iterator[Change]]:
    def changes(derivation: Derivation) -> Iterator[Change]:
        for adjoint, part, ref, is_weight in _operands(derivation):
            for axes in combinations(range(len(ref.places)), 2):
                if is_weight == weights:
                    words = {
                        "target": adjoint.tensor.name,
                        "read": ref.tensor.name,
                        "how": exchanged(ref.tensor, axes) + standing(adjoint, part, ref) + term_of(adjoint, part),
                    }
                    variant = "" if weights else "gradient" if is_adjoint(ref.tensor) else "value"
                    yield Change(with_view(adjoint, part, ref, "swapped", axes), words, variant)

    return changes


def _results(derivation: Derivation) -> Iterator[Change]:
    for tensor, _ in wanted(derivation):
        for axes in combinations(range(len(tensor.axes)), 2):
            edits = afterwards(derivation, tensor, Node("swapped", (right(tensor),), axes))
            yield Change(edits, {"target": f"d{tensor.name}", "how": exchanged(tensor, axes)}, str(axes))


MATRICES: tuple[Slip, ...] = (
    Slip(
        "weight transposed on the way back",
        "{read} is transposed{how} where {target} is computed, which shows where it is square",
        _transposed(weights=True),
    ),
    Slip("gradient transposed", "{target} is transposed{how} where it is square", _results),
    Slip(
        "operand transposed",
        "{read} is transposed{how} where {target} is computed, which shows where it is square",
        _transposed(weights=False),
    ),
)
