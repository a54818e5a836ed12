"""A derivation as NumPy statements: what the generated functions are printed from, and what evidence evaluates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from gdverify.codegen.constants import reading_numbers
from gdverify.codegen.factoring import factored
from gdverify.codegen.formulas import Text, formula
from gdverify.codegen.lower import lower
from gdverify.codegen.nodes import Node, evaluate, name
from gdverify.derivation.graph import Definition
from gdverify.derivation.renaming import without_renames
from gdverify.derivation.steps import Derivation
from gdverify.notation.axes import Extent
from gdverify.notation.tensors import Tensor


@dataclass(frozen=True)
class Statement:
    """``target = node``, with the formula that it computes."""

    target: str
    node: Node
    formula: str

    @cached_property
    def reads(self) -> frozenset[str]:
        """The variables of the expression, sizes included."""
        return frozenset(names(self.node))


@dataclass(frozen=True, eq=False)
class Program:
    """The statements of a derivation, in order."""

    derivation: Derivation

    @cached_property
    def forward(self) -> tuple[Statement, ...]:
        """Every forward statement, the result last."""
        return tuple(_statement(definition) for definition in self.derivation.forward)

    @cached_property
    def contraction(self) -> tuple[Statement, ...]:
        """For an operation, the scalar whose gradients are asked for: ``Σ upstream · result``."""
        upstream, result = self.derivation.upstream, self.derivation.result
        if upstream is None:
            return ()
        product = Node("mul", (name(upstream.name), name(result.name)))
        return (Statement("loss", Node("sum", (product,)), f"loss = Σ {upstream.name} {result.name}"),)

    @cached_property
    def backward(self) -> tuple[Statement, ...]:
        """The adjoints that lead to the wanted gradients."""
        wanted = self.derivation.wanted
        return _adjoint_statements(reading_numbers(without_renames(self.derivation.gradients, wanted), wanted))

    @cached_property
    def every_adjoint(self) -> tuple[Statement, ...]:
        """The adjoints of every tensor on the way."""
        return _adjoint_statements(self.derivation.every_adjoint)

    @property
    def loss(self) -> tuple[Statement, ...]:
        """Everything that the loss needs."""
        return (*self.forward, *self.contraction)

    @cached_property
    def prediction(self) -> tuple[Statement, ...]:
        """What the prediction needs of the forward pass."""
        return needed(self.forward, [self.derivation.prediction.name])

    def sizes(self, arrays: Mapping[str, Any]) -> dict[str, int]:
        """The size of each axis, read off the arrays, and what follows from these."""
        read = {axis: arrays[tensor.name].shape[place] for axis, (tensor, place) in self.size_sources.items()}
        return self.derivation.every_size(read)

    @cached_property
    def size_sources(self) -> dict[str, tuple[Tensor, int]]:
        """Where the size of each axis is read: an argument and the place of the axis."""
        sources: dict[str, tuple[Tensor, int]] = {}
        for tensor in self.derivation.arguments:
            for place, axis in enumerate(tensor.axes):
                if not isinstance(axis, Extent):
                    sources.setdefault(axis.name, (tensor, place))
        return sources


@lru_cache(maxsize=1024)
def program(derivation: Derivation) -> Program:
    """The program of a derivation, made once."""
    return Program(derivation)


def run(
    statements: Iterable[Statement], values: Mapping[str, Any], arithmetic: Mapping[str, Callable[..., Any]]
) -> dict[str, Any]:
    """Execute statements on values; returns the values together with every target."""
    known = dict(values)
    for statement in statements:
        known[statement.target] = evaluate(statement.node, known, arithmetic)
    return known


def needed(statements: Iterable[Statement], targets: Iterable[str]) -> tuple[Statement, ...]:
    """The statements that the targets depend on, in order."""
    wanted = set(targets)
    kept: list[Statement] = []
    for statement in reversed([*statements]):
        if statement.target in wanted:
            kept.append(statement)
            wanted |= statement.reads
    return tuple(reversed(kept))


def names(node: Node) -> set[str]:
    """The variables of an expression, sizes included."""
    if node.operator == "name":
        return {node.detail}
    return {found for argument in node.arguments for found in names(argument)}


def _statement(definition: Definition, like: str | None = None) -> Statement:
    written = factored(definition)
    return Statement(definition.tensor.name, lower(written, like), formula(written, Text()))


def _adjoint_statements(adjoints: Mapping[Tensor, Definition]) -> tuple[Statement, ...]:
    return tuple(_statement(definition, tensor.name) for tensor, definition in adjoints.items())
