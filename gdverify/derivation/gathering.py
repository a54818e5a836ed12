"""Scales and sums as a person gathers them: ``Σ g dY`` is ``g Σ dY``, and a sum that is known is read, not added again.

The chain rule goes through ``y = g x̂ + b`` one step at a time: first ``dx̂ = g dy``, an array of its own, then what
reads it. Where g stands in front of every sum in which dx̂ is read, the readers take dy, and g where they end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import sympy

from gdverify.derivation.graph import Definition, Reference, Term, axis_at, slot, term
from gdverify.notation.axes import Axis
from gdverify.notation.tensors import Tensor

Sum = tuple[tuple[Axis, ...], sympy.Expr, tuple[Reference, ...]]


def without_scales(made: Mapping[Tensor, Definition], kept: Collection[Tensor]) -> dict[Tensor, Definition]:
    """The adjoints without those that only scale another, where whoever reads them may as well scale less.

    Args:
        made: the adjoints in the order in which they are computed, by the tensor.
        kept: tensors whose adjoints are asked for.
    """
    left = dict(made)
    readers: dict[Tensor, list[Tensor]] = {}
    for tensor, definition in made.items():
        for operand in definition.operands:
            readers.setdefault(operand, []).append(tensor)
    for tensor in made:
        scaled = left[tensor]
        reading = readers.get(scaled.tensor, ())
        if tensor in kept or not _only_scales(scaled):
            continue
        if not all(_loses_nothing(scaled, left[other]) for other in reading):
            continue
        del left[tensor]
        for other in reading:
            left[other] = _through(left[other], scaled)
            for operand in scaled.operands:
                readers.setdefault(operand, []).append(other)
    return left


def _reads(part: Term, tensor: Tensor) -> bool:
    return any(ref.tensor is tensor for ref in part.operands)


def _only_scales(definition: Definition) -> bool:
    """Whether it is an array of all the axes times smaller ones."""
    if definition.loop or len(definition.terms) != 1 or definition.terms[0].reduced or definition.terms[0].moves:
        return False
    (part,) = definition.terms
    sizes = sorted(len(ref.places) for ref in part.operands)
    product = part.body == sympy.Mul(*(slot(at) for at in range(len(part.operands))))
    return product and len(sizes) == 2 and sizes[0] < sizes[1] == len(definition.tensor.axes)


def _loses_nothing(scaled: Definition, reader: Definition) -> bool:
    return reader.loop is None and all(_ends_outside(scaled, reader, part) for part in reader.terms)


def _ends_outside(scaled: Definition, reader: Definition, part: Term) -> bool:
    """Whether a term that reads it loses nothing: the scale stands before its sum, or meets another scale."""
    own = len(reader.tensor.axes)
    found = [ref for ref in part.operands if ref.tensor is scaled.tensor]
    if not found:
        return True
    (ref, *more), at = found, part.operands.index(found[0])
    if more or part.moves or part.reduction != "total" or slot(at) not in sympy.Mul.make_args(part.body):
        return False
    small = min(scaled.terms[0].operands, key=lambda one: len(one.places))
    if any(ref.places[place] >= own for place in small.places):
        return False
    outside = [r for r in part.operands if r is not ref and len(r.places) < own and all(p < own for p in r.places)]
    return bool(part.reduced or outside)


def _through(reader: Definition, scaled: Definition) -> Definition:
    return replace(reader, terms=tuple(_in_its_place(part, scaled) for part in reader.terms))


def _in_its_place(part: Term, scaled: Definition) -> Term:
    if not _reads(part, scaled.tensor):
        return part
    at = next(at for at, ref in enumerate(part.operands) if ref.tensor is scaled.tensor)
    places = part.operands[at].places
    inner = [Reference(r.tensor, tuple(places[place] for place in r.places)) for r in scaled.terms[0].operands]
    product = sympy.Mul(*(slot(len(part.operands) + k) for k in range(len(inner))))
    return term(part.reduced, part.body.xreplace({slot(at): product}), [*part.operands, *inner])


def reading_sums(made: Mapping[Tensor, Definition]) -> dict[Tensor, Definition]:
    """The adjoints, each of which reads the sums that stand before it in the place of adding up again."""
    known: dict[Sum, Tensor] = {}
    left: dict[Tensor, Definition] = {}
    for tensor, definition in made.items():
        terms = definition.terms if definition.loop else tuple(_known(definition, p, known) for p in definition.terms)
        left[tensor] = replace(definition, terms=terms)
        if len(terms) == 1 and definition.loop is None:
            for sums, outside, places in _sums(definition, terms[0]):
                if outside == 1 and places == tuple(range(len(definition.tensor.axes))):
                    known.setdefault(sums, definition.tensor)
    return left


def _known(definition: Definition, part: Term, known: Mapping[Sum, Tensor]) -> Term:
    for sums, outside, places in _sums(definition, part):
        if sums in known:
            ref = Reference(known[sums], places)
            return term((), outside * slot(len(part.operands)), [*part.operands, ref])
    return part


def _sums(definition: Definition, part: Term) -> Iterator[tuple[Sum, sympy.Expr, tuple[int, ...]]]:
    """What a term sums up, whatever its indices are called, what stands outside, and the indices that are left."""
    own = len(definition.tensor.axes)
    if not part.reduced or part.moves or part.reduction != "total":
        return
    inside = [ref for ref in part.operands if any(place >= own for place in ref.places)]
    slots = [slot(part.operands.index(ref)) for ref in inside]
    outside, summed = part.body.as_independent(*slots, as_Add=False)
    if summed != sympy.Mul(*slots):
        return
    left = tuple(sorted({place for ref in inside for place in ref.places if place < own}))
    moved = {place: at for at, place in enumerate([*left, *range(own, own + len(part.reduced))])}
    refs = sorted((_moved(ref, moved) for ref in inside), key=lambda ref: (ref.tensor.name, ref.places))
    axes = tuple(axis_at(definition, part, place) for place in left)
    yield ((*axes, *part.reduced), sympy.Integer(len(left)), tuple(refs)), outside, left


def _moved(ref: Reference, places: Mapping[int, int]) -> Reference:
    return Reference(ref.tensor, tuple(places[place] for place in ref.places))


def gathered(made: Mapping[Tensor, Definition], kept: Sequence[Tensor]) -> dict[Tensor, Definition]:
    """The adjoints with scales and sums gathered; arguments as of `without_scales`."""
    return reading_sums(without_scales(made, kept))
