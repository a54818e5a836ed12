"""What a binding by hand says, held against the architecture before anything is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from gdverify.binding.hand.declared import Hand
from gdverify.binding.hand.grammar import named
from gdverify.binding.hand.own import OwnSubject
from gdverify.binding.hand.program import Script
from gdverify.binding.hand.subject import HandSubject
from gdverify.cases.regimes import REGIMES
from gdverify.cases.strategies import DEPTHS, DTYPES, members
from gdverify.derivation.steps import Derivation, derive
from gdverify.errors import UsageError
from gdverify.notation.architecture import Architecture


def check(
    subject: HandSubject | OwnSubject, hand: Hand, inputs: Mapping[str, Any], options: Mapping[str, Any]
) -> list[str]:
    """Refuse what cannot be meant, and tell the tensors whose gradients are asked for; raises UsageError."""
    if hand.make is None and hand.run is None:
        raise UsageError("bind(): expected make=, what makes the object for a case, or run=, what calls the code.")
    if isinstance(hand.make, Script):
        for place in (*(p for places in hand.places.values() for p in places), *hand.known):
            hand.make.check(getattr(place.steps[0], "name", ""), f"{place}")
    elif hand.run is None:
        raise UsageError("bind(): run=… is missing; expected the calls that give the gradients: lambda c: c.self.….")
    if hand.make is None and (hand.places or hand.known):
        raise UsageError(
            f"places={{{', '.join(map(repr, hand.places))}: …}}: without make= there is no object to put them in; hand "
            "the arrays to the function in run=, or give what makes the object."
        )
    if isinstance(subject, HandSubject):
        return _check_against(subject, hand, inputs)
    return _check_own(hand, inputs, options)


def _check_own(hand: Hand, inputs: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
    if options:
        raise UsageError(f"bind(): options {sorted(options)} belong to an architecture; expected against=… with them.")
    if hand.value is None and hand.output is None and hand.forward is None:
        raise UsageError(
            "bind(): without against=… the gradients are checked against the code's own value: say where it is, "
            'value="returned" for a loss, output="returned[0]" for a result that is handed inputs={"upstream": …}.'
        )
    if hand.steps is not None and (hand.forward is None or hand.rate is None or not hand.places):
        raise UsageError(
            f"steps={hand.steps}: weights that the code makes itself need places=, rate=, and forward= for the value."
        )
    if hand.output is not None and "upstream" not in inputs:
        raise UsageError('output=…: expected inputs={"upstream": (…)} too, the axes of the result.')
    if not any(hand.claims(name) for name in {**hand.places, **inputs, **hand.gradients}):
        raise UsageError("bind(): no gradient is named; say where they are, gradients={…}, or rate= for a change.")
    _known([*hand.gradients], [*hand.places, *inputs], "gradients")
    return [*hand.places]


def _check_against(subject: HandSubject, hand: Hand, inputs: Mapping[str, Any]) -> list[str]:
    for given, said in ((inputs, "inputs"), (hand.steps, "steps")):
        if given:
            raise UsageError(
                f"{said}={given!r}: with against=… the cases are the architecture's, and its arrays are put in their "
                "places; leave it out, or against=…, and say with value= or forward= what the gradients are of."
            )
    for regime in subject.regimes:
        if regime not in REGIMES:
            raise UsageError(
                f"regimes={tuple(subject.regimes)!r}: expected names from {tuple(REGIMES)}, got {regime!r}."
            )
    for dtype in subject.dtypes:
        if dtype not in DTYPES:
            raise UsageError(f"dtypes={tuple(subject.dtypes)!r}: expected names from {DTYPES}, got {dtype!r}.")
    subject.check_declaration()
    derivations = list(_members(subject))
    names = {t.name: None for one in derivations for t in one.every_adjoint} | {
        t.name: None for one in derivations for t in one.arguments
    }
    held = {t.name: None for one in derivations for t in one.arguments}
    _known([*hand.places], list(held), "places")
    _known([*hand.gradients], list(names), "gradients")
    every = [t.name for one in derivations for t in one.wanted]
    for wanted in every:
        if not hand.claims(wanted):
            raise UsageError(
                f"bind(against={subject.source.name!r}): no gradient of {wanted}; say where it is, "
                f"gradients={{{wanted!r}: 'self.d{wanted}'}}, or give its place and rate=, where the change shows it."
            )
    return every


def _members(subject: HandSubject) -> Iterable[Derivation]:
    source = subject.source
    defaults = source.options if isinstance(source, Architecture) else {}
    depths = {name: DEPTHS for name, default in defaults.items() if type(default) is int}
    space = replace(subject.declared, options={**depths, **subject.options})
    return (derive(source, **options) for options in members(space))


def _known(said: Iterable[str], known: Iterable[str], where: str) -> None:
    """Refuse a name, or one with a number to be filled in, that stands for none."""
    names = list(known)
    for one in said:
        if not any(named({one: None}, name) for name in names):
            close = get_close_matches(one, names, n=2, cutoff=0.5)
            hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names)}."
            raise UsageError(f"{where}={{{one!r}: …}}: there is no tensor {one!r}; {hint}")
