"""Load a file that was not written for gdverify: its definitions, without what it does when it is run.

Each top-level statement runs by itself (`plan` says which), so that one which fails takes nothing
with it. To compile the user's file and run it is what an import does; no text from anywhere else is ever evaluated.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from gdverify import loading
from gdverify.auditing.confinement import TooLong, limited
from gdverify.binding.files import stubs
from gdverify.binding.files.neighbours import anchor, neighbours
from gdverify.binding.files.plan import Plan, Statement, plan
from gdverify.binding.files.scratch import scratch
from gdverify.binding.files.source import Source, read
from gdverify.binding.finding.units import Skipped
from gdverify.errors import described

TIME_LIMIT = 10.0  # seconds for a file
LEAST = 1.0  # seconds that a statement has however late it is


@dataclass(frozen=True)
class Loaded:
    """A file or module, ready to be looked into.

    Attributes:
        module: what it defines.
        shown: the file or module as it was asked for.
        source: its text; None for a module that is not written in Python.
        skipped: statements that did not run, or failed, in the order of their lines.
        needed: statements that ran only because a definition reads what they give.
        stubbed: modules that are not installed, and are stood in for.
    """

    module: ModuleType
    shown: str
    source: Source | None
    skipped: tuple[Skipped, ...] = ()
    needed: tuple[Skipped, ...] = ()
    stubbed: tuple[str, ...] = ()


def load(place: str, time_limit: float = TIME_LIMIT) -> Loaded:
    """Load a Python file or a notebook for its definitions; a module, named with dots, is imported as it is.

    Args:
        place: ``net.py``, ``net.ipynb`` or ``package.module``.
        time_limit: seconds for all of its statements; each that is harmless has at least one second.

    Raises:
        LoadError: there is no such file or module, it is not Python, or a module raises while it is imported.
    """
    if not (loading.is_file(place) or place.endswith(".ipynb")):
        module = loading.load(place)
        file = getattr(module, "__file__", None)
        return Loaded(module, place, read(file) if file and file.endswith(".py") else None)
    loading.check_file(Path(place))
    source = read(place)
    module = _module(source.path)
    planned = plan(source)
    skipped, stubbed = _run(planned, module, source, time_limit)
    needed = tuple(_listed(one, why) for one, why in planned.needed)
    every = sorted([*source.skipped, *skipped], key=lambda one: one.line)
    return Loaded(module, place, source, tuple(every), needed, tuple(dict.fromkeys(stubbed)))


def _module(path: Path) -> ModuleType:
    """An empty module for a file, registered so that dataclasses and inspect find it."""
    name = loading.module_name(path)
    module = ModuleType(name)
    module.__file__ = str(path)
    package, root = loading.package_of(path)
    loading.make_importable(path.parent)
    if package:  # its relative imports mean this
        loading.make_importable(root)
        module.__package__ = package
    sys.modules[name] = module
    return module


def _folders(path: Path) -> list[Path]:
    """Where the neighbours of a file are."""
    return list(dict.fromkeys([path.parent, loading.package_of(path)[1]]))


def _run(planned: Plan, module: ModuleType, source: Source, limit: float) -> tuple[list[Skipped], list[str]]:
    skipped = [_listed(one, why) for one, why in planned.left]
    stubbed: list[str] = []
    end = time.monotonic() + limit
    with scratch(source.path), neighbours(_folders(source.path), stubbed):
        for statement in planned.run:
            left = max(end - time.monotonic(), min(LEAST, limit))
            if why := _attempt(statement, module, left, stubbed):
                skipped.append(_listed(statement, why))
            anchor(source.path.parent)
    return skipped, stubbed


def _listed(statement: Statement, why: str) -> Skipped:
    return Skipped(statement.title, statement.node.lineno, why)


def _attempt(statement: Statement, module: ModuleType, seconds: float, stubbed: list[str]) -> str:
    """Run a statement; what went wrong, or nothing."""
    try:
        with limited(seconds, _attempt.__code__):
            stubs.run(statement.node, statement.code, module.__dict__, stubbed)
    except TooLong:
        return f"did not end within {seconds:.3g} seconds"
    except (Exception, SystemExit) as error:
        return f"raises {described(error)}"
    return ""
