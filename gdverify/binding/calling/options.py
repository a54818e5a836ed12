"""Options and modes: what a constructor and a forward pass offer, and which of it was run.

A pass never stands for what was not run, so that each report says it: options that were chosen, what was left at its
default, and what could not be run.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gdverify.binding.calling.constructing import Construction
from gdverify.binding.calling.parts import Parts
from gdverify.binding.calling.running import Call, parameters_of
from gdverify.binding.recognising.names import ARGUMENTS, CONSTRUCTOR, meanings

OFF = {"dropout", "kept", "truncation"}
SIMPLE = (bool, int, float, str)
DATA = ("input", "target", "upstream", "cache", "parameters", "prediction")


def modes(parts: Parts, role: str) -> list[dict[str, Any]]:
    """The modes of a forward pass beside its default one: ``training=False``."""
    found = []
    for parameter in parts.signature(role):
        if isinstance(parameter.default, bool) and "training" in meanings(parameter.name, ARGUMENTS):
            found.append({parameter.name: not parameter.default})
    return found


def covered(
    construction: Construction | None,
    calls: Sequence[Call],
    parts: Parts,
    not_run: Sequence[str] = (),
    idle: Sequence[str] = (),
) -> Iterator[str]:
    """What of options and modes was run, what was left at its default, what is idle, and what was not run.

    Args:
        construction, calls: as they were made.
        parts: of the unit.
        not_run: options and modes at which it could not be run.
        idle: those at which it gives the same numbers.
    """
    off = [] if construction is None else _switched_off(construction)
    chosen = {} if construction is None else {**_strengths(construction), **construction.choice}
    chosen |= {name: value for name, value, _ in off}
    for call in calls:
        chosen |= {f"{call.role}({name})": value for name, value in call.constants.items() if _is_said(name)}
    if chosen:
        yield ", ".join(f"{name}={_said(value)}" for name, value in chosen.items())
    left = dict.fromkeys([*_left_at_default(construction), *_calls_at_default(calls, parts)])
    if left:
        yield f"at their defaults: {', '.join(left)}"
    if idle:
        yield f"change nothing: {', '.join(idle)}"
    missing = [*(f"{name}={_said(default)}" for name, value, default in off if default != value), *not_run]
    if missing:
        yield f"not run: {', '.join(missing)}"


def _is_said(name: str) -> bool:
    return bool({"training", "regularisation"} & {*meanings(name, ARGUMENTS)})


def _strengths(construction: Construction) -> dict[str, Any]:
    """How much of a term there is, where the constructor has to be told."""
    every = construction.arguments.items()
    return {name: value for name, value in every if "regularisation" in meanings(name, CONSTRUCTOR)}


def _switched_off(construction: Construction) -> list[tuple[str, Any, Any]]:
    """Options that are given a value at which they do nothing, with that and their default."""
    found = []
    for name, default in _simple(parameters_of(construction.make)).items():
        if name in construction.arguments and set(meanings(name, CONSTRUCTOR)) & OFF:
            found.append((name, construction.arguments[name], default))
    return found


def _left_at_default(construction: Construction | None) -> Iterator[str]:
    if construction is None:
        return
    given = {**construction.arguments, **construction.choice}
    for name, default in _simple(parameters_of(construction.make)).items():
        if name not in given:
            yield f"{name}={_said(default)}"


def _calls_at_default(calls: Sequence[Call], parts: Parts) -> Iterator[str]:
    for call in calls:
        given = {*call.arguments, *call.constants}
        for name, default in _simple(parts.signature(call.role)).items() if call.role in parts.roles else ():
            if name not in given and not set(meanings(name, ARGUMENTS)) & {*DATA, "verbose"}:
                yield f"{call.role}({name}={_said(default)})"


def _simple(parameters: Sequence[inspect.Parameter]) -> Mapping[str, Any]:
    return {p.name: p.default for p in parameters if p.default is not p.empty and isinstance(p.default, SIMPLE)}


def _said(value: Any) -> str:
    return getattr(value, "__name__", None) or (value if isinstance(value, str) else repr(value))
