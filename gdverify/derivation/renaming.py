"""Definitions that only rename: ``dY[n, k] = dS[n]``. Whoever reads ``dY`` may read ``dS`` itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from gdverify.derivation.graph import Definition, Reference, Term, slot, term
from gdverify.notation.tensors import Tensor


def without_renames(made: Mapping[Tensor, Definition], kept: Collection[Tensor]) -> dict[Tensor, Definition]:
    """The adjoints without those that only rename another, which their readers then read at its own indices.

    Args:
        made: the adjoints in the order in which they are computed, by the tensor.
        kept: tensors whose adjoints are asked for.
    """
    renamed: dict[Tensor, Reference] = {}
    left: dict[Tensor, Definition] = {}
    for tensor, definition in made.items():
        read = replace(definition, terms=tuple(_reading(part, renamed) for part in definition.terms))
        other = _renames(read)
        if other is not None and tensor not in kept:
            renamed[definition.tensor] = other
        else:
            left[tensor] = read
    return left


def _renames(definition: Definition) -> Reference | None:
    """What a definition is another name of, read at its own indices."""
    if len(definition.terms) != 1:
        return None
    (part,) = definition.terms
    return part.operands[0] if not part.reduced and part.body == slot(0) else None


def _reading(part: Term, renamed: Mapping[Tensor, Reference]) -> Term:
    if not any(ref.tensor in renamed for ref in part.operands):
        return part
    return term(part.reduced, part.body, [_seen(ref, renamed) for ref in part.operands], part.reduction)


def _seen(ref: Reference, renamed: Mapping[Tensor, Reference]) -> Reference:
    other = renamed.get(ref.tensor)
    return ref if other is None else Reference(other.tensor, tuple(ref.places[place] for place in other.places))
