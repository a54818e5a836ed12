"""Equations at random: sums of products of entries, nested and wrapped in functions, over axes in any order."""

from __future__ import annotations

import inspect
import random
from collections.abc import Sequence
from contextlib import suppress
from itertools import count

import sympy
from sympy import Expr

from gdverify.errors import NotationError
from gdverify.notation import Operation, Tensor, axis, indices, logsumexp, mean, operation, softmax, total
from gdverify.notation import functions as f
from gdverify.notation.axes import Axis, Index
from gdverify.notation.reductions import free_indices

AXES = [axis("rows", "r"), axis("columns", "c"), axis("depth", "d")]
CONSTANTS = [sympy.Integer(2), sympy.Rational(1, 3), sympy.Integer(-1), sympy.Rational(-1, 10), sympy.Rational(3, 2)]


def equation(seed: int) -> Operation:
    """A random operation with up to three operands; the same for the same seed.

    Raises:
        NotationError: an operand happens to cancel.
    """
    return _Writer(random.Random(seed)).operation(f"random{seed}")


def equations(number: int) -> list[Operation]:
    """The first random operations that are well formed."""
    made: list[Operation] = []
    for seed in count():
        with suppress(NotationError):
            made.append(equation(seed))
        if len(made) == number:
            return made
    raise AssertionError("not reached")


class _Writer:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.shapes = [self._axes() for _ in range(chance.randint(1, 3))]

    def _axes(self) -> tuple[Axis, ...]:
        return tuple(self.chance.sample(AXES, self.chance.randint(0, 3)))

    def operation(self, name: str) -> Operation:
        """The operation; its result has the axes that the equation happens to leave open."""
        state = self.chance.getstate()
        operands = [f"t{k}" for k in range(len(self.shapes))]
        tensors = [Tensor(n, shape) for n, shape in zip(operands, self.shapes, strict=True)]
        gives = tuple(index.axis for index in free_indices(self.write(tensors)))
        gives = tuple(self.chance.sample(gives, len(gives)))

        def function(*given: Tensor) -> Expr:
            self.chance.setstate(state)
            return self.write(given)

        parameters = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in operands]
        function.__name__ = name
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return operation("y", **dict(zip(operands, self.shapes, strict=True)), gives=gives)(function)

    def write(self, tensors: Sequence[Tensor]) -> Expr:
        """An expression that reads every tensor."""
        free = dict(zip(AXES, indices(*AXES), strict=True))
        parts = [self.part(tensor, tensors, free, depth=2) for tensor in tensors]
        return self.joined(parts)

    def joined(self, parts: Sequence[Expr]) -> Expr:
        found = parts[0]
        for part in parts[1:]:
            found = self.chance.choice([found + part, found * part, found - part, found / (1 + part**2)])
        return found

    def part(self, tensor: Tensor, tensors: Sequence[Tensor], free: dict[Axis, Index], depth: int) -> Expr:
        """A function or sum of products of the tensor with another."""
        local = dict(free)
        for over in self.chance.sample(AXES, self.chance.randint(0, 2)):
            (local[over],) = indices(over)
        inner = self.entry(tensor, local)
        if self.chance.random() < 0.6:
            inner = self.joined([inner, self.entry(self.chance.choice(tensors), local)])
        if depth and self.chance.random() < 0.4:
            inner = self.joined([inner, self.part(self.chance.choice(tensors), tensors, local, depth - 1)])
        inner = self.wrapped(inner * self.chance.choice([1, 1, *CONSTANTS]))
        bound = [i for i in free_indices(inner) if i not in free.values()]
        if bound:
            inner = self.chance.choice([total, total, mean, logsumexp])(inner, bound)
        elif self.chance.random() < 0.2 and free_indices(inner):
            inner = softmax(inner, self.chance.choice(free_indices(inner)))
        return self.wrapped(inner)

    def entry(self, tensor: Tensor, local: dict[Axis, Index]) -> Expr:
        return tensor[tuple(local[a] for a in tensor.axes)]

    def wrapped(self, part: Expr) -> Expr:
        functions = [
            f.tanh, f.sigmoid, f.softplus, f.relu, f.absolute,
            lambda u: f.exp(-(u**2)), lambda u: f.sqrt(u**2 + 1), lambda u: f.log(u**2 + 2), lambda u: u**2,
            lambda u: f.select(u > 1, u, u / 2), lambda u: f.select(u <= 0, 0, u),
            lambda u: 1 / (u**2 + 1), lambda u: (u**2 + 1) ** sympy.Rational(-3, 2),
        ]  # fmt: skip
        return self.chance.choice(functions)(part) if self.chance.random() < 0.5 else part
