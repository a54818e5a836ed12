"""Whether an expression is identically zero, decided at random points modulo random primes.

A symbol is an independent residue modulo each prime of a chain p₀ = 2 p₁ + 1, p₁ = 2 p₂ + 1, …. The value of an
expression is its residue modulo p₀; the argument of an exponential is evaluated modulo the next prime of the chain,
the order of a number g, and eᵘ is gᵘ: so eᵘ⁺ᵛ = eᵘ eᵛ holds of itself (Gonnet 1984; Monagan and Gonnet 1994).

    tanh u     (e²ᵘ − 1) / (e²ᵘ + 1)              √u        the root modulo p₀, with √−1 adjoined
    sin, cos   2t / (1 + t²), (1 − t²) / (1 + t²)   log, atan, erf  independent values at each argument

Beyond the last prime of the chain, exponentials too have values of their own (`gdverify.tracing.relations`).
An expression that is zero is zero here, unless it is so by a relation that is not listed. One that is not zero is zero
at a point with a probability of at most its degree over the number of primes (Schwartz 1980, Zippel 1979); powers of g
count as independent residues.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from gdverify.tracing.degrees import errors
from gdverify.tracing.expression import Expression, walked
from gdverify.tracing.primes import CHAINS, chains
from gdverify.tracing.relations import Relations
from gdverify.tracing.residues import Key, Residues, Value

POINTS = 8
ONE, TWO = Fraction(1), Fraction(2)
EXPONENTIAL = ("exp", "tanh")


class Signatures:
    """Expressions at random points modulo random primes.

    Args:
        roots: the expressions.
        seed: the same one gives the same residues.
        pinned: the values of symbols that are no variables.
        length: of the chains, a key of `gdverify.tracing.primes.CHAINS`.

    Attributes:
        is_nested: exponentials stand in each other deeper than the chains are long.

    Raises:
        ZeroDivisionError: a divisor is zero, most likely at every point.
        NoRoot: a fractional power that the residues lack.
    """

    def __init__(
        self, roots: Sequence[Expression], seed: int, pinned: Mapping[str, Fraction] | None = None, length: int = 3
    ) -> None:
        self.roots = roots
        self.is_nested = False
        self._length = length
        nodes = walked(roots)
        self._logarithms = _logarithms(nodes)
        draw = random.Random(seed)
        self._worlds = [_World(primes, draw, pinned or {}) for primes in chains(seed, length, POINTS)]
        wanted = self._levels(nodes)
        for node in nodes:
            # The exponent's level first: it is read on the one above.
            for level in sorted(wanted[node.place], reverse=True):
                self._worlds[level].known[node.place] = self._value(node, level)
        self.nodes, self.wanted = nodes, wanted

    def zeros(self) -> list[bool]:
        """For each root, whether it is 0 at every point."""
        return [self._worlds[0].field.is_zero(self._worlds[0].known[root.place]) for root in self.roots]

    def errors(self) -> list[float]:
        """For each root, the largest probability with which one that is not zero is called zero."""
        return errors(self.roots, self.nodes, self.wanted, CHAINS[self._length], POINTS)

    def signature(self, expression: Expression) -> tuple[int, Hashable]:
        """A sign and a key: expressions that are equal have the same of both, opposite ones the same key.

        An expression that is not below the roots, or only in an exponent, is equal to itself alone.
        """
        world = self._worlds[0]
        if expression.place not in world.known:
            return 1, expression.place
        value = world.known[expression.place]
        keys = [world.field.key(value), world.field.key(world.field.neg(value))]
        # Parts that are 0 have no key of their own: they are None, and compare as nothing.
        first = min(keys, key=lambda key: [part or () for part in key])
        return (1 if first == keys[0] else -1), first

    def _levels(self, nodes: Sequence[Expression]) -> dict[int, set[int]]:
        """On which levels each node is read."""
        wanted: dict[int, set[int]] = {node.place: set() for node in nodes}
        for root in self.roots:
            wanted[root.place].add(0)
        for node in reversed(nodes):
            for level in sorted(wanted[node.place]):
                for argument, below in self._reads(node, level):
                    wanted[argument.place].add(below)
        return wanted

    def _reads(self, node: Expression, level: int) -> list[tuple[Expression, int]]:
        if node.operator not in EXPONENTIAL:
            return [(argument, level) for argument in node.arguments]
        (argument,) = node.arguments
        read = [(argument, min(level + 1, self._length - 1))]
        if self._logarithms:
            read.append((argument, level))
            read += [(logarithm.arguments[0], level) for logarithm in self._logarithms[argument.place]]
        return read

    def _value(self, node: Expression, level: int) -> Value:
        world = self._worlds[level]
        if node.operator == "exp":
            return self._exponential(node.arguments[0], ONE, level)
        if node.operator == "tanh":
            power = self._exponential(node.arguments[0], TWO, level)
            one = world.field.number(ONE)
            return world.over(world.field.add(power, world.field.neg(one)), world.field.add(power, one))
        return world.value(node)

    def _exponential(self, argument: Expression, factor: Fraction, level: int) -> Value:
        """exp(factor · argument), where exp(Σ c log a + r) is Π aᶜ · eʳ."""
        world, below = self._worlds[level], self._worlds[min(level + 1, self._length - 1)]
        exponent = below.known[argument.place]
        powers = []
        for logarithm, count in self._logarithms.get(argument.place, {}).items():
            counted = below.field.mul(below.field.number(count), below.known[logarithm.place])
            exponent = below.field.add(exponent, below.field.neg(counted))
            powers.append(world.field.power(world.known[logarithm.arguments[0].place], count * factor))
        exponent = below.field.mul(below.field.number(factor), exponent)
        self.is_nested = self.is_nested or world is below
        made = world.exponentials(exponent) if world is below else world.power(exponent, below.field)
        for power in powers:
            made = world.field.mul(made, power)
        if self._logarithms:
            world.logarithms.put(made, world.field.mul(world.field.number(factor), world.known[argument.place]))
        return made


class _World:
    """Values modulo the primes at one place of the chains."""

    def __init__(self, primes: Sequence[int], draw: random.Random, pinned: Mapping[str, Fraction]) -> None:
        self.field = field = Residues(primes, draw)
        self.known: dict[int, Value] = {}
        self._pinned = pinned
        sums, products = (field.add, field.neg), (field.mul, field.inverse)
        half = Fraction(1, 2)
        self.exponentials = Relations(sums, products, lambda a: field.power(a, half), field.key, self._square)
        self.exponentials.put(field.number(Fraction(0)), field.number(ONE))
        self.logarithms = Relations(products, sums, lambda a: field.mul(field.number(half), a), field.key, field.random)
        self.logarithms.put(field.number(ONE), field.number(Fraction(0)))
        self._odd: dict[Any, Value] = {}
        self._powers: dict[Key, Value] = {}

    def power(self, exponent: Value, exponents: Residues) -> Value:
        """gᵘ for an exponent modulo the next primes; g⁻ᵘ is a quotient, which takes less time."""
        key, opposite = exponents.key(exponent), exponents.key(exponents.neg(exponent))
        if key not in self._powers:
            known = self._powers.get(opposite)
            self._powers[key] = self.field.exponential(exponent) if known is None else self.field.inverse(known)
        return self._powers[key]

    def value(self, node: Expression) -> Value:
        """The value of a node that is no exponential."""
        own = getattr(self, f"_{node.operator}")
        return own(node.detail, *(self.known[argument.place] for argument in node.arguments))

    def over(self, a: Value, b: Value) -> Value:
        """a / b"""
        return self.field.mul(a, self.field.inverse(b))

    def _number(self, value: Fraction) -> Value:
        return self.field.number(value)

    def _symbol(self, name: str) -> Value:
        return self.field.number(self._pinned[name]) if name in self._pinned else self.field.random()

    def _add(self, _: None, a: Value, b: Value) -> Value:
        return self.field.add(a, b)

    def _mul(self, _: None, a: Value, b: Value) -> Value:
        return self.field.mul(a, b)

    def _div(self, _: None, a: Value, b: Value) -> Value:
        return self.over(a, b)

    def _neg(self, _: None, a: Value) -> Value:
        return self.field.neg(a)

    def _pow(self, exponent: Fraction, a: Value) -> Value:
        return self.field.power(a, exponent)

    def _log(self, _: None, a: Value) -> Value:
        return self.logarithms(a)

    def _sin(self, _: None, a: Value) -> Value:
        t = self._odd_value("angle", a)
        return self.over(self.field.mul(self.field.number(TWO), t), self._one_and(self.field.mul(t, t)))

    def _cos(self, _: None, a: Value) -> Value:
        t = self._odd_value("angle", a)
        square = self.field.mul(t, t)
        return self.over(self._one_and(self.field.neg(square)), self._one_and(square))

    def _atan(self, _: None, a: Value) -> Value:
        return self._odd_value("atan", a)

    def _erf(self, _: None, a: Value) -> Value:
        return self._odd_value("erf", a)

    def _square(self) -> Value:
        root = self.field.random()
        return self.field.mul(root, root)

    def _one_and(self, a: Value) -> Value:
        return self.field.add(self.field.number(ONE), a)

    def _odd_value(self, function: str, a: Value) -> Value:
        """An independent value, with f(−a) = −f(a)."""
        if self.field.is_zero(a):
            return a
        key = function, self.field.key(a)
        if key not in self._odd:
            self._odd[key] = self.field.random()
            self._odd[function, self.field.key(self.field.neg(a))] = self.field.neg(self._odd[key])
        return self._odd[key]


def _logarithms(nodes: Sequence[Expression]) -> dict[int, dict[Expression, Fraction]]:
    """For each node the logarithms that are added in it, with their coefficients; nothing where there are none."""
    if not any(node.operator == "log" for node in nodes):
        return {}
    found: dict[int, dict[Expression, Fraction]] = {}
    for node in nodes:
        found[node.place] = _added(node, [found[argument.place] for argument in node.arguments])
    return found


def _added(node: Expression, parts: Sequence[dict[Expression, Fraction]]) -> dict[Expression, Fraction]:
    if node.operator == "log":
        return {node: ONE}
    if node.operator == "neg":
        return {logarithm: -count for logarithm, count in parts[0].items()}
    if node.operator == "add":
        every = {**parts[0], **parts[1]}
        counts = {a: sum((part.get(a, Fraction(0)) for part in parts), Fraction(0)) for a in every}
        return {logarithm: count for logarithm, count in counts.items() if count}
    if node.operator == "mul" and any(argument.is_number for argument in node.arguments):
        (constant,) = (argument.detail for argument in node.arguments if argument.is_number)
        return {logarithm: constant * count for part in parts for logarithm, count in part.items()}
    return {}
