"""Ways to edit a backward pass: an adjoint defined anew, an operand read otherwise, a result changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gdverify.codegen.nodes import Node, name
from gdverify.codegen.program import Statement, program, statement_of
from gdverify.derivation.graph import Definition, Reference, Term
from gdverify.derivation.steps import Derivation
from gdverify.notation.axes import Axis
from gdverify.notation.tensors import Tensor
from gdverify.slips.slip import Edits


def redefined(adjoint: Definition, terms: Sequence[Term], before: Sequence[Statement] = ()) -> Edits:
    """The adjoint with other terms, after statements that these need."""
    target = adjoint.tensor.name
    made = statement_of(replace(adjoint, terms=tuple(terms)), target[1:], returned=True)
    return {target: (*before, made)}


def with_term(adjoint: Definition, old: Term, new: Term, before: Sequence[Statement] = ()) -> Edits:
    """The adjoint with one term exchanged."""
    return redefined(adjoint, [new if part is old else part for part in adjoint.terms], before)


def reading(part: Term, old: Reference, new: Reference) -> Term:
    """The term with one operand exchanged."""
    return Term(part.reduced, part.body, tuple(new if ref is old else ref for ref in part.operands))


def seen(ref: Reference, operator: str, detail: Any) -> tuple[Reference, Statement]:
    """What a reference reads, rearranged: the reference to it, and the statement that makes it."""
    made = Tensor(f"{ref.tensor.name}_{operator}", ref.tensor.axes)
    return Reference(made, ref.places), Statement(made.name, Node(operator, (name(ref.tensor.name),), detail), "")


def with_view(adjoint: Definition, part: Term, ref: Reference, operator: str, detail: Any) -> Edits:
    """The adjoint with one operand of one term rearranged."""
    new, before = seen(ref, operator, detail)
    return with_term(adjoint, part, reading(part, ref, new), [before])


def right(tensor: Tensor) -> Node:
    """The right adjoint, as `afterwards` keeps it."""
    return name(f"d{tensor.name}_right")


def afterwards(derivation: Derivation, tensor: Tensor, value: Node) -> Edits:
    """The adjoint computed rightly, and then another value, made of what is `right`."""
    target = f"d{tensor.name}"
    (made,) = (statement for statement in program(derivation).every_adjoint if statement.target == target)
    kept = Statement(f"{target}_right", made.node, made.said)
    return {target: (kept, Statement(target, value, ""))}


def term_of(adjoint: Definition, part: Term) -> str:
    """Which of several terms is meant, for a message."""
    return f", in the term with {_arrays(part)}{among(adjoint, part)}" if len(adjoint.terms) > 1 else ""


def among(adjoint: Definition, part: Term) -> str:
    """How a term differs from others that read the same, for a message: ``x − mean`` reads x twice."""
    if sum(_arrays(other) == _arrays(part) for other in adjoint.terms) < 2:
        return ""
    return f" summed over {', '.join(map(str, part.reduced))}" if part.reduced else " as it is"


def standing(adjoint: Definition, part: Term, ref: Reference) -> str:
    """Which of two readings of an array in one term is meant, for a message: ``w Σ w dw``."""
    if sum(other.tensor is ref.tensor for other in part.arrays) < 2:
        return ""
    return " inside the sum" if any(place >= len(adjoint.tensor.axes) for place in ref.places) else " before the sum"


def _arrays(part: Term) -> str:
    return " and ".join(dict.fromkeys(ref.tensor.name for ref in part.arrays))


def exchanged(tensor: Tensor, axes: tuple[int, int]) -> str:
    """Which of more than two axes are exchanged, for a message."""
    if len(tensor.axes) < 3:
        return ""
    first, second = (axis_of(tensor, at) for at in axes)
    return f" ({first} and {second} exchanged)"


def axis_of(tensor: Tensor, at: int) -> str:
    """The name of an axis, with a prime where it is the second one of its name."""
    return f"{tensor.axes[at]}{'′' * tensor.axes[:at].count(tensor.axes[at])}"


def wanted(derivation: Derivation) -> Iterator[tuple[Tensor, Definition]]:
    """The gradients that are asked for, from the result backwards."""
    for tensor, adjoint in derivation.every_adjoint.items():
        if tensor in derivation.wanted:
            yield tensor, adjoint


def is_adjoint(tensor: Tensor) -> bool:
    """Whether it is a gradient, the one that is given included."""
    return tensor.role in ("adjoint", "upstream")


def data_axes(derivation: Derivation) -> list[Axis]:
    """The axes of the data: those that no parameter has; for an operation, the first axis of its first operand."""
    parameters = derivation.composition.role("parameter")
    if not parameters:
        return list(derivation.composition.declared[0].axes[:1])
    learned = {axis for tensor in parameters for axis in tensor.axes}
    return [axis for axis in derivation.composition.axes if axis not in learned]
