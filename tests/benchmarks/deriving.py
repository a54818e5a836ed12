"""From a forward equation to the text of its module: how long that takes, and how it grows with depth.

Each repetition begins cold: every cache of gdverify and that of SymPy is emptied first, in a process that has imported
both. The shortest of the repetitions counts.
"""

from __future__ import annotations

import sys
from functools import cache, partial

import numpy as np
from sympy.core.cache import clear_cache

from gdverify import catalogue
from gdverify.codegen.source import python_source
from gdverify.derivation.steps import Source, derive
from tests.benchmarks.clock import minimum
from tests.benchmarks.figure import Measured

REPEAT = 15
DEPTHS = (8, 16, 32, 64, 128)
HOW = f"caches of gdverify and SymPy emptied; minimum of {REPEAT}"


def forget() -> None:
    """Empty every cache of gdverify, and SymPy's."""
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "gdverify"]
    for value in [value for module in modules for value in vars(module).values()]:
        if hasattr(value, "cache_clear"):
            value.cache_clear()
    clear_cache()


def slowest_operation() -> Measured:
    """The operation of the catalogue that takes longest."""
    times = {name: _cold(operation) for name, operation in catalogue.operations().items()}
    slowest = max(times, key=lambda name: times[name])
    return Measured(times[slowest], f"{slowest}, of {len(times)} operations; {HOW}")


def architecture(name: str) -> Measured:
    """An architecture of the catalogue, with its own options."""
    return Measured(_cold(catalogue.find(name)), HOW)


def layers(depth: int) -> Measured:
    """A perceptron with so many layers of weights."""
    return Measured(_layers(depth), HOW)


def exponent() -> Measured:
    """The slope of a line through time against depth, both in logarithms, by least squares."""
    times = [_layers(depth) for depth in DEPTHS]
    slope = np.polyfit(np.log(DEPTHS), np.log(times), 1)[0]
    shown = ", ".join(f"{depth}: {1e3 * time:.0f} ms" for depth, time in zip(DEPTHS, times, strict=True))
    return Measured(float(slope), f"least squares over layers {shown}")


@cache
def _layers(depth: int) -> float:
    return _cold(catalogue.architectures()["mlp"], hidden=depth - 1)


def _cold(source: Source, **options: int) -> float:
    return minimum(partial(_made, source, **options), REPEAT, before=forget)


def _made(source: Source, **options: int) -> str:
    return python_source(derive(source, **options), "gdverify derive …")
