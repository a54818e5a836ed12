"""From one thing that was found to its piece of a file: spelled out where that says the same, or else found again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gdverify.auditing.subject import Subject
from gdverify.binding.finding.units import Unit
from gdverify.binding.hand.subject import HandSubject
from gdverify.binding.reporting import Found
from gdverify.binding.subject import BoundSubject
from gdverify.writing import agreeing, bound, own
from gdverify.writing.called import Called
from gdverify.writing.layout import Written, quoted
from gdverify.writing.piece import BIND, FOUND, Piece
from gdverify.writing.scope import Scope, Unspellable, module_of
from gdverify.writing.training import Training


def pieces(found: tuple[Found, ...], unit: Unit, called: Called, asked: Mapping[str, str | None]) -> Iterator[Piece]:
    """The pieces of everything that was found in a unit.

    Args:
        found: what `gdverify.binding.subjects.find_subjects` gave.
        unit: as discovered.
        called: what the unit's file and the unit are called in the text.
        asked: the loss, the architecture and the term that were named.
    """
    for one in found:
        try:
            yield _spelled(one, unit, called)
        except Unspellable as why:
            yield _found_again(one, unit, called, asked, str(why))


def label(one: Found, unit: Unit) -> str:
    """What a thing is called in its file: ``Dense(activation=sigmoid)``."""
    name = one.subject.name if isinstance(one, BoundSubject) else one.name
    return name.removeprefix(unit.qualified.removesuffix(unit.name))


def _spelled(one: Found, unit: Unit, called: Called) -> Piece:
    """The first way of writing the binding that says what was found."""
    refused: Unspellable | None = None
    for way in (True, False):
        try:
            return _in_one_way(one, unit, called, way)
        except Unspellable as why:
            refused = refused or why
    assert refused is not None
    raise refused


def _in_one_way(one: Found, unit: Unit, called: Called, way: bool) -> Piece:
    scope = Scope(unit, module_of(called.place), called.module)
    name = called.thing(label(one, unit))
    if isinstance(one, BoundSubject):
        if one.constant is not None and one.constant.constant.harmless:
            raise Unspellable("no loss is stated, and a multiple of the gradients of any is right as well")
        definition, arguments = bound.spelled(one, scope, f"run_{name}", way)
        text = agreeing.made(definition, arguments, scope)
        agreeing.agree(text, one.subject, Training(one.binding, by_place=True).rate_found)
        arguments |= _dtypes(text, one.subject)
    else:
        definition, arguments = own.spelled(one, scope, f"run_{name}", way)
        own.agree(agreeing.made(definition, arguments, scope), one)
    title = called.title(label(one, unit))
    named: dict[str, Written] = {**arguments, "name": quoted(title)}
    return Piece(title, name, tuple(scope.imports), definition, BIND, named)


def _dtypes(text: HandSubject, found: Subject) -> dict[str, Written]:
    """The dtypes, where a binding by hand would be given more than what it was found to keep."""
    kept = tuple(found.dtypes)
    return {} if set(text.space().dtypes) <= {*kept} else {"dtypes": f"[{', '.join(map(quoted, kept))}]"}


def _found_again(one: Found, unit: Unit, called: Called, asked: Mapping[str, str | None], why: str) -> Piece:
    line = one.line.replace(unit.qualified, unit.name)
    said = {name: quoted(value) for name, value in asked.items() if value is not None}
    arguments: dict[str, Written] = {"": f"{quoted(called.path)}, {quoted(label(one, unit))}", **said}
    remark = f"Found again in each run, since a binding by hand cannot say it: {why.rstrip('.')}.\n{line}"
    title, name = called.title(label(one, unit)), called.thing(label(one, unit))
    return Piece(title, name, function=FOUND, arguments=arguments, remark=remark)
