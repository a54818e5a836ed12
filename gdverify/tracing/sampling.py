"""Random points on the path of a given one, and the values of expressions there in ball arithmetic."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from gdverify.tracing.balls import Arb, Intervals, Undefined, Values
from gdverify.tracing.expression import Expression, walked
from gdverify.tracing.path import Condition, agrees

BITS = (300, 1200, 4800)  # more only where those before leave fewer digits than DIGITS
DIGITS = 80
TRIES, DIRECTIONS = 48, 4  # points for one that is on the path; at each distance so many

Point = dict[str, Fraction]


class Sampling:
    """Points on a path.

    Args:
        at: the value of each symbol at the point whose path it is.
        path: the branches that are taken there.
        pinned: symbols that keep a value; those that the path equates with a number do, too.
    """

    def __init__(self, at: Mapping[str, Fraction], path: Sequence[Condition], pinned: Mapping[str, Fraction]) -> None:
        self.pinned = {**_equated(path), **pinned}
        self._at = {**at, **self.pinned}
        self._path = [condition for condition in path if not _is_constant(condition.difference, self.pinned)]

    @property
    def differences(self) -> list[Expression]:
        """What decides the path."""
        return [condition.difference for condition in self._path]

    def values(self, roots: Sequence[Expression], seed: str, balls: Arb | Intervals) -> tuple[Point, Values] | None:
        """A random point and the values of expressions there; None where no point tried has finite ones."""
        for point in self._points(seed):
            found = self._values(roots, point, balls)
            if found is not None:
                return point, found
        return None

    def _values(self, roots: Sequence[Expression], point: Point, balls: Arb | Intervals) -> Values | None:
        """To as many bits as are needed; None where the point is not on the path, or cannot be told to be."""
        for bits in BITS:
            try:
                values = Values([*roots, *self.differences], point, bits, balls)
            except Undefined:
                return None
            if not all(_stays(condition, values) for condition in self._path):
                return None
            if all(values.sign(root) in (-1, 1) or values.digits(root) >= DIGITS for root in roots):
                break
        return values

    def _points(self, seed: str) -> Iterator[Point]:
        """Points about the given one, nearer and nearer, and at last that one itself: a path may have no other."""
        draw = random.Random(seed)
        for attempt in range(TRIES):
            reach = Fraction(1, 2 ** (1 + attempt // DIRECTIONS))
            yield {
                name: value if name in self.pinned else value + reach * Fraction(draw.randrange(-999, 1000), 1000)
                for name, value in self._at.items()
            }
        yield dict(self._at)


def _stays(condition: Condition, values: Values) -> bool:
    """Whether a point is on the same side of a condition."""
    sign = values.sign(condition.difference)
    if sign is None:
        # No ball tells 0 from almost 0; what was equal, and still is to 80 digits, takes the same branch.
        return condition.tie
    return agrees(condition, sign)


def _equated(path: Sequence[Condition]) -> Point:
    """Symbols that the path equates with a number, as it does labels."""
    found: Point = {}
    for condition in path:
        if (condition.relation, condition.holds) in (("==", True), ("!=", False)):
            found |= _solved(condition.difference)
    return found


def _solved(difference: Expression) -> Point:
    """The symbol in ``± symbol + number = 0``."""
    parts = difference.arguments if difference.operator == "add" else (difference,)
    constant = sum((part.detail for part in parts if part.is_number), Fraction(0))
    others = [part for part in parts if not part.is_number]
    if len(others) != 1:
        return {}
    (other,) = others
    if other.operator == "neg" and other.arguments[0].operator == "symbol":
        return {other.arguments[0].detail: constant}
    return {other.detail: -constant} if other.operator == "symbol" else {}


def _is_constant(expression: Expression, pinned: Mapping[str, Fraction]) -> bool:
    return all(node.detail in pinned for node in walked([expression]) if node.operator == "symbol")
