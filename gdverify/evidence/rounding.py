"""Values with a bound on the rounding error that a correct implementation may make.

Each operator carries ``(value, error)`` through the reference, with the unit roundoff u of the *subject's* dtype:
what its operands' errors become, plus what a textbook implementation of the operator itself may lose. The rules are
those of running error analysis (Higham, Accuracy and Stability of Numerical Algorithms, ch. 3), for any order of
summation:

    a ± b    e_a + e_b + u(|a| + |b| + |v| + e)  a · b    |a| e_b + e_a (|b| + e_b) + u(|v| + e)
    a @ b    |a| e_b + e_a (|b| + e_b) + K u P   a / b    (e_a + |v| e_b) / (|b| − e_b) + 2u(|v| + e)

with P the sum of the magnitudes and K its length. Where a condition is not decided by its operands' errors, both
branches are possible; at an exact tie every value between the branches is a subgradient: that is no rounding error,
and `Rounding` without roundings follows it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from gdverify.evidence.arithmetic import NUMPY, VIEWS, constant

Reals = NDArray[np.float64]

# Values on this grid are summed and multiplied without any rounding, in float32 too: that makes ties decidable.
GRID, GRID_LARGEST = 2.0**5, 2.0**12


@dataclass(frozen=True)
class Bounded:
    """A value in float64, and how far from it a correct implementation may be."""

    value: Reals
    error: Reals
    cut: NDArray[np.bool_] | None = None  # where a rectifier has surely made it 0: no tie with 0, and no doubt
    latent: Reals | None = None  # what an exact value would have lost, had its terms been scaled before: Σ (d² / n)

    @property
    def scaled(self) -> Bounded:
        """As it is where a factor that is not exact may have been multiplied out."""
        return self if self.latent is None else Bounded(self.value, self.error + self.latent, self.cut)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.value.shape

    @property
    def largest(self) -> Reals:
        """The largest magnitude that is possible."""
        return np.abs(self.value) + self.error

    def map(self, function: Callable[[Reals], Reals]) -> Bounded:
        """The same view of value and error."""
        latent = None if self.latent is None else function(self.latent)
        return Bounded(function(self.value), function(self.error), latent=latent)


@dataclass(frozen=True)
class Decision:
    """A comparison: its outcome, where it may go either way, and where the two sides are exactly equal."""

    holds: NDArray[np.bool_]
    open: NDArray[np.bool_]
    tied: NDArray[np.bool_]


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


def exact(value: Any) -> Bounded:
    """A value that is given, without error."""
    array = np.asarray(value, dtype=np.float64)
    return Bounded(array, np.zeros_like(array))


class Rounding:
    """The arithmetic of values with errors, for one unit roundoff.

    Args:
        dtype: of the subject, whose roundings are charged.
        ties: what is taken at an exact tie: ``any`` value between the branches, the ``declared`` branch, the ``other``
            one, which an implementation with ``>=`` for ``>`` takes, the ``larger`` one, ``whatever`` there is, one
            `Slope`, or the declared branch but for some that are `Flipped`.
        rounds: how often the roundings are charged: once, or not at all.
    """

    def __init__(self, dtype: np.dtype[Any], ties: str | Slope | Flipped = "any", rounds: int = 1) -> None:
        information = np.finfo(dtype)
        self.unit = rounds * float(information.eps) / 2
        self.smallest = rounds * float(information.tiny)
        self.largest = float(information.max)
        self.ties = ties
        self.met_tie = False
        self.tied: dict[int, NDArray[np.bool_]] = {}  # where there is one, by condition
        self._conditions: dict[tuple[int, int], tuple[int, Bounded, Bounded]] = {}
        self.table: dict[str, Callable[..., Any]] = {
            **{name: _view(function) for name, function in VIEWS.items()},
            **{name: self._in_range(getattr(self, name)) for name in _OWN},
            **{name: getattr(self, name) for name in ("gt", "ge", "lt", "le")},
            "number": self.number,
            "neg": lambda _, a: Bounded(-a.value, a.error, latent=a.latent),
            "copy": lambda _, a: a,
            "cast": lambda _, a, like: a,
        }

    def _in_range(self, function: Callable[..., Bounded]) -> Callable[..., Bounded]:
        """The operator, unbounded where its value overflows in the subject's dtype."""

        def within(*arguments: Any) -> Bounded:
            made = function(*arguments)
            if float(np.max(np.abs(made.value), initial=0)) <= self.largest:
                return made
            error = np.where(np.abs(made.value) <= self.largest, made.error, np.inf)
            return Bounded(made.value, error, made.cut, made.latent)

        return within

    # -- arithmetic

    def number(self, value: sympy.Rational) -> Bounded:
        """A constant: 0.01 is rounded, ½ is not"""
        made = exact(constant(value))
        dyadic = value.q & (value.q - 1) == 0 and abs(value.p) * self.unit <= 1
        return made if dyadic else Bounded(made.value, self.unit * np.abs(made.value))

    def add(self, _: None, a: Bounded, b: Bounded) -> Bounded:
        """a + b"""
        return self._summed(a.value + b.value, a, b)

    def sub(self, _: None, a: Bounded, b: Bounded) -> Bounded:
        """a − b; where it is a slope, 1 − tanh² z, another form of that, 1 / cosh² z, rounds more often"""
        made = self._summed(a.value - b.value, a, b)
        return made if not made.error.any() else Bounded(made.value, made.error + 7 * self.unit * np.abs(made.value))

    def _summed(self, value: Reals, a: Bounded, b: Bounded) -> Bounded:
        exact_terms, a, b = self._is_exact(a, b), a.scaled, b.scaled
        # Where a factor is multiplied out, 2y/n − 2t/n for 2 (y − t)/n, each term is rounded before they cancel.
        terms = self.unit * (np.abs(a.value) + np.abs(b.value))
        return self._rounded(value, a.error + b.error, exact_terms, terms)

    def mul(self, _: None, a: Bounded, b: Bounded) -> Bounded:
        """a · b"""
        exact_factors, a, b = self._is_exact(a, b), a.scaled, b.scaled
        carried = np.abs(a.value) * b.error + a.error * b.largest
        return self._rounded(a.value * b.value, carried, exact_factors, self._underflow(a.largest * b.largest))

    def div(self, _: None, a: Bounded, b: Bounded) -> Bounded:
        """a / b, unbounded where the divisor may be 0"""
        a, b = a.scaled, b.scaled
        value = a.value / b.value
        room = np.abs(b.value) - b.error
        carried = np.where(room > 0, (a.error + np.abs(value) * b.error) / np.where(room > 0, room, 1), np.inf)
        return Bounded(value, carried + 2 * self.unit * (np.abs(value) + carried) + self.smallest)

    def pow(self, exponent: sympy.Rational, a: Bounded) -> Bounded:
        """aⁿ by repeated multiplication, or by a function of the exponent"""
        if exponent == 2:
            return self.mul(None, a, a)
        n = constant(exponent)
        value = a.value**n
        # Where the slope n aⁿ⁻¹ is largest: far from 0 for n > 1, near to it for n < 1.
        steepest = a.largest if n > 1 else np.maximum(np.abs(a.value) - a.error, 0)
        carried = np.where(a.error == 0, 0, np.abs(n) * a.error * steepest ** (n - 1))
        # A fraction as exponent is rounded itself, which costs u |n log a|.
        moved = 0 if exponent.is_integer else np.abs(n * np.log(np.where(value > 0, np.abs(a.value), 1)))
        roundings = (np.abs(n) + 4 + moved) * self.unit * (np.abs(value) + carried)
        return Bounded(np.asarray(value), carried + roundings + self.smallest)

    def matmul(self, _: None, a: Bounded, b: Bounded) -> Bounded:
        """a @ b, summed in any order"""
        value = a.value @ b.value
        terms = a.shape[-1]
        largest = terms * float(np.max(a.largest, initial=0) * np.max(b.largest, initial=0))
        exact_sum, a, b = self._is_exact(a, b) and largest < GRID_LARGEST, a.scaled, b.scaled
        magnitude = a.largest @ b.largest
        carried = np.abs(a.value) @ b.error + a.error @ b.largest
        return _settled(value, carried + terms * (self.unit * magnitude + self._underflow(magnitude)), exact_sum)

    def einsum(self, spec: str, *operands: Bounded) -> Bounded:
        """Sums of products of any number of operands"""
        operands = tuple(o.scaled for o in operands)
        value = np.einsum(spec, *(o.value for o in operands), optimize=True)
        magnitude = np.einsum(spec, *(o.largest for o in operands), optimize=True)
        terms = np.einsum(spec, *(np.ones(o.shape) for o in operands), optimize=True) + len(operands)
        carried = sum(
            np.einsum(spec, *(o.error if k == place else o.largest for k, o in enumerate(operands)), optimize=True)
            for place in range(len(operands))
        )
        return Bounded(value, carried + terms * (self.unit * magnitude + self._underflow(magnitude)))

    def sum(self, axes: tuple[int, ...] | None, a: Bounded) -> Bounded:
        """Σ a, in any order"""
        value = np.asarray(a.value.sum(axis=axes))
        exact_terms, a = not a.error.any() and _on_grid(a.value), a.scaled
        magnitude = np.asarray(a.largest.sum(axis=axes))
        terms = a.value.size // max(value.size, 1)
        charged = np.asarray(a.error.sum(axis=axes)) + max(terms - 1, 0) * self.unit * magnitude
        return _settled(value, charged, exact_terms and float(np.max(magnitude, initial=0)) < GRID_LARGEST)

    def full_like(self, _: None, like: Bounded, a: Bounded) -> Bounded:
        """A constant in the shape of another array"""
        return a.map(lambda array: np.broadcast_to(array, like.shape))

    broadcast = full_like

    # -- conditions

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
        number, *_ = self._conditions.setdefault((id(a), id(b)), (len(self._conditions), a, b))
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
        if self._is_exact(a, b):
            return 0.0
        both = (a.value != 0) & (b.value != 0) & (a.value != b.value)
        return np.where(both, 3 * self.unit * np.maximum(np.abs(a.value), np.abs(b.value)), 0.0)

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
            room = loose + 4 * self.unit * np.abs(wanted.value * factor)
            value = np.where(fits, wanted.value * factor, value)
            error = np.where(fits, np.where(wanted.value * factor == 0, loose, room), error)
            left = left & ~fits
        return value, error

    # -- elementwise functions: what a textbook implementation may lose, of the value and in absolute terms

    def exp(self, _: None, a: Bounded) -> Bounded:
        """eᵃ"""
        value = np.exp(a.value)
        return Bounded(value, value * np.expm1(a.error) + 8 * self.unit * value + self.smallest)

    def log(self, _: None, a: Bounded) -> Bounded:
        """log a, unbounded where the argument may be 0"""
        value = np.log(a.value)
        ratio = a.error / a.value
        carried = np.where(ratio < 1, -np.log1p(-np.where(ratio < 1, ratio, 0)), np.inf)
        return Bounded(value, carried + 8 * self.unit * np.abs(value))

    def sqrt(self, _: None, a: Bounded) -> Bounded:
        """√a"""
        value = np.sqrt(a.value)
        carried = np.where(a.error < a.value, a.error / np.where(value > 0, value, 1), np.sqrt(a.largest))
        return Bounded(value, carried + 2 * self.unit * value)

    def tanh(self, _: None, a: Bounded) -> Bounded:
        """tanh a, also as (e²ᵃ − 1) / (e²ᵃ + 1)"""
        value = np.tanh(a.value)
        slope = (1 - value) * (1 + value)
        carried = np.minimum(np.minimum(slope * np.expm1(np.minimum(2 * a.error, 50)) / 2, a.error), 2)
        return Bounded(value, carried + 7 * self.unit)

    def sigmoid(self, _: None, a: Bounded) -> Bounded:
        """1 / (1 + e⁻ᵃ), also as (1 + tanh(a/2)) / 2"""
        value = NUMPY["sigmoid"](None, a.value)
        slope = value * NUMPY["sigmoid"](None, -a.value)
        carried = np.minimum(np.minimum(slope * np.expm1(np.minimum(a.error, 50)), a.error / 4), 1)
        return Bounded(value, carried + 6 * self.unit)

    def softplus(self, _: None, a: Bounded) -> Bounded:
        """log(1 + eᵃ), also as a + log(1 + e⁻ᵃ)"""
        value = np.logaddexp(0, a.value)
        return Bounded(value, a.error + self.unit * (8 * (1 + value) + 2 * np.abs(a.value)))

    def relu(self, _: None, a: Bounded) -> Bounded:
        """max(a, 0), exactly 0 where a is negative for certain"""
        highest = a.value + a.error
        return Bounded(np.maximum(a.value, 0), np.minimum(a.error, np.maximum(highest, 0)), highest < 0, a.latent)

    def absolute(self, _: None, a: Bounded) -> Bounded:
        """|a|"""
        return Bounded(np.abs(a.value), a.error, latent=a.latent)

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

    # -- roundings

    def _rounded(self, value: Reals, carried: Reals, exact_operands: bool, more: Reals | float) -> Bounded:
        """The errors carried in, one rounding of the result, and what is charged more; none of it on the grid."""
        on_grid = exact_operands and float(np.max(np.abs(value), initial=0)) < GRID_LARGEST
        return _settled(value, carried + self.unit * (np.abs(value) + carried) + more, on_grid)

    def _underflow(self, magnitude: Reals) -> Reals:
        """What a product may lose by underflow: nothing where a factor is 0, so that 0 · a meets a kink exactly."""
        return np.minimum(self.smallest, magnitude)

    @staticmethod
    def _is_exact(a: Bounded, b: Bounded) -> bool:
        return not a.error.any() and not b.error.any() and _on_grid(a.value) and _on_grid(b.value)


