"""Scripts: a training loop at the top level of a file, with globals for weights, and no function to call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from gdverify.binding.files.loading import Loaded
from gdverify.binding.finding import syntax
from gdverify.binding.finding.units import Unit

SCRIPT = "script"


def scripts(loaded: Loaded) -> list[Unit]:
    """A unit for the first top-level loop of a file that takes something off a global."""
    if loaded.source is None:
        return []
    name = Path(loaded.shown).stem
    loop = next((node for node in _loops(loaded.source.tree.body) if syntax.descends_on_globals(node)), None)
    if loop is None:
        return []
    roles = {"step": f"the loop in line {loop.lineno}"}
    return [Unit(SCRIPT, name, f"{loaded.shown}:{name}", loaded.shown, loop.lineno, (loaded.module,), roles)]


def _loops(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, (ast.For, ast.While)):
            yield node
        elif isinstance(node, ast.If):
            yield from _loops(node.body)
