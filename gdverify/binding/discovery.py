"""Find what can be audited in a loaded file: only what the file itself defines, each in its style.

Whatever is passed over is listed with the reason, so that a pass never stands for something that was not looked at.
"""

from __future__ import annotations

import ast
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

from gdverify.binding import classes, functions, syntax
from gdverify.binding.candidates import Candidate, Surroundings
from gdverify.binding.loading import Loaded
from gdverify.binding.scripts import scripts
from gdverify.binding.styles import STYLES
from gdverify.binding.units import Discovery, Skipped, Unit
from gdverify.errors import UsageError, unknown


def discover(loaded: Loaded, name: str | None = None) -> Discovery:
    """The units of a file or module, and what was passed over.

    Args:
        loaded: what `gdverify.binding.loading.load` gave.
        name: of a class or function; a private one is looked at only where it is named.

    Raises:
        UnknownName: nothing in the file has that name; the message says what is close.
        UsageError: what has that name cannot be audited; the message says why.
    """
    around = _surroundings(loaded, name)
    candidates = list(_candidates(around))
    units, skipped = _sorted_out(candidates)
    units += scripts(loaded, units)
    every = sorted([*skipped, *_elsewhere(around), *loaded.skipped], key=lambda one: one.line)
    found = sorted(_whole(units), key=lambda unit: unit.line)
    parts = {other for unit in found if _is_of_functions(unit) for other in unit.roles.values()}
    left = tuple(one for one in every if one.name not in parts)
    return Discovery(tuple(found), left) if name is None else _narrowed(name, found, left, loaded)


def _surroundings(loaded: Loaded, name: str | None) -> Surroundings:
    nodes: dict[str, ast.AST] = dict(syntax.definitions(loaded.source.tree)) if loaded.source else {}
    around = Surroundings(loaded, nodes, named=name)
    return dataclasses.replace(around, functions=tuple(one.name for one in _candidates(around) if not one.is_class))


def _candidates(around: Surroundings) -> Iterator[Candidate]:
    """Every class and function that the file defines, once."""
    module = around.loaded.module
    seen: set[int] = set()
    for name, value in vars(module).items():
        node = around.nodes.get(name)
        if id(value) in seen or not _is_defined_here(value, module.__name__, node):
            continue
        seen.add(id(value))
        line = node.lineno if node is not None and hasattr(node, "lineno") else 0
        yield Candidate(name, value, line, around)


def _is_defined_here(value: Any, module: str, node: ast.AST | None) -> bool:
    if isinstance(value, (type, FunctionType)):
        return value.__module__ == module
    wrapped = isinstance(node, (ast.FunctionDef, ast.Assign)) and callable(value)  # by a decorator
    return wrapped and getattr(value, "__module__", None) in (module, None) and hasattr(value, "__name__")


def _sorted_out(candidates: list[Candidate]) -> tuple[list[Unit], list[Skipped]]:
    units: list[Unit] = []
    skipped: list[Skipped] = []
    for one in candidates:
        why = _passed_over(one)
        unit = None if why else _unit(one)
        if unit is not None:
            units.append(unit)
        else:
            skipped.append(Skipped(one.name, one.line, why or _lacking(one)))
    return units, skipped


def _passed_over(one: Candidate) -> str:
    if one.name.startswith("_") and one.name != one.around.named:
        return "private; name it to have it looked at"
    return classes.why_not(one) if one.is_class else ""


def _lacking(one: Candidate) -> str:
    return classes.without_style(one) if one.is_class else functions.without_style(one)


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


def _whole(units: list[Unit]) -> Iterator[Unit]:
    """Leave out functions that play a role in another unit."""
    parts = {name for unit in units if _is_of_functions(unit) for name in unit.roles.values() if name != unit.name}
    yield from (unit for unit in units if unit.name not in parts or not _is_of_functions(unit))


def _is_of_functions(unit: Unit) -> bool:
    return not isinstance(unit.objects[0], type)


def _elsewhere(around: Surroundings) -> Iterator[Skipped]:
    """Classes and functions that the file imports from its neighbours."""
    source = around.loaded.source
    if source is None:
        return
    for node in source.tree.body:
        for alias in node.names if isinstance(node, ast.ImportFrom) else []:
            name = alias.asname or alias.name
            value = getattr(around.loaded.module, name, None)
            file = _file_of(value)
            if file is not None and file.parent == source.path.parent and file != source.path:
                yield Skipped(name, node.lineno, f"defined in {file.name}: audit that file")


def _file_of(value: Any) -> Path | None:
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    file = getattr(module, "__file__", None)
    return Path(file).resolve() if file and isinstance(value, (type, FunctionType)) else None


def _narrowed(name: str, found: list[Unit], skipped: tuple[Skipped, ...], loaded: Loaded) -> Discovery:
    wanted = [unit for unit in found if unit.name == name] or [unit for unit in found if _takes_part(name, unit)]
    if wanted:
        return Discovery(tuple(wanted), ())
    reason = next((one for one in skipped if one.name == name), None)
    if reason is not None:
        place = loaded.source.place(reason.line) if loaded.source else loaded.shown
        raise UsageError(f"{loaded.shown}:{name} cannot be audited: {reason.why} ({place}).")
    raise unknown(f"implementation in {loaded.shown}:", name, [unit.name for unit in found])


def _takes_part(name: str, unit: Unit) -> bool:
    return name in unit.roles.values() and not isinstance(unit.objects[0], type)
