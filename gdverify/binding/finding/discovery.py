"""Find what can be audited in a loaded file: only what the file itself defines, each in its style.

Whatever is passed over is listed with the reason, so that a pass never stands for something that was not looked at.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

from gdverify.binding.files.loading import Loaded
from gdverify.binding.finding.scripts import SCRIPT, scripts
from gdverify.binding.finding.sorting import is_of_functions, sorted_out, surroundings
from gdverify.binding.finding.units import Discovery, Skipped, Unit
from gdverify.errors import UsageError, unknown


def discover(loaded: Loaded, name: str | None = None) -> Discovery:
    """The units of a file or module, and what was passed over.

    Args:
        loaded: what `gdverify.binding.files.loading.load` gave.
        name: of a class or function; a private one is looked at only where it is named.

    Raises:
        UnknownName: nothing in the file has that name; the message says what is close.
        UsageError: what has that name cannot be audited; the message says why.
    """
    units, skipped = sorted_out(surroundings(loaded, name))
    units += scripts(loaded)
    loops = {unit.line for unit in units if unit.style == SCRIPT}
    left = [one for one in (*skipped, *_elsewhere(loaded), *loaded.skipped) if one.line not in loops]
    found = sorted(units, key=lambda unit: unit.line)
    left.sort(key=lambda one: one.line)
    if name is not None:
        return _narrowed(name, found, left, loaded)
    return Discovery(tuple(found), tuple(left), *([loaded.source.position] if loaded.source else []))


def _elsewhere(loaded: Loaded) -> Iterator[Skipped]:
    """Classes and functions that the file imports from its neighbours."""
    if loaded.source is None:
        return
    path = loaded.source.path
    for node in loaded.source.tree.body:
        for alias in node.names if isinstance(node, ast.ImportFrom) else []:
            name = alias.asname or alias.name
            file = _file_of(getattr(loaded.module, name, None))
            if file is not None and file.parent == path.parent and file != path:
                yield Skipped(name, node.lineno, f"defined in {file.name}: audit that file")


def _file_of(value: Any) -> Path | None:
    """The file that defines a class or function."""
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    file = getattr(module, "__file__", None)
    return Path(file).resolve() if file and isinstance(value, (type, FunctionType)) else None


def _narrowed(name: str, found: Sequence[Unit], skipped: Sequence[Skipped], loaded: Loaded) -> Discovery:
    wanted = [unit for unit in found if unit.name == name] or [unit for unit in found if _takes_part(name, unit)]
    if wanted:
        return Discovery(tuple(wanted), ())
    reason = next((one for one in skipped if one.name == name), None)
    if reason is not None:
        place = loaded.source.place(reason.line) if loaded.source else loaded.shown
        raise UsageError(f"{loaded.shown}:{name} cannot be audited: {reason.why} ({place}).")
    raise unknown(f"implementation in {loaded.shown}:", name, [unit.name for unit in found])


def _takes_part(name: str, unit: Unit) -> bool:
    return name in unit.roles.values() and is_of_functions(unit)
