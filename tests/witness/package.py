"""A package that differentiates by itself: its table of operations, and how it is asked for gradients."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from gdverify import catalogue
from gdverify.cases.case import Array, Case
from gdverify.derivation.steps import derive
from gdverify.notation import Architecture, Operation
from tests.witness.compositions import COMPOSITIONS
from tests.witness.rows import Row, constants, row

Loss = Callable[[Mapping[str, Any]], Any]
Pullback = Callable[[dict[str, Array]], dict[str, Array]]
# The oldest whose conventions are those in the table of disagreements.
OLDEST = {"torch": "2.13", "jax": "0.10"}
NAMES = tuple(OLDEST)


@dataclass(frozen=True, eq=False, repr=False)
class Package:
    """A witness.

    Attributes:
        name: of the package.
        module: the package.
        rows: of the operations of the catalogue.
        architectures: for which the package has functions of its own.
        pullback: from a loss of arrays, and the names of those that its gradients are wanted by, to what computes both.
        shapes: how many shapes of each operation are tried; None for another one in each case.
    """

    name: str
    module: ModuleType
    rows: Mapping[str, Row]
    architectures: Mapping[str, Callable[..., Any]]
    pullback: Callable[[Loss, tuple[str, ...]], Pullback]
    shapes: int | None = None

    def __repr__(self) -> str:
        return self.name

    @property
    def wired(self) -> dict[str, Callable[..., Any]]:
        """Every architecture: by the package's own functions, or else over its operations."""
        return {**COMPOSITIONS, **self.architectures}

    def applied(self, operation: str | Operation) -> Callable[..., Any]:
        """An operation on the package's tensors, which are given in the order of the catalogue."""
        made = catalogue.find_operation(operation) if isinstance(operation, str) else operation
        chosen = row(self.rows, made, catalogue.find_operation(made.name))
        numbers = constants(made)
        return lambda *operands: chosen(**dict(zip(made.operands, operands, strict=True)), **numbers)

    def gradients(self, source: Architecture | Operation, case: Case) -> dict[str, Array]:
        """The loss and its gradients, by what the catalogue wants them by."""
        return _asked(self, source, tuple(case.options.items()))(case.arrays)


def package(name: str) -> Package:
    """The package of that name; the test is skipped where it is not installed, or older than the tables."""
    missing = f'{name} from {OLDEST[name]} on is not installed: pip install "gdverify[witness]"'
    pytest.importorskip(name, OLDEST[name], reason=missing)
    return importlib.import_module(f"tests.witness.by_{name}.package").PACKAGE


@cache
def _asked(witness: Package, source: Architecture | Operation, options: tuple[tuple[str, Any], ...]) -> Pullback:
    derivation = derive(source, **dict(options))
    wanted = tuple(tensor.name for tensor in derivation.wanted)
    if isinstance(source, Operation):
        return witness.pullback(of_operation(witness.applied(source), source, derivation.upstream), wanted)
    resolved = source.resolve(**catalogue.named_operations(source, dict(options)))
    return witness.pullback(lambda given: witness.wired[source.name](witness.applied, given, **resolved), wanted)


def of_operation(apply: Callable[..., Any], operation: Operation, upstream: Any) -> Loss:
    """The result itself where it is a number, or else what it adds to a loss whose gradient comes from behind."""

    def loss(given: Mapping[str, Any]) -> Any:
        result = apply(*(given[name] for name in operation.operands))
        return result if upstream is None else (given[upstream.name] * result).sum()

    return loss