def _settled(value: Any, charged: Any, is_exact: bool) -> Bounded:
    """A value with what is charged for it: at once, or where it is exact, only if it is scaled later."""
    made, error = np.asarray(value), np.asarray(charged)
    return Bounded(made, np.zeros_like(made), latent=error) if is_exact else Bounded(made, error)


def _view(function: Callable[..., Any]) -> Callable[..., Bounded]:
    """A view of arrays, of values and errors alike."""

    def viewed(detail: Any, *a: Bounded) -> Bounded:
        value, error = (function(detail, *parts) for parts in ([x.value for x in a], [x.error for x in a]))
        if all(x.latent is None for x in a):
            return Bounded(value, error)
        latent = [np.zeros_like(x.value) if x.latent is None else x.latent for x in a]
        return Bounded(value, error, latent=function(detail, *latent))

    return viewed


def _on_grid(values: Reals) -> bool:
    scaled = values * GRID
    return bool(np.all((scaled == np.rint(scaled)) & (np.abs(scaled) < GRID * GRID_LARGEST)))


_OWN = (
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "matmul",
    "einsum",
    "sum",
    "full_like",
    "broadcast",
    "where",
    "exp",
    "log",
    "sqrt",
    "tanh",
    "sigmoid",
    "softplus",
    "relu",
    "absolute",
    "sign",
)
