"""A derivation as NumPy statements: what the generated functions are printed from, and what evidence evaluates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any

from gdverify.codegen.constants import reading_numbers
from gdverify.codegen.factoring import factored
from gdverify.codegen.formulas import Text, formula
from gdverify.codegen.lower import lower
from gdverify.codegen.nodes import Node, evaluate, name, names
from gdverify.codegen.stepping import CARRIED, Step, lower_step, stepped
from gdverify.derivation.gathering import gathered
from gdverify.derivation.graph import Definition, Loop
from gdverify.derivation.renaming import without_renames
from gdverify.derivation.steps import Derivation
from gdverify.notation.axes import Extent
from gdverify.notation.tensors import Tensor


@dataclass(frozen=True)
class Statement:
    """``target = node``.

    Attributes:
        target: the variable.
        node: what it is set to.
        said: the formula of that; or the definition whose formula it is, since most statements are run and never read.
    """

    target: str
    node: Node
    said: str | Definition
    step: Step | None = None  # how it is part of a loop

    @cached_property
    def formula(self) -> str:
        """The formula that it computes."""
        return self.said if isinstance(self.said, str) else formula(self.said, Text())

    @cached_property
    def reads(self) -> frozenset[str]:
        """The variables of the expression, sizes included."""
        read = frozenset(found.partition(CARRIED)[0] for found in names(self.node))
        return read if self.step is None else read | {axis.name for axis in self.step.axes}


@dataclass(frozen=True, eq=False)
class Program:
    """The statements of a derivation, in order."""

    derivation: Derivation

    @cached_property
    def forward(self) -> tuple[Statement, ...]:
        """Every forward statement, the result last."""
        returned = (self.derivation.prediction, self.derivation.result)
        return tuple(statement_of(made, None, made.tensor in returned) for made in self.derivation.forward)

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
        gradients = gathered(reading_numbers(without_renames(self.derivation.gradients, wanted), wanted), wanted)
        return tuple(statement_of(d, tensor.name, tensor in wanted) for tensor, d in gradients.items())

    @cached_property
    def every_adjoint(self) -> tuple[Statement, ...]:
        """The adjoints of every tensor on the way."""
        return tuple(statement_of(d, tensor.name, True) for tensor, d in self.derivation.every_adjoint.items())

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
    for loop, group in in_groups(statements):
        if loop is None:
            for statement in group:
                known[statement.target] = evaluate(statement.node, known, arithmetic)
        else:
            known |= stepped(group, known, arithmetic)
    return known


def in_groups(statements: Iterable[Statement]) -> Iterator[tuple[Loop | None, list[Statement]]]:
    """Statements that are neighbours, by the loop that they are part of."""
    for loop, group in groupby(statements, key=lambda statement: statement.step and statement.step.loop):
        yield loop, [*group]


def needed(statements: Iterable[Statement], targets: Iterable[str]) -> tuple[Statement, ...]:
    """The statements that the targets depend on, in order."""
    wanted = set(targets)
    kept: list[Statement] = []
    for _, group in reversed([*in_groups(statements)]):
        # A step may need what another statement makes in the step before.
        for _ in group:
            wanted |= {read for statement in group if statement.target in wanted for read in statement.reads}
        kept += [statement for statement in reversed(group) if statement.target in wanted]
    return tuple(reversed(kept))


def statement_of(definition: Definition, like: str | None, returned: bool) -> Statement:
    """The statement of a definition.

    Args:
        definition: what it computes.
        like: the name of an array of the same shape and dtype, where a definition may read none.
        returned: what is not returned may share the memory of what it is read from.
    """
    if definition.loop is not None:
        node, step = lower_step(definition, like)
        return Statement(definition.tensor.name, node, definition, step)
    written = factored(definition)
    node = lower(written, like)
    inner = node.arguments[0] if node.operator == "copy" else node
    return Statement(definition.tensor.name, node if returned or inner.operator == "name" else inner, written)
