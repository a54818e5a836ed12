"""Sort the classes and functions of a file into units and what is passed over."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any

from gdverify.binding.calling.containers import held_in, is_maker
from gdverify.binding.files.loading import Loaded
from gdverify.binding.files.plan import all_reads
from gdverify.binding.files.stubs import Stub, lacking
from gdverify.binding.finding import classes, functions, syntax
from gdverify.binding.finding.candidates import Candidate, Surroundings
from gdverify.binding.finding.styles import STYLES, TRAINING
from gdverify.binding.finding.units import Skipped, Unit


def surroundings(loaded: Loaded, name: str | None) -> Surroundings:
    """A file as its classes and functions see it; ``name`` is what was asked for."""
    nodes: dict[str, ast.AST] = dict(syntax.definitions(loaded.source.tree)) if loaded.source else {}
    around = Surroundings(loaded, nodes, named=name)
    return dataclasses.replace(around, functions=tuple(one.name for one in _candidates(around) if not one.is_class))


def sorted_out(around: Surroundings) -> tuple[list[Unit], list[Skipped]]:
    """The units that a file defines, and what it defines besides, with the reason."""
    units: list[Unit] = []
    skipped: list[Skipped] = []
    for one in _candidates(around):
        found = _judged(one)
        if isinstance(found, Unit):
            units.append(found)
        else:
            skipped.append(Skipped(one.name, one.line, found))
    parts = _parts(units)
    whole = [unit for unit in units if unit.name not in parts or not is_of_functions(unit)]
    drivers = list(_drivers(whole, around))
    left_out = {one.name for one in drivers}
    kept = [unit for unit in whole if unit.name not in left_out]
    served = _served(kept, around)
    left = [replace(one, why=served.get(one.name, one.why)) for one in skipped if one.name not in parts]
    return kept, [*left, *drivers]


def _served(units: Sequence[Unit], around: Surroundings) -> dict[str, str]:
    """What the functions do that serve a unit: those that it calls, and those that make what it takes."""
    served: dict[str, str] = {}
    for unit in units:
        for function in _run_by(unit):
            used = _called_by(function, around)
            served.update(dict.fromkeys(used - served.keys() - {unit.name}, f"used by {unit.name}"))
            taken = set(inspect.signature(function).parameters) if callable(function) else set()
            for name in around.functions:
                made = _made(around.function(name))
                if len(made) > 1 and made <= taken and name not in served:
                    served[name] = f"makes {', '.join(sorted(made))} for {unit.name}"
                elif name not in served and is_maker(name) and len(held := held_in(function)) == 1:
                    served[name] = f"may make {held[0]} for {unit.name}"
    return served


def _called_by(function: Any, around: Surroundings) -> set[str]:
    """The functions of the file that a function calls, and those that they call."""
    found: set[str] = set()
    waiting = [getattr(function, "__code__", None)]
    while waiting:
        code = waiting.pop()
        more = (all_reads(code) & set(around.functions)) - found if code is not None else set()
        found |= more
        waiting += [getattr(getattr(around.loaded.module, name, None), "__code__", None) for name in more]
    return found


def _made(node: ast.AST | None) -> set[str]:
    """The names that a function returns, where it returns several."""
    values = syntax.returned(node) if node is not None else []
    elements = [value.elts for value in values if isinstance(value, ast.Tuple)]
    return {part.id for parts in elements for part in parts if isinstance(part, ast.Name)}


def is_of_functions(unit: Unit) -> bool:
    """Whether its roles are played by functions, not by the methods of a class."""
    return not isinstance(unit.objects[0], type)


def _parts(units: Iterable[Unit]) -> set[str]:
    """The functions that play a role in a unit of another name; the rows of the table have the say in their order."""
    parts: set[str] = set()
    rows = [style.name for style in STYLES if style.of == "function"]
    for unit in sorted(filter(is_of_functions, units), key=lambda unit: rows.index(unit.style)):
        if unit.name not in parts:
            parts |= {name for name in unit.roles.values() if name != unit.name}
    return parts


def _candidates(around: Surroundings) -> Iterator[Candidate]:
    """Every class and function that the file defines, once."""
    module = around.loaded.module
    seen: set[int] = set()
    for name, value in vars(module).items():
        node = around.nodes.get(name)
        if id(value) in seen or not _is_defined_here(value, module.__name__, node):
            continue
        seen.add(id(value))
        yield Candidate(name, value, getattr(node, "lineno", 0), around)


def _is_defined_here(value: Any, module: str, node: ast.AST | None) -> bool:
    if isinstance(node, ast.FunctionDef):
        return callable(value)  # whatever a decorator has made of it
    return isinstance(value, (type, FunctionType)) and value.__module__ == module


def _judged(one: Candidate) -> Unit | str:
    """The unit that a class or function is, or why it is none."""
    if one.name.startswith("_") and one.name != one.around.named:
        return "private; name it to have it looked at"
    if why := classes.why_not(one) if one.is_class else _missing([one.object], one):
        return why
    unit = _unit(one)
    if unit is None:
        return classes.without_style(one) if one.is_class else functions.without_style(one)
    return _missing(_run_by(unit), one) or unit


def _unit(one: Candidate) -> Unit | None:
    kind = "class" if one.is_class else "function"
    for style in STYLES:
        if style.of == kind and (roles := style.test(one)):
            shown = one.around.loaded.shown
            played = (one.object,) if one.is_class else tuple(_played(one, name) for name in roles.values())
            return Unit(style.name, one.name, f"{shown}:{one.name}", shown, one.line, played, roles)
    return None


def _played(one: Candidate, name: str) -> Any:
    """The function of a role; the candidate itself where the role is played inside it."""
    return getattr(one.around.loaded.module, name, one.object) if name in one.around.functions else one.object


def _run_by(unit: Unit) -> list[Any]:
    """The functions or methods that play a role in a unit."""
    if is_of_functions(unit):
        return list(unit.objects)
    return [getattr(unit.objects[0], name, None) for name in unit.roles.values()]


def _missing(run: Iterable[Any], one: Candidate) -> str:
    """Why some functions cannot be run: they use what is not installed; empty where they do not."""
    codes = [code for code in (getattr(function, "__code__", None) for function in run) if code is not None]
    used = sorted({name for code in codes for name in all_reads(code)})
    values = (getattr(one.around.loaded.module, name, None) for name in used)
    module = next((value.__name__ for value in values if isinstance(value, Stub)), "")
    return lacking("uses", module) if module else ""


def _drivers(units: list[Unit], around: Surroundings) -> Iterator[Skipped]:
    """Training that only calls what is a unit of its own."""
    others = [unit for unit in units if is_of_functions(unit) and unit.style != TRAINING]
    audited = {name for unit in others for name in unit.roles.values()}
    for unit in units:
        node = around.function(unit.name)
        used = sorted(audited & syntax.called(node)) if node is not None and unit.style == TRAINING else []
        if used:
            yield Skipped(unit.name, unit.line, f"trains by {', '.join(used)}, which is audited itself")
