"""Adjoints with one value in every entry: ``dloss_exp = 1 / batch`` is read as that number, without an array for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import sympy

from gdverify.codegen.algebra import slots
from gdverify.derivation.graph import Definition, Term, slot, term
from gdverify.notation.functions import select
from gdverify.notation.tensors import Tensor


def reading_numbers(made: Mapping[Tensor, Definition], kept: Collection[Tensor]) -> dict[Tensor, Definition]:
    """The adjoints with the numbers that some of them are in the place of these.

    Args:
        made: the adjoints in the order in which they are computed, by the tensor.
        kept: tensors whose adjoints are asked for.
    """
    every = {d.tensor: _number(d) for tensor, d in made.items() if tensor not in kept}
    numbers = {tensor: number for tensor, number in every.items() if number is not None}
    arrays = {t for definition in made.values() for part in definition.terms for t in _needed(part, numbers)}
    known = {tensor: number for tensor, number in numbers.items() if tensor not in arrays}
    return {
        tensor: replace(definition, terms=tuple(_reading(part, known) for part in definition.terms))
        for tensor, definition in made.items()
        if definition.tensor not in known
    }


def _number(definition: Definition) -> sympy.Expr | None:
    """The value of every entry; None where entries read something."""
    if definition.loop is not None or any(part.operands or part.reduced for part in definition.terms):
        return None
    return sympy.Add(*(part.body for part in definition.terms))


def _needed(part: Term, numbers: Mapping[Tensor, sympy.Expr]) -> list[Tensor]:
    """Of the numbers that a term reads, those without which there is no array whose dtype it has."""
    factors = sympy.Mul.make_args(_reading(part, numbers).body)
    reads = any(slots(factor) and not isinstance(factor, select) for factor in factors)
    if reads and not part.reduced and not part.moves:
        return []
    return [ref.tensor for ref in part.operands if ref.tensor in numbers]


def _reading(part: Term, numbers: Mapping[Tensor, sympy.Expr]) -> Term:
    known = {slot(k): numbers[ref.tensor] for k, ref in enumerate(part.operands) if ref.tensor in numbers}
    return term(part.reduced, part.body.xreplace(known), part.operands, part.reduction) if known else part
