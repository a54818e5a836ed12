"""Bindings by hand in words: functions as they are written in the user's file, places as they were given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gdverify.auditing.subject import TIME_LIMIT, Subject
from gdverify.binding.calling.constructing import RATE
from gdverify.binding.files.stubs import Stub
from gdverify.binding.gradients.gradients import rate_text
from gdverify.binding.hand.callables import lambda_text, text
from gdverify.binding.hand.declared import Hand
from gdverify.binding.hand.grammar import Path, named
from gdverify.binding.hand.program import Script
from gdverify.cases.regimes import REGIMES
from gdverify.evidence.allowance import Allowance
from gdverify.notation.operation import Operation

INDENT = "    "
DEFAULTS: dict[str, Any] = {
    "sizes": {},
    "dtypes": (),
    "regimes": tuple(REGIMES),
    "time_limit": TIME_LIMIT,
    **vars(Allowance()),
}


def lines(hand: Hand, wanted: Iterable[str]) -> Iterator[str]:
    """What is where, a fact each.

    Args:
        hand: the binding.
        wanted: the tensors whose gradients are asked for.
    """
    names = [*wanted]
    if hand.make is not None:
        yield f"self = {hand.make if isinstance(hand.make, Script) else text(hand.make)}"
    for place, value in hand.known.items():
        yield f"{place} = {rate_text(value) if isinstance(value, float) else repr(value)}"
    for name, places in hand.places.items():
        yield " = ".join([name, *map(str, places)])
    for what, function in (("returned", hand.run), ("forward", hand.forward)):
        if function is not None:
            yield f"{what} = {text(function)}"
    for name, getters in hand.gradients.items():
        yield f"d{name} = {' + '.join(map(text, getters))}"
    for name, places in hand.places.items():
        meant = [one for one in names if named({name: None}, one)]
        if any(named(hand.gradients, one) is None for one in meant):
            yield f"d{name} = {' + '.join(_from(hand, place) for place in places)}"
    for what, getter in (("value", hand.value), ("output", hand.output)):
        if getter is not None:
            yield f"{what} = {text(getter)}"


def _from(hand: Hand, place: Path) -> str:
    """Where the gradient of a tensor comes from that is in a place."""
    if hand.beneath is not None:
        return f"{hand.beneath} where self is in {place}"
    return f"({place} before − after) / {rate_text(hand.step_length or 1.0)}"


def changed(subject: Subject) -> dict[str, Any]:
    """What of a subject was said, and is not as it is by default."""
    found = {**vars(subject), **vars(subject.allowance)}
    return {name: found[name] for name, default in DEFAULTS.items() if found.get(name, default) != default}


def source(hand: Hand, against: str | None, more: Mapping[str, Any]) -> str:
    """The call that makes the binding, as one would write it; functions that have a name are called by it.

    Args:
        hand: the binding.
        against: the name of what it is judged against.
        more: every other argument, without those that are left at their default.
    """
    gradients: Any = {name: _several([_written(one) for one in getters]) for name, getters in hand.gradients.items()}
    # The name of an architecture with a term is ``mlp + l2(0.01)``.
    name, _, term = (against or "").partition(" + ")
    said = {
        "against": repr(name) if name else None,
        "regularisation": repr(term) if term else None,
        **{name: _argument(value) for name, value in more.items()},
        "places": _mapping({name: _several([repr(str(one)) for one in ones]) for name, ones in hand.places.items()}),
        "run": _optional(hand.run),
        "forward": _optional(hand.forward),
        "gradients": _mapping(gradients) if hand.beneath is None else repr(str(hand.beneath)),
        "rate": _optional(hand.rate),
        "value": _optional(hand.value),
        "output": _optional(hand.output),
        "steps": _optional(hand.steps),
        "set": _mapping({str(place): repr(value) for place, value in hand.settings.items()}),
        "seed": repr(hand.seed) if hand.seed else None,
    }
    if said["value"] == "'returned'" and hand.forward is not None:
        del said["value"]
    first = [] if hand.make is None else [_written(hand.make)]
    arguments = [*first, *(f"{name}={value}" for name, value in said.items() if value is not None)]
    return "gdverify.bind(\n" + "".join(f"{INDENT}{one},\n" for one in arguments) + ")"


def _written(value: Any) -> str:
    if isinstance(value, Script):
        return _script(value)
    if isinstance(value, Path):
        return repr(str(value))
    if isinstance(value, float):
        return f"{rate_text(value)}" if value >= RATE else repr(value)
    if callable(value):
        return lambda_text(value) or str(getattr(value, "__name__", value))
    return repr(value)


def _script(script: Script) -> str:
    """The call that opens a script."""
    stubs = script.stand_ins
    inert = all(isinstance(one, Stub) for one in stubs.values())
    said = {
        "set": _mapping({name: _written(value) for name, value in script.values.items()}),
        "stub": repr([*stubs]) if inert and stubs else _mapping({name: _written(one) for name, one in stubs.items()}),
        "replace": repr(dict(script.edits)) if script.edits else None,
        "seed": repr(script.seed) if script.seed else None,
    }
    arguments = [repr(script.shown), *(f"{name}={value}" for name, value in said.items() if value is not None)]
    return f"gdverify.script({', '.join(arguments)})"


def _argument(value: Any) -> str:
    """A value; of a catalogue's entry its name, of what draws an input what calls it."""
    if isinstance(value, Mapping):
        return _mapping({name: _argument(one) for name, one in value.items()}) or "{}"
    return repr(value.name) if isinstance(value, Operation) else _written(value)


def _optional(value: Any) -> str | None:
    return None if value is None else _written(value)


def _several(written: Sequence[str]) -> str:
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _mapping(written: Mapping[str, str]) -> str | None:
    return "{" + ", ".join(f"{name!r}: {one}" for name, one in written.items()) + "}" if written else None
