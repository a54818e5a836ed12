"""One list of everything that can be derived, and data for it; a new row of the catalogue is covered at once."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from gdverify import catalogue
from gdverify.codegen.nodes import Node
from gdverify.codegen.program import Statement, program, run
from gdverify.codegen.source import python_source
from gdverify.derivation.steps import Derivation, derive
from gdverify.evidence.arithmetic import NUMPY
from gdverify.notation import Architecture, Operation, Tensor
from gdverify.notation.axes import Axis, Extent
from tests import user_sources
from tests.oracles.exact import OutsideDomain
from tests.oracles.loops import composed, evaluated


@dataclass(frozen=True)
class Source:
    """Something to derive: an operation or an architecture, and its options."""

    name: str
    made: Operation | Architecture
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def derivation(self) -> Derivation:
        """Its derivation, made once."""
        return derive(self.made, **self.options)

    def __str__(self) -> str:
        chosen = ",".join(f"{key}={value}" for key, value in self.options.items())
        return f"{self.name}({chosen})" if chosen else self.name


def _from_catalogue(name: str, options: Mapping[str, Any] | None = None) -> Source:
    return Source(name, catalogue.find(name), options or {})


def _catalogue() -> list[Source]:
    every = [_from_catalogue(name) for name in (*catalogue.operations(), *catalogue.architectures())]
    every += [_from_catalogue(name, options) for name, options in catalogue.DOCUMENTED.values()]
    every += [_from_catalogue(name, {"hidden": k}) for name in ("mlp", "fully_connected") for k in (0, 1, 3)]
    return list({str(source): source for source in every}.values())


def _users() -> list[Source]:
    imported = {id(made) for made in (*catalogue.operations().values(), *catalogue.architectures().values())}
    return [
        Source(f"user's {name}", made)
        for name, made in vars(user_sources).items()
        if isinstance(made, Operation | Architecture) and id(made) not in imported
    ]


SOURCES: list[Source] = _catalogue()
EVERY: list[Source] = SOURCES + _users()
# Those of which every slip can be tried: larger ones, with a thousand slips and more, consist of the same parts.
SMALL: list[Source] = [source for source in EVERY if len(source.derivation.forward) <= 25]


# Sizes: taken in turn by the axes of a derivation, in the order in which they are declared.
SHAPES: tuple[tuple[int, ...], ...] = ((1,), (2, 3), (3, 1, 2), (1, 2))
ORDINARY, TIES = "ordinary", "ties"


def axes(derivation: Derivation) -> list[Axis]:
    """Every axis of the arguments, in order."""
    return list(dict.fromkeys(axis for tensor in derivation.arguments for axis in tensor.axes))


def sizes(derivation: Derivation, shape: Sequence[int]) -> dict[str, int]:
    """The size of each axis."""
    given = [axis for axis in axes(derivation) if not isinstance(axis, Extent)]
    return derivation.roomy({axis.name: size for axis, size in zip(given, itertools.cycle(shape), strict=False)})


@dataclass(frozen=True, eq=False)
class Case:
    """Exact values of the arguments of a derivation."""

    derivation: Derivation
    sizes: dict[str, int]
    exact: dict[Tensor, np.ndarray]

    def arrays(self, dtype: Any = np.float64) -> dict[str, np.ndarray]:
        """The values in floating point, by the names of the arguments; each is exact there."""
        held = self.derivation.positions
        return {t.name: array.astype(np.int64 if t in held else dtype) for t, array in self.exact.items()}


@cache
def case(source: Source | Derivation, shape: tuple[int, ...], regime: str = ORDINARY, seed: int = 0) -> Case:
    """A case of dyadic rationals in the domain of the derivation.

    In the regime ``ties`` every value is −1, 0 or 1, so that many a kink is met exactly. Where a
    logarithm or a root asks for it, values lie between 0 and 1.
    """
    derivation = source.derivation if isinstance(source, Source) else source
    chosen = sizes(derivation, shape)
    for numerators in _NUMERATORS[regime]:
        made = Case(derivation, chosen, _drawn(derivation, chosen, numerators, seed))
        try:
            by_equations(made)
        except OutsideDomain:
            continue
        return made
    raise AssertionError(f"{derivation.name}: no domain in {regime} is one of its own")


# Numerators over 1024, tried in turn until every logarithm and root exists.
_NUMERATORS: dict[str, list[Sequence[int]]] = {
    ORDINARY: [range(-1535, 1536, 2), range(1, 1024, 2)],
    TIES: [[-1024, 0, 1024], [256, 512]],
}


def _drawn(
    derivation: Derivation, chosen: Mapping[str, int], numerators: Sequence[int], seed: int
) -> dict[Tensor, np.ndarray]:
    rng = np.random.default_rng(seed)
    made = {}
    for tensor in derivation.arguments:
        made[tensor] = np.empty(tuple(chosen[axis.name] for axis in tensor.axes), dtype=object)
        for at in np.ndindex(made[tensor].shape):
            drawn = int(rng.choice(numerators))
            held = derivation.positions.get(tensor)
            made[tensor][at] = Fraction(drawn, 1024) if held is None else drawn % chosen[held.name]
    return made


@cache
def by_equations(given: Case) -> dict[Tensor, np.ndarray]:
    """The exact value of every result, each by the equation of its operation."""
    return composed(given.derivation.composition, given.exact, given.sizes)


@cache
def reference(given: Case) -> dict[Tensor, np.ndarray]:
    """The exact value of every tensor and of every adjoint, by their definitions."""
    known = evaluated(given.derivation.forward, given.exact, given.sizes)
    return evaluated(given.derivation.every_adjoint.values(), known, given.sizes)


def interpreted(derivation: Derivation, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The loss and every adjoint by name, without printing code."""
    made = program(derivation)
    return run((*made.loss, *made.every_adjoint), {**arrays, **made.sizes(arrays)}, NUMPY)


def statements(derivation: Derivation) -> tuple[Statement, ...]:
    """Every statement that the generated functions are made of."""
    made = program(derivation)
    return (*made.loss, *made.every_adjoint)


def operators(node: Node) -> set[str]:
    """The operators in an expression."""
    return {node.operator}.union(*(operators(argument) for argument in node.arguments))


def source_of(derivation: Derivation) -> str:
    """The generated module's text."""
    return python_source(derivation, "gdverify derive …")


def imported(derivation: Derivation, folder: Path) -> ModuleType:
    """The generated module, written to a file and imported from it."""
    path = folder / "generated.py"
    path.write_text(source_of(derivation), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("generated", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def code(derivation: Derivation, function: str = "adjoints") -> list[str]:
    """The statements of one generated function, as text without comments."""
    text = source_of(derivation).split(f"\ndef {function}(")[1].split("\n\n\ndef ")[0]
    body = text.split('"""')[2]
    return [line.strip() for line in body.splitlines() if line.strip() and not line.strip().startswith("#")]
