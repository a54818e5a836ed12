"""Whole processes, from start to end; medians, since a process is started anew each time."""

from __future__ import annotations

import statistics
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.children import completed
from tests.benchmarks.clock import seconds
from tests.benchmarks.figure import Measured

FEW, MANY = 3, 15
LAYERS = Path(__file__).parent / "found" / "layers_and_network.py"
BARE, IMPORT = ("-c", "pass"), ("-c", "import gdverify")


def audit() -> Measured:
    """All the documented implementations."""
    return _described([_run("-m", "gdverify", "audit") for _ in range(FEW)])


def audit_of_a_file() -> Measured:
    """A file with five layer classes and a network, found and bound with no adapter."""
    return _described([_run("-m", "gdverify", "audit", str(LAYERS), "--examples", "100") for _ in range(FEW)])


def derive() -> Measured:
    """Every file of the catalogue, into a folder of its own."""
    with TemporaryDirectory() as folder:
        return _described([_run("-m", "gdverify", "derive", "--into", folder) for _ in range(FEW)])


def help_text() -> Measured:
    """The list of commands."""
    return _described([_run("-m", "gdverify", "--help") for _ in range(MANY)])


def bare() -> Measured:
    """Python alone."""
    return _described([before for before, _ in _pairs()])


def import_alone() -> Measured:
    """The import, without what Python needs to start."""
    found = _described([after - before for before, after in _pairs()])
    total = statistics.median(after for _, after in _pairs())
    return Measured(found.value, f"{found.note} of the difference in pairs; {1e3 * total:.1f} ms with it")


@cache
def _pairs() -> list[tuple[float, float]]:
    _run(*IMPORT)
    return [(_run(*BARE), _run(*IMPORT)) for _ in range(MANY)]


def _run(*arguments: str) -> float:
    """The seconds that Python takes."""
    return seconds(lambda: completed([sys.executable, *arguments]))


def _described(times: list[float]) -> Measured:
    spread = f"{1e3 * min(times):.0f}–{1e3 * max(times):.0f} ms"
    return Measured(statistics.median(times), f"median of {len(times)} processes, {spread}")
