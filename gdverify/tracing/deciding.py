"""Whether expressions are zero: decided, bounded in work, and never more claimed than was shown.

1. Structure: the graph itself makes an expression 0, or another number.
2. Balls at two random points of the same path: a ball without 0 proves that an expression is not zero.
3. Residues at random points modulo random primes (`gdverify.tracing.modular`): zero, with a stated bound on the error.
   Only where exponentials are nested more deeply than the chains of primes are long, and residues are not zero though
   balls are, longer chains are drawn.
4. Else undecided: equal to so many digits, and not proved.

All expressions share their graph, so that each node is evaluated once a point for all of them. The second step comes
before the third also because residues do not know which of its two square roots a number has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from gdverify.extras import MissingExtra
from gdverify.tracing.balls import Values, arithmetic
from gdverify.tracing.expression import Expression, walked
from gdverify.tracing.modular import POINTS, Signatures
from gdverify.tracing.path import Condition
from gdverify.tracing.primes import CHAINS
from gdverify.tracing.residues import NoRoot
from gdverify.tracing.sampling import DIGITS, Point, Sampling

LIMIT = 50_000  # nodes
SAMPLES = 2  # points for balls
ENOUGH = 1e-20  # the largest probability of an error that is called a proof

Outcome = Literal["zero", "different", "undecided"]
How = Literal["structure", "balls", "modular"]
Decisions = dict[int, "Decision"]  # by the place of the expression


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
        reason: in words.
        error: for ``zero``, a bound on the probability that it is wrong.
        digits: for what is not ``different``, to how many digits balls have seen a zero.
        witness: for ``different``.
    """

    outcome: Outcome
    how: How
    reason: str
    error: float = 0.0
    digits: int = 0
    witness: Witness | None = None


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
    sampling = Sampling(at, path, pinned or {})
    made: Decisions = {k: _constant(e, at) for k, e in enumerate(expressions) if e.is_number}
    nodes = len(walked([*expressions, *sampling.differences]))
    if nodes > LIMIT:
        reason = f"{nodes} nodes, more than {LIMIT}"
        made |= dict.fromkeys(_without(expressions, made), Decision("undecided", "structure", reason))
    found, digits = _by_balls(_without(expressions, made), sampling, seed)
    made |= found
    made |= _by_residues(_without(expressions, made), sampling.pinned, seed, digits)
    return [made[k] for k in range(len(expressions))]


def _without(expressions: Sequence[Expression], made: Decisions) -> dict[int, Expression]:
    """Those that are not decided yet, by their place in the list."""
    return {k: expression for k, expression in enumerate(expressions) if k not in made}


def _constant(expression: Expression, at: Mapping[str, Fraction]) -> Decision:
    if expression.detail == 0:
        return Decision("zero", "structure", "the same expression", digits=DIGITS)
    witness = Witness(dict(at), float(expression.detail))
    return Decision("different", "structure", f"the constant {expression.detail}", witness=witness)


def _by_balls(left: Mapping[int, Expression], sampling: Sampling, seed: int) -> tuple[Decisions, int]:
    """Those that differ from 0, or have no values; and to how many digits the others are 0."""
    balls, made, digits = arithmetic(), dict[int, Decision](), math.inf
    for sample in range(SAMPLES):
        still = {k: e for k, e in left.items() if k not in made}
        try:
            found = sampling.values([*still.values()], f"{seed} {sample}", balls)
        except MissingExtra as error:
            return made | dict.fromkeys(still, Decision("undecided", "balls", str(error))), 0
        if found is None:
            reason = "no point was found on the path at which all values are known to be finite"
            return made | dict.fromkeys(still, Decision("undecided", "balls", reason)), 0
        point, values = found
        made |= {k: _different(e, point, values) for k, e in still.items() if values.sign(e) in (-1, 1)}
        digits = min([digits, *(values.digits(e) for k, e in still.items() if k not in made)])
    return made, DIGITS if digits == math.inf else int(digits)


def _different(root: Expression, point: Point, values: Values) -> Decision:
    read = {node.detail for node in walked([root]) if node.operator == "symbol"}
    witness = Witness({name: value for name, value in point.items() if name in read}, values.middle(root))
    return Decision("different", "balls", f"{witness.value:.6g} at a random point", witness=witness)


def _by_residues(left: Mapping[int, Expression], pinned: Point, seed: int, digits: int) -> Decisions:
    """Those that are proved to be 0, and those that are not."""
    made: Decisions = {}
    for length in CHAINS:
        still = {k: e for k, e in left.items() if k not in made or made[k].outcome == "undecided"}
        if not still:
            break
        try:
            signatures = Signatures([*still.values()], seed, pinned, length)
        except (ZeroDivisionError, NoRoot) as error:
            if len(still) > 1:  # one of them spoils the others
                return made | {k: _by_residues({k: e}, pinned, seed, digits)[k] for k, e in still.items()}
            why = "a root of a root" if isinstance(error, NoRoot) else "a divisor is zero"
            return made | dict.fromkeys(still, _unproved(digits, why))
        proofs = zip(still, signatures.zeros(), signatures.errors(), strict=True)
        made |= {k: _by_residue(zero, error, digits) for k, zero, error in proofs}
        if not signatures.is_nested:
            break
    return made


def _by_residue(zero: bool, error: float, digits: int) -> Decision:
    if not zero:
        return _unproved(digits, "residues differ")
    if error > ENOUGH:
        return _unproved(digits, f"the chance of an error is only known to be below {error:.1g}")
    reason = f"zero at {POINTS} points modulo random primes, wrong with a probability below {error:.1g}"
    return Decision("zero", "modular", reason, error, digits)


def _unproved(digits: int, why: str) -> Decision:
    return Decision("undecided", "modular", f"equal to {digits} digits, not proved: {why}", digits=digits)
