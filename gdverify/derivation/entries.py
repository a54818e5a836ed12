"""The chain rule for one entry at a time: ``∂T[f]/∂y[g]`` for tensors T, without an array of f and g.

Most tensors read the entry y[g] at indices that are those of g: ``e[n, o] = exp(y[n, o])`` depends on y[n, o] alone. So
an index of T that has to be one of g is *aligned* with it, and what is left is a tensor of g and of the indices that
are not. Where a sum runs over an aligned index, it takes that index from g and is no sum any more:

    s[n] = Σ_o e[n, o]      ∂s[n]/∂y[g] = e[g], its index n aligned with the first of g.

What is asked for pins indices of T to those of g beforehand: the diagonal of the Hessian is that of the gradient at g.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

import sympy

from gdverify.derivation.graph import Definition, Reference, Term, axis_at, in_slots_of, slot, term
from gdverify.derivation.tangent import changing, slope_of
from gdverify.errors import NotationError
from gdverify.notation.tensors import Tensor

Aligned = tuple[int | None, ...]  # for each index of a tensor, that of g which it is


@dataclass(frozen=True)
class Share:
    """A part of a derivative: what it is where indices of the tensor are those of g.

    Attributes:
        aligned: which they are; None for an index that is free.
        body: in slots, as of a `Term`.
        operands: of the slots; places are those of g, then those of the tensor.
    """

    aligned: Aligned
    body: sympy.Expr
    operands: tuple[Reference, ...]


class EntrySlopes:
    """The derivatives of tensors by one entry y[g].

    Attributes:
        by: the tensor y.
        made: the definitions that derivatives are read from, in the order in which they are computed.

    Args:
        definitions: a derivation, in an order in which it can be computed.
        by: y.
        taken: names that mean something else; those of new definitions are added.

    Raises:
        NotationError: y goes round a recurrence.
    """

    def __init__(self, definitions: Sequence[Definition], by: Tensor, taken: set[str]) -> None:
        self.by = by
        self.made: list[Definition] = []
        self._taken_names = taken
        self._defined = {definition.tensor: definition for definition in definitions}
        self._changing = changing(definitions, [by])
        rounds = [d.tensor for d in definitions if d.loop is not None and d.tensor in self._changing]
        if rounds:
            raise self._refused(f"it goes round a recurrence, through {rounds[0]}")
        self._shares: dict[tuple[Tensor, Aligned], list[Share]] = {}

    def diagonal(self, tensor: Tensor, name: str) -> Definition:
        """``∂T[g]/∂y[g]`` of a tensor with the axes of y.

        Raises:
            NotationError: y is moved along an axis, or read at one index at two of its axes.
        """
        made = Tensor(name, self.by.axes, "adjoint")
        if tensor not in self._changing:
            return Definition(made, ())
        here = tuple(range(len(self.by.axes)))
        terms = [part for parts in self._terms(tensor, here).values() for part in parts]
        definition = Definition(made, _placed(terms, here, 2 * len(here)))
        return replace(self.made.pop(), tensor=made) if self._renames_the_last(definition) else definition

    def _renames_the_last(self, definition: Definition) -> bool:
        last = self.made[-1].tensor if self.made else None
        if last is None or last.axes != definition.tensor.axes:
            return False
        return definition.terms == (Term((), slot(0), (Reference(last, tuple(range(len(last.axes)))),)),)

    def _of(self, tensor: Tensor, pinned: Aligned) -> list[Share]:
        """The derivative of a tensor, some of whose indices are pinned to those of g."""
        if tensor is self.by:
            return [self._own(pinned)]
        if (tensor, pinned) not in self._shares:
            terms = self._terms(tensor, pinned)
            self._shares[tensor, pinned] = [self._share(tensor, *found) for found in terms.items()]
        return self._shares[tensor, pinned]

    def _own(self, pinned: Aligned) -> Share:
        """``∂y[f]/∂y[g]`` is 1 where every index is that of g, and 0 elsewhere."""
        for place, found in enumerate(pinned):
            if found not in (None, place):
                raise self._refused(f"its axis {self.by.axes[place]} is read at an index of another one")
        return Share(tuple(range(len(self.by.axes))), sympy.Integer(1), ())

    def _terms(self, tensor: Tensor, pinned: Aligned) -> dict[Aligned, list[Term]]:
        """The terms of a derivative by what is aligned in them; places are those of g, then those of the tensor."""
        definition = self._defined[tensor]
        found: dict[Aligned, list[Term]] = {}
        for part in definition.passing:
            for place, operand in enumerate(part.operands):
                outer = slope_of(definition, part, place)
                if operand.tensor not in self._changing or definition.holds(operand.tensor) or outer.body == 0:
                    continue
                if part.moves:
                    raise self._refused(f"{tensor} reads along an axis what depends on it")
                at = tuple(pinned[p] if p < len(pinned) else None for p in operand.places)
                for share in self._of(operand.tensor, at):
                    taken = self._taken(tensor, pinned, operand, share)
                    made = self._product(definition, outer, operand, share, taken)
                    found.setdefault(tuple(map(taken.get, range(len(pinned)))), []).append(made)
        return {aligned: kept for aligned, terms in found.items() if (kept := _joined(terms))}

    def _taken(self, tensor: Tensor, pinned: Aligned, operand: Reference, share: Share) -> dict[int, int]:
        """The indices of a term that are those of g: the pinned ones, and what the derivative of an operand aligns."""
        taken = {place: found for place, found in enumerate(pinned) if found is not None}
        for place, found in zip(operand.places, share.aligned, strict=True):
            if found is not None and taken.setdefault(place, found) != found:
                raise self._refused(f"{tensor} reads {operand.tensor} at one index at two of its axes")
        return taken

    def _product(
        self, definition: Definition, outer: Term, operand: Reference, share: Share, taken: dict[int, int]
    ) -> Term:
        """The derivative by an operand times that of the operand, summed over what is not aligned."""
        of_g, own = len(self.by.axes), len(definition.tensor.axes)
        summed = [place for place in range(own, own + len(outer.reduced)) if place not in taken]
        place_of = {place: of_g + place for place in range(own)}
        place_of |= {place: of_g + own + at for at, place in enumerate(summed)} | taken
        inner = {place: place for place in range(of_g)}
        inner |= {of_g + at: place_of[place] for at, place in enumerate(operand.places)}
        behind = {slot(k): slot(len(outer.operands) + k) for k in range(len(share.operands))}
        operands = [*_moved(outer.operands, place_of), *_moved(share.operands, inner)]
        for ref in operands:
            if len(set(ref.places)) < len(ref.places):
                raise self._refused(f"{definition.tensor} would read {ref.tensor} at one index at two of its axes")
        axes = [axis_at(definition, outer, place) for place in summed]
        return _counted(term(axes, outer.body * share.body.xreplace(behind), operands), of_g + own)

    def _share(self, tensor: Tensor, aligned: Aligned, terms: list[Term]) -> Share:
        """The derivative as it is read: as the one entry or number that it is, else from a definition of its own."""
        if len(terms) == 1 and not terms[0].reduced and len(terms[0].operands) < 2:
            return Share(aligned, terms[0].body, terms[0].operands)
        every = (*self.by.axes, *tensor.axes)
        read = sorted({p for part in terms for ref in part.operands for p in ref.places if p < len(every)})
        axes, placed = tuple(every[place] for place in read), _placed(terms, read, len(every))
        same = (d.tensor for d in self.made if d.tensor.axes == axes and d.terms == placed)
        made = next(same, None) or self._made(Definition(Tensor(self._name(tensor), axes, "adjoint"), placed))
        return Share(aligned, slot(0), (Reference(made, tuple(read)),))

    def _made(self, definition: Definition) -> Tensor:
        self.made.append(definition)
        return definition.tensor

    def _name(self, tensor: Tensor) -> str:
        """``dz_by_y``; another derivative of the same two is ``dz_by_y_2``."""
        stem = f"{tensor.name}_by_{self.by.name}"
        name = next(name for name in chain([stem], (f"{stem}_{k}" for k in count(2))) if name not in self._taken_names)
        self._taken_names.add(name)
        return name

    def _refused(self, why: str) -> NotationError:
        return NotationError(
            f"the diagonal of the Hessian by {self.by}: {why}, and no entry of the gradient can be followed alone; "
            "hessian_product with unit vectors gives the diagonal."
        )


def _moved(operands: Sequence[Reference], places: Mapping[int, int]) -> list[Reference]:
    return [Reference(ref.tensor, tuple(places[place] for place in ref.places)) for ref in operands]


def _placed(terms: Sequence[Term], read: Sequence[int], free: int) -> tuple[Term, ...]:
    """The terms of a definition that has, of that many free indices, those in the given places."""
    places = {place: at for at, place in enumerate(read)}
    longest = max((len(part.reduced) for part in terms), default=0)
    places |= {free + at: len(read) + at for at in range(longest)}
    return tuple(term(part.reduced, part.body, _moved(part.operands, places)) for part in terms)


def _counted(part: Term, free: int) -> Term:
    """The term without sums in which every summand is the same: it is as often there as the axis is long."""
    read = {place for ref in part.operands for place in ref.places}
    kept = [at for at in range(len(part.reduced)) if free + at in read]
    idle = [axis.size for at, axis in enumerate(part.reduced) if at not in kept]
    places = {place: place for place in range(free)} | {free + at: free + new for new, at in enumerate(kept)}
    return term([part.reduced[at] for at in kept], sympy.Mul(part.body, *idle), _moved(part.operands, places))


def _joined(terms: Sequence[Term]) -> list[Term]:
    """The terms with those that are no sums as one, in which they may cancel; without what is 0."""
    entrywise = [part for part in terms if not part.reduced]
    operands = tuple(dict.fromkeys(operand for part in entrywise for operand in part.operands))
    body = sympy.factor_terms(sympy.Add(*(in_slots_of(part, operands) for part in entrywise)))
    return [part for part in (term((), body, operands), *(t for t in terms if t.reduced)) if part.body != 0]
