"""Two formulas side by side: the smallest parts in which they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from fractions import Fraction

from gdverify.tracing.expression import Expression, Graph
from gdverify.tracing.parts import Product, addends, factors

MOST = 2000  # nodes that are taken apart at each step
STEPS = 50

# A sign and a key, such that expressions that are equal or opposite have the same key.
Key = Callable[[Expression], tuple[int, Hashable]]


def contrast(
    got: Expression, expected: Expression, graph: Graph, key: Key | None = None
) -> tuple[Expression, Expression]:
    """The factors or addends of two expressions that are not in both, as deep down as they can be told apart.

    Args:
        got, expected: the expressions.
        graph: in which they were made.
        key: what equal expressions have in common, such as `gdverify.tracing.modular.Signatures.signature`; without it
            only those that are the same node are equal.

    Returns:
        What stands in the first in the place of what stands in the second.
    """
    same = key or _place
    for _ in range(STEPS):
        narrower = _narrower(got, expected, graph, same)
        if narrower is None:
            break
        got, expected = narrower
    return got, expected


def _narrower(got: Expression, expected: Expression, graph: Graph, key: Key) -> tuple[Expression, Expression] | None:
    """What is left of both without what they share; None where nothing is shared, or too much to be understood."""
    pairs = [_without_factors(got, expected, graph, key), _without_addends(got, expected, graph, key)]
    return next(
        (pair for pair in pairs if pair and pair != (got, expected) and not any(part.is_number for part in pair)), None
    )


def _without_factors(
    got: Expression, expected: Expression, graph: Graph, key: Key
) -> tuple[Expression, Expression] | None:
    first, second = (_Keyed(factors(side, _nothing, MOST), key) for side in (got, expected))
    shared = {k for k in first.powers.keys() & second.powers.keys() if first.exponent(k) == second.exponent(k)}
    sides = first.without(shared, graph), second.without(shared, graph)
    if sides[0][0] == sides[1][0]:
        return sides[0][1], sides[1][1]
    if not shared:
        return None
    return graph.mul(graph.number(sides[0][0]), sides[0][1]), graph.mul(graph.number(sides[1][0]), sides[1][1])


class _Keyed:
    """A product: its number, and by key its other factors, each with the sign that it has to that of its key."""

    def __init__(self, product: Product, key: Key) -> None:
        self.number = product.number
        self.powers: dict[Hashable, tuple[int, Expression, Fraction]] = {}
        for base, exponent in product.powers.items():
            sign, k = key(base)
            known = self.powers.get(k, (sign, base, Fraction(0)))
            if exponent.denominator == 1:
                # As a power of what the key stands for; the sign goes into the number.
                self.number *= Fraction(sign) ** int(exponent)
                self.powers[k] = (known[0], known[1], known[2] + exponent)
            else:
                self.powers["root", k] = (1, base, exponent)

    def exponent(self, key: Hashable) -> Fraction:
        """Of a factor."""
        return self.powers[key][2]

    def without(self, shared: set[Hashable], graph: Graph) -> tuple[Fraction, Expression]:
        """The number, and the product of the factors that are not shared."""
        number, made = self.number, graph.number(1)
        for key, (sign, base, exponent) in self.powers.items():
            if key in shared:
                continue
            if exponent.denominator == 1:
                number *= Fraction(sign) ** int(exponent)
            factor = graph.pow(base, abs(exponent))
            made = graph.mul(made, factor) if exponent > 0 else graph.div(made, factor)
        return number, made


def _without_addends(
    got: Expression, expected: Expression, graph: Graph, key: Key
) -> tuple[Expression, Expression] | None:
    if got.operator != "add" or expected.operator != "add":
        return None
    sides = [[(sign, *key(part), part) for sign, part in addends(side, _nothing, MOST)] for side in (got, expected)]
    first, second = (Counter((sign * own, k) for sign, own, k, _ in side) for side in sides)
    shared = first & second
    return _rest(sides[0], shared.copy(), graph), _rest(sides[1], shared.copy(), graph)


def _rest(
    side: Iterable[tuple[int, int, Hashable, Expression]], shared: Counter[tuple[int, Hashable]], graph: Graph
) -> Expression:
    """A sum without the parts that are shared."""
    made = graph.number(0)
    for sign, own, key, part in side:
        if shared[sign * own, key] > 0:
            shared[sign * own, key] -= 1
        else:
            made = graph.add(made, part if sign > 0 else graph.neg(part))
    return made


def _nothing(_: Expression) -> bool:
    """What is not taken apart."""
    return False


def _place(expression: Expression) -> tuple[int, Hashable]:
    return 1, expression.place
