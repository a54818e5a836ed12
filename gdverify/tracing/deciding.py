"""Whether expressions are zero: decided, bounded in work, and never more claimed than was shown.

1. Structure: the graph itself makes an expression 0, or another number.
2. Balls at two random points of the same path: a ball without 0 proves that an expression is not zero.
3. Residues at random points modulo random primes (`gdverify.tracing.modular`): zero, with a stated bound on the error.
4. Else undecided: equal to so many digits, and not proved.

All expressions share their graph, so that each node is evaluated once a point for all of them. The second step comes
before the third also because residues do not know which of its two square roots a number has.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from gdverify.extras import MissingExtra
from gdverify.tracing.balls import Arb, Intervals, Undefined, Values, arithmetic
from gdverify.tracing.expression import Expression, walked
from gdverify.tracing.modular import POINTS, Signatures
from gdverify.tracing.path import RELATIONS, Condition
from gdverify.tracing.residues import NoRoot

LIMIT = 50_000  # nodes
BITS = (300, 1200, 4800)  # more only where those before leave fewer digits than DIGITS
DIGITS = 80
SAMPLES = 2  # points for balls
TRIES = 48  # points for each of them, nearer and nearer to the given one
ENOUGH = 1e-20  # the largest probability of an error that is called a proof

Outcome = Literal["zero", "different", "undecided"]
How = Literal["structure", "balls", "modular"]
Point = dict[str, Fraction]


@dataclass(frozen=True)
class Witness:
    """A point at which an expression is not zero, and its value there."""

    point: Point
    value: float


@dataclass(frozen=True)
class Decision:
    """What was found.

    Attributes:
        outcome: ``zero`` and ``different`` are proved, on the path of the point that was given.
        how: what decided, or came last.
        error: for ``zero``, a bound on the probability that it is wrong.
        digits: for what is not ``different``, to how many digits balls have seen a zero.
        witness: for ``different``.
        reason: in words.
    """

    outcome: Outcome
    how: How
    error: float = 0.0
    digits: int = 0
    witness: Witness | None = None
    reason: str = ""


def decide(
    expression: Expression,
    at: Mapping[str, Fraction],
    path: Sequence[Condition] = (),
    seed: int = 0,
    pinned: Mapping[str, Fraction] | None = None,
) -> Decision:
    """Whether one expression is zero; see `decide_all`."""
    return decide_all([expression], at, path, seed, pinned)[0]


def decide_all(
    expressions: Sequence[Expression],
    at: Mapping[str, Fraction],
    path: Sequence[Condition] = (),
    seed: int = 0,
    pinned: Mapping[str, Fraction] | None = None,
) -> list[Decision]:
    """Whether each expression is zero on the path of a point.

    Args:
        expressions: of one graph.
        at: the value of each symbol; the path is the one that is taken there.
        path: the branches that were taken.
        seed: the same one gives the same decisions.
        pinned: symbols that are constants, for example labels; those that the path equates with a number are, too.
    """
    decisions = [_by_structure(expression, at) for expression in expressions]
    open_places = [k for k, decision in enumerate(decisions) if decision is None]
    found = _Search([expressions[k] for k in open_places], at, path, seed, {**_equated(path), **(pinned or {})})
    for place, decision in zip(open_places, found.decisions(), strict=True):
        decisions[place] = decision
    return [decision for decision in decisions if decision is not None]


class _Search:
    """Expressions that are not constant, on one path."""

    def __init__(
        self,
        roots: Sequence[Expression],
        at: Mapping[str, Fraction],
        path: Sequence[Condition],
        seed: int,
        pinned: Mapping[str, Fraction],
    ) -> None:
        self.roots = roots
        self.at = at
        self.path = [condition for condition in path if not _constant(condition.difference, pinned)]
        self.seed = seed
        self.pinned = pinned

    def decisions(self) -> list[Decision]:
        """One for each expression."""
        nodes = len(walked([*self.roots, *(condition.difference for condition in self.path)]))
        if nodes > LIMIT:
            return [Decision("undecided", "structure", reason=f"{nodes} nodes, more than {LIMIT}")] * len(self.roots)
        try:
            made, digits = self._by_balls()
        except MissingExtra as error:
            return [Decision("undecided", "balls", reason=str(error))] * len(self.roots)
        left = [k for k, decision in enumerate(made) if decision is None]
        for k, decision in zip(left, self._by_residues([self.roots[k] for k in left], digits), strict=True):
            made[k] = decision
        return [decision for decision in made if decision is not None]

    def _by_balls(self) -> tuple[list[Decision | None], int]:
        """Differences, and to how many digits the others are zero."""
        balls = arithmetic()
        made: list[Decision | None] = [None] * len(self.roots)
        digits = math.inf
        for sample in range(SAMPLES):
            left = [k for k, decision in enumerate(made) if decision is None]
            found = self._on_path([self.roots[k] for k in left], sample, balls)
            if found is None:
                missing = Decision("undecided", "balls", reason="no other point was found on the same path")
                return [decision or missing for decision in made], 0
            point, values = found
            for k in left:
                root = self.roots[k]
                if values.sign(root) in (-1, 1):
                    made[k] = _different(root, point, values)
                else:
                    digits = min(digits, values.digits(root))
        return made, 0 if digits == math.inf else int(digits)

    def _on_path(self, roots: Sequence[Expression], sample: int, balls: Arb | Intervals) -> tuple[Point, Values] | None:
        """A random point on the path, and the values of the roots there, to enough bits."""
        for point in self._points(sample):
            for bits in BITS:
                try:
                    values = Values([*roots, *(c.difference for c in self.path)], point, bits, balls)
                except Undefined:
                    break  # another point
                if not all(_stays(condition, values) for condition in self.path):
                    break
                if bits == BITS[-1] or all(values.sign(r) in (-1, 1) or values.digits(r) >= DIGITS for r in roots):
                    return point, values
        return None

    def _points(self, sample: int) -> Iterator[Point]:
        draw = random.Random(f"{self.seed} {sample}")
        for attempt in range(TRIES):
            # Four directions at each distance.
            reach = Fraction(1, 2 ** (1 + attempt // 4))
            yield {
                name: self.pinned[name]
                if name in self.pinned
                else value + reach * Fraction(draw.randrange(-999, 1000), 1000)
                for name, value in self.at.items()
            }

    def _by_residues(self, roots: Sequence[Expression], digits: int) -> list[Decision]:
        unproved = f"equal to {digits} digits, not proved"
        try:
            signatures = Signatures(roots, self.seed, self.pinned)
        except ZeroDivisionError:
            return [Decision("undecided", "modular", digits=digits, reason=f"{unproved}: a divisor is zero")] * len(
                roots
            )
        except NoRoot:
            return [Decision("undecided", "modular", digits=digits, reason=f"{unproved}: a root of a root")] * len(
                roots
            )
        return [
            Decision("zero", "modular", error, digits, reason=f"zero at {POINTS} points modulo random primes")
            if zero and error <= ENOUGH
            else Decision(
                "undecided", "modular", digits=digits, reason=unproved + (": its degree is too large" if zero else "")
            )
            for zero, error in zip(signatures.zeros(), signatures.errors(), strict=True)
        ]


def _by_structure(expression: Expression, at: Mapping[str, Fraction]) -> Decision | None:
    if not expression.is_number:
        return None
    if expression.detail == 0:
        return Decision("zero", "structure", digits=DIGITS, reason="the same expression")
    witness = Witness(dict(at), float(expression.detail))
    return Decision("different", "structure", witness=witness, reason=f"the constant {expression.detail}")


def _different(root: Expression, point: Point, values: Values) -> Decision:
    read = {node.detail for node in walked([root]) if node.operator == "symbol"}
    witness = Witness({name: value for name, value in point.items() if name in read}, values.middle(root))
    return Decision("different", "balls", witness=witness, reason=f"{witness.value:.6g} at a random point")


def _stays(condition: Condition, values: Values) -> bool:
    """Whether a point is certainly on the same side of a condition."""
    sign = values.sign(condition.difference)
    return sign is not None and (sign in RELATIONS[condition.relation]) == condition.holds


def _equated(path: Sequence[Condition]) -> Point:
    """Symbols that the path equates with a number, as labels are."""
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


def _constant(expression: Expression, pinned: Mapping[str, Fraction]) -> bool:
    return all(node.detail in pinned for node in walked([expression]) if node.operator == "symbol")
