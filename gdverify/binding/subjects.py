"""All of a unit that can be audited: under each option and mode, against the catalogue or its own forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gdverify.binding.ambiguity import Ambiguous, Unbound
from gdverify.binding.binder import Wish, bind
from gdverify.binding.binding import Binding
from gdverify.binding.calling.constructing import is_known
from gdverify.binding.calling.inside import advice
from gdverify.binding.calling.options import covered, modes
from gdverify.binding.calling.parts import HESSIAN, Parts, parts
from gdverify.binding.finding.units import Unit
from gdverify.binding.own.curvature import bind_diagonal
from gdverify.binding.own.forward import Own
from gdverify.binding.own.search import bind_own
from gdverify.binding.subject import DEPTH, BoundSubject, Implementation, find_subject, made, one_size, wish_of
from gdverify.binding.variants import Variant, differs, of_options, of_strengths, of_windows
from gdverify.derivation.steps import Source
from gdverify.notation.operation import Operation


def find_subjects(
    unit: Unit,
    *,
    loss: str | Operation | None = None,
    against: str | Source | None = None,
    regularisation: str | None = None,
) -> tuple[BoundSubject | Own, ...]:
    """Everything in a unit that can be audited: against the catalogue, or else against its own forward pass.

    Raises:
        Ambiguous: several readings fit; the message asks.
        Unbound: nothing fits; the message says what was tried.
        UnknownName: there is no such loss or architecture.
        UsageError: a regularisation that is none.
    """
    wish = wish_of(loss, against, regularisation)
    try:
        first = find_subject(unit, loss=loss, against=against, regularisation=regularisation)
        further = _further(unit, first, wish)
        return (_with_what_was_not_run(unit, first, further), *further.found)
    except Ambiguous:
        # What the catalogue knows only in part may be exactly the gradient of its own forward pass.
        proved = _proved_by_itself(unit) if _says_nothing(wish) else None
        if proved is None or (wish.term is not None and has_own_loss(proved)):
            raise  # a loss of its own should have the term that was named, and nothing tells whether it has
        return (proved,)
    except Unbound as refused:
        if not _says_nothing(wish):
            raise
        try:
            return _own_in_every_mode(unit) if unit.style != HESSIAN else (bind_diagonal(unit, DEPTH),)
        except Unbound as own:
            raise Unbound(" ".join(filter(None, (str(refused), str(own), advice(parts(unit), DEPTH))))) from own


def has_own_loss(own: Own) -> bool:
    """Whether what it is judged by is a loss that it gives itself, and not what arrives from behind."""
    return not own.shape or bool(own.reduction)


def _proved_by_itself(unit: Unit) -> Own | None:
    try:
        own = bind_own(parts(unit), DEPTH)
    except (Unbound, Ambiguous):
        return None
    return replace(own, name=unit.qualified) if own.proved else None


def _own_in_every_mode(unit: Unit) -> tuple[BoundSubject | Own, ...]:
    """A unit against its own forward pass, and again in each other mode of that, and with each strength switched."""
    consisting = parts(unit)
    first, not_run = replace(bind_own(consisting, DEPTH), name=unit.qualified), []
    others: list[Own] = []
    for said, own in _in_modes(unit, consisting, first.lead.role):
        if own is None:
            not_run.append(said)
        else:
            others.append(own)
    further = _Further(not_run=not_run)
    made = first.construction
    for variant in (*of_strengths(consisting, made), *of_windows(consisting, made)):
        further.add(variant, _in_choice(unit, variant, Wish()), first)
    run = _run(first, consisting, further)
    return (replace(first, covered=run), *others, *further.found)


def _in_modes(unit: Unit, consisting: Parts, role: str) -> Iterator[tuple[str, Own | None]]:
    """The unit against its own forward pass in each mode of that but the default one; None where it does not run."""
    for mode in modes(consisting, role):
        said = ", ".join(f"{name}={value}" for name, value in mode.items())
        try:
            yield said, replace(bind_own(consisting, DEPTH, mode), name=f"{unit.qualified}({said})")
        except (Unbound, Ambiguous):
            yield said, None


def _with_what_was_not_run(unit: Unit, first: BoundSubject, further: _Further) -> BoundSubject:
    if not further.not_run and not further.idle:
        return first
    binding = first.binding
    run = covered(binding.construction, binding.calls, parts(unit), further.not_run, further.idle)
    return replace(first, covered=(*one_size(first.subject.sizes), *run))


@dataclass
class _Further:
    """What became of a unit under other options.

    Attributes:
        found: what can be audited.
        idle: options that change no number.
        not_run: options at which it could not be bound.
    """

    found: list[BoundSubject | Own] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)

    def add(self, variant: Variant, found: BoundSubject | Own | None, first: Binding | Own) -> None:
        """Sort in what was bound under other options than at first."""
        if found is None:
            self.not_run.append(variant.said)
        elif not differs(found if isinstance(found, Own) else found.binding, first):
            self.idle.append(variant.said)
        else:
            self.found.append(found)


def _further(unit: Unit, first: BoundSubject, wish: Wish) -> _Further:
    """The same unit with every other option that it offers; a term that is named is named for the default alone."""
    construction, consisting = first.binding.construction, parts(unit)
    made_so = _Further()
    for variant in of_options(consisting, construction, DEPTH):
        made_so.add(variant, _in_choice(unit, variant, wish), first.binding)
    for said, own in _in_modes(unit, consisting, first.binding.calls[0].role):
        if own is None:
            made_so.not_run.append(said)
        else:
            made_so.found.append(own)
    function = first.subject.function
    assert isinstance(function, Implementation)
    alike = replace(wish, among=function.wish.among)  # a term leaves the forward pass as it is
    for variant in of_strengths(consisting, construction):
        if wish.term is None:
            made_so.add(variant, _in_choice(unit, variant, alike), first.binding)
        else:
            made_so.not_run.append(variant.said)
    return made_so


def _in_choice(unit: Unit, variant: Variant, wish: Wish) -> BoundSubject | Own | None:
    """A unit under options: against the catalogue where that may have them, or else its own forward pass."""
    if not all(map(is_known, variant.choice.values())):
        return _own_in(unit, variant)
    chosen = wish if variant.parts.make is None else replace(wish, choice=variant.choice)
    try:
        name = _name(unit, variant)
        return made(name, variant.parts, chosen, bind(variant.parts, DEPTH, chosen))
    except Unbound:
        return _own_in(unit, variant)
    except Ambiguous:
        own = _own_in(unit, variant)
        return own if own is not None and own.proved else None


def _own_in(unit: Unit, variant: Variant) -> Own | None:
    try:
        own = bind_own(variant.parts, DEPTH, choice=variant.choice)
    except (Unbound, Ambiguous):
        return None
    return replace(own, name=_name(unit, variant), covered=_run(own, variant.parts, _Further()))


def _run(own: Own, consisting: Parts, further: _Further) -> tuple[str, ...]:
    calls = (own.lead, *own.calls)
    return tuple(covered(own.construction, calls, consisting, further.not_run, further.idle))


def _name(unit: Unit, variant: Variant) -> str:
    return f"{unit.qualified}({variant.said})"


def _says_nothing(wish: Wish) -> bool:
    """Whether it is left open what the unit computes; a term alone says nothing of a layer."""
    return replace(wish, term=None) == Wish()
