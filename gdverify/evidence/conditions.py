"""Comparisons of values with errors, and the branches that hang on them.

Where a condition is not decided by its operands' errors, both branches are possible; at an exact tie every value
between the branches is a subgradient: that is no rounding error, and is followed apart from roundings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdverify.evidence.bounded import Bounded, Reals, are_exact, exact
from gdverify.evidence.precision import Precision


@dataclass(frozen=True)
class Decision:
    """A comparison: its outcome, where it may go either way, and where the two sides are exactly equal."""

    holds: NDArray[np.bool_]
    open: NDArray[np.bool_]
    tied: NDArray[np.bool_]

    def map(self, function: Callable[[NDArray[np.bool_]], NDArray[np.bool_]]) -> Decision:
        """The same view of all three."""
        return Decision(function(self.holds), function(self.open), function(self.tied))


@dataclass(frozen=True)
class Slope:
    """The one derivative that is allowed at kinks.

    Attributes:
        value: the derivative.
        pairs: for each kind of kink, the derivative that is declared there and the one on the other side.
    """

    value: float
    pairs: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Flipped:
    """Exact ties at which the other branch is taken: entries of conditions, which are numbered as they are met."""

    entries: frozenset[tuple[int, int]]

    def mask(self, condition: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Its entries in the shape of a condition."""
        made = np.zeros(shape, dtype=bool)
        made.flat[[place for number, place in self.entries if number == condition]] = True
        return made


class Conditions:
    """The comparisons of one run.

    Args:
        precision: of the subject.
        ties: what is taken at an exact tie: ``any`` value between the branches, the ``declared`` branch, the ``other``
            one, which an implementation with ``>=`` for ``>`` takes, the ``larger`` one, ``whatever`` there is, one
            `Slope`, or the declared branch but for some that are `Flipped`.

    Attributes:
        met_tie: whether there was a tie.
        tied: where there is one, by condition.
    """

    def __init__(self, precision: Precision, ties: str | Slope | Flipped) -> None:
        self.ties = ties
        self.met_tie = False
        self.tied: dict[int, NDArray[np.bool_]] = {}
        self._precision = precision
        self._numbers: dict[tuple[int, int], tuple[int, Bounded, Bounded]] = {}

    def gt(self, _: None, a: Bounded, b: Bounded) -> Decision:
        """a > b"""
        return self._decide(a, b, a.value > b.value)

    def ge(self, _: None, a: Bounded, b: Bounded) -> Decision:
        """a ≥ b"""
        return self._decide(a, b, a.value >= b.value)

    def lt(self, _: None, a: Bounded, b: Bounded) -> Decision:
        """a < b"""
        return self._decide(a, b, a.value < b.value)

    def le(self, _: None, a: Bounded, b: Bounded) -> Decision:
        """a ≤ b"""
        return self._decide(a, b, a.value <= b.value)

    def _decide(self, a: Bounded, b: Bounded, holds: NDArray[np.bool_]) -> Decision:
        margin = a.error + b.error
        equal = a.value == b.value
        cut = np.False_ if a.cut is None else a.cut
        tied = equal & (margin == 0) & ~cut
        self.met_tie = self.met_tie or bool(tied.any())
        condition = self._condition(a, b)
        self.tied[condition] = tied
        # A margin that is not known decides nothing.
        unsure = ~(np.abs(a.value - b.value) > margin) & ~cut
        if isinstance(self.ties, Flipped):
            return Decision(holds ^ (tied & self.ties.mask(condition, tied.shape)), unsure & ~tied, tied)
        if self.ties not in ("declared", "other", "larger"):
            return Decision(holds, unsure, tied)
        return Decision(holds ^ tied if self.ties == "other" else holds, unsure & ~tied, tied)

    def _condition(self, a: Bounded, b: Bounded) -> int:
        """The number of a comparison: the same one where the same two values are compared again."""
        number, *_ = self._numbers.setdefault((id(a), id(b)), (len(self._numbers), a, b))
        return number

    def where(self, _: None, condition: Decision, a: Bounded, b: Bounded) -> Bounded:
        """The branch that the condition takes; either one, and what lies between, where it is open"""
        made = self._branch(condition, a, b)
        latent = None
        if a.latent is not None or b.latent is not None:
            latent = np.where(condition.holds, a.scaled.error - a.error, b.scaled.error - b.error)
        return Bounded(made.value, made.error + self._blended(a, b), latent=latent)

    def _branch(self, condition: Decision, a: Bounded, b: Bounded) -> Bounded:
        value = np.where(condition.holds, a.value, b.value)
        error = np.where(condition.holds, a.error, b.error)
        either = np.maximum(np.abs(a.value - value) + a.error, np.abs(b.value - value) + b.error)
        error = np.where(condition.open, either, error)
        if self.ties == "any":
            low, high = (
                np.minimum(a.value - a.error, b.value - b.error),
                np.maximum(a.value + a.error, b.value + b.error),
            )
            value = np.where(condition.tied, (low + high) / 2, value)
            error = np.where(condition.tied, (high - low) / 2, error)
        if self.ties == "larger":
            first = a.largest >= b.largest
            value = np.where(condition.tied, np.where(first, a.value, b.value), value)
            error = np.where(condition.tied, np.where(first, a.error, b.error), error)
        if self.ties == "whatever":
            error = np.where(condition.tied & (a.value != b.value), np.inf, error)
        if isinstance(self.ties, Slope):
            value, error = self._sloped(self.ties, condition, (a, b), (value, error))
        return Bounded(value, error)

    def _blended(self, a: Bounded, b: Bounded) -> Reals | float:
        """Two branches may be written as one: αz and z as ½(1 + α) z + ½(1 − α) |z|, a and b as ½(a + b + |a − b|)."""
        if are_exact(a, b):
            return 0.0
        both = (a.value != 0) & (b.value != 0) & (a.value != b.value)
        return np.where(both, 3 * self._precision.unit * np.maximum(np.abs(a.value), np.abs(b.value)), 0.0)

    def _sloped(
        self, wanted: Slope, condition: Decision, branches: tuple[Bounded, Bounded], made: tuple[Reals, Reals]
    ) -> tuple[Reals, Reals]:
        """At ties the one derivative that is asked for: the branches are s₁ g and s₂ g, so it is s g."""
        values, errors = (np.broadcast_arrays(*(getattr(b, part) for b in branches)) for part in ("value", "error"))
        taken, other = np.where(condition.holds, *values), np.where(condition.holds, *reversed(values))
        loose, error = errors[0] + errors[1], made[1]
        value, left = made[0], np.broadcast_to(condition.tied, taken.shape)
        for of_taken, of_other in wanted.pairs:
            fits = left & (np.abs(taken * of_other - other * of_taken) <= loose)
            factor = taken / of_taken if of_taken else other / of_other
            room = loose + 4 * self._precision.unit * np.abs(wanted.value * factor)
            value = np.where(fits, wanted.value * factor, value)
            error = np.where(fits, np.where(wanted.value * factor == 0, loose, room), error)
            left = left & ~fits
        return value, error

    def sign(self, _: None, a: Bounded) -> Bounded:
        """−1, 0 or 1; any value between at 0"""
        zero = exact(0.0)
        one = exact(1.0)
        below = self._branch(self._decide(a, zero, a.value < 0), exact(-1.0), zero)
        made = self._branch(self._decide(a, zero, a.value > 0), one, below)
        if not isinstance(self.ties, Slope):
            return made
        tied = self._decide(a, zero, a.value > 0).tied
        return Bounded(np.where(tied, self.ties.value, made.value), np.where(tied, 0, made.error))
