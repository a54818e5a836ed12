"""Slips in the structure of a backward pass: what is read, what is left out, where it stops."""

from __future__ import annotations

from collections.abc import Iterator

from gdverify.codegen.nodes import Node, name, number
from gdverify.codegen.program import Statement
from gdverify.derivation.graph import Reference
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor
from gdverify.slips.editing import among, is_adjoint, reading, reading_of, redefined, wanted, with_term
from gdverify.slips.slip import Change, Slip


def _detached(derivation: Derivation) -> Iterator[Change]:
    for tensor, _ in wanted(derivation):
        yield _zero(tensor)


def _cut(derivation: Derivation) -> Iterator[Change]:
    """The chain cut at a tensor on the way, such as the state that a recurrence carries back."""
    for tensor in derivation.every_adjoint:
        if tensor.role == "intermediate":
            yield _zero(tensor)


def _zero(tensor: Tensor) -> Change:
    target = f"d{tensor.name}"
    zeros = Statement(target, Node("full_like", (name(tensor.name), number(0))), f"{target} = 0")
    return Change({target: (zeros,)}, {"target": target, "tensor": tensor.name}, tensor.name)


def _reader_dropped(derivation: Derivation) -> Iterator[Change]:
    for tensor, adjoint in derivation.every_adjoint.items():
        for dropped in adjoint.terms if len(adjoint.terms) > 1 else ():
            edits = redefined(adjoint, [part for part in adjoint.terms if part is not dropped])
            read = ", ".join(dict.fromkeys(ref.tensor.name for ref in dropped.arrays)) + among(adjoint, dropped)
            yield Change(edits, {"target": f"d{tensor.name}", "read": read}, read)


def _overwritten(derivation: Derivation) -> Iterator[Change]:
    for tensor, adjoint in derivation.every_adjoint.items():
        if len(adjoint.terms) > 1:
            yield Change(redefined(adjoint, adjoint.terms[-1:]), {"target": f"d{tensor.name}"})


def _other_adjoint(derivation: Derivation) -> Iterator[Change]:
    """An adjoint that is known by then, of the same shape, in place of the right one."""
    before: list[Tensor] = [] if derivation.upstream is None else [derivation.upstream]
    for adjoint in derivation.every_adjoint.values():
        for part in adjoint.terms:
            for ref in part.arrays:
                for other in before if is_adjoint(ref.tensor) else ():
                    if other is not ref.tensor and other.axes == ref.tensor.axes:
                        edits = with_term(adjoint, part, reading(part, ref, Reference(other, ref.places)))
                        words = {
                            "target": adjoint.tensor.name,
                            "read": other.name,
                            "right": ref.tensor.name + reading_of(adjoint, part, ref),
                        }
                        yield Change(edits, words, f"{other.name} {ref.tensor.name}")
        before.append(adjoint.tensor)


def _other_value(derivation: Derivation) -> Iterator[Change]:
    """Another tensor of the forward pass, of the same shape, in place of the right one."""
    values = [*derivation.composition.role("input"), *(d.tensor for d in derivation.forward[:-1])]
    for _, adjoint in wanted(derivation):
        for part in adjoint.terms:
            for ref in part.arrays:
                for other in values if ref.tensor in values else ():
                    if other is not ref.tensor and other.axes == ref.tensor.axes:
                        edits = with_term(adjoint, part, reading(part, ref, Reference(other, ref.places)))
                        words = {
                            "target": adjoint.tensor.name,
                            "read": other.name,
                            "right": ref.tensor.name + reading_of(adjoint, part, ref),
                        }
                        yield Change(edits, words, f"{other.name} {ref.tensor.name}")


def _upstream_ignored(derivation: Derivation) -> Iterator[Change]:
    given = derivation.upstream
    if given is None:
        return
    ones = Tensor(f"{given.name}_ones", given.axes)
    made = Statement(ones.name, Node("full_like", (name(given.name), number(1))), f"{ones.name} = 1")
    for adjoint in derivation.every_adjoint.values():
        if given in adjoint.operands:
            terms = [
                reading(part, ref, Reference(ones, ref.places))
                for part in adjoint.terms
                for ref in part.arrays
                if ref.tensor is given
            ]
            yield Change(redefined(adjoint, terms, [made]), {"target": adjoint.tensor.name, "given": given.name})


STRUCTURE: tuple[Slip, ...] = (
    Slip("parameter detached", "{target} is 0: {tensor} is cut off from the loss", _detached),
    Slip("not carried back", "{target} is taken as 0: nothing goes back through {tensor}", _cut),
    Slip(
        "gradient that arrives ignored", "{target} is computed as if {given} were 1 in every entry", _upstream_ignored
    ),
    Slip("wrong gradient read", "{target} is computed from {read}, where the chain rule has {right}", _other_adjoint),
    Slip("wrong value read", "{target} is computed from {read}, where the chain rule has {right}", _other_value),
    Slip("one reader forgotten", "{target} lacks what comes through {read}", _reader_dropped),
    Slip(
        "overwritten instead of added up",
        "{target} is overwritten by the last of its contributions, where all should be added up",
        _overwritten,
    ),
)
