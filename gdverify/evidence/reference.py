"""The one place that says what is right: derivation and case in, expected values and tolerances out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from gdverify.cases.case import Case
from gdverify.codegen.program import Statement, needed, program, run
from gdverify.derivation.kinks import kinks
from gdverify.derivation.steps import Derivation
from gdverify.evidence.allowance import DECLARED, Allowance
from gdverify.evidence.bounded import Bounded, Reals, exact
from gdverify.evidence.conditions import Flipped, Slope
from gdverify.evidence.rounding import Rounding

# How many times the bound of a correct implementation's rounding error is accepted: the reference may be off by one of
# them, and the subject, on the other side, by another.
SAFETY = 2.0
STRICT = Allowance()


@dataclass(frozen=True)
class Bound:
    """What a tensor should be, and how far from it a correct implementation may be; infinite where nothing is known."""

    expected: Reals
    tolerance: Reals


@dataclass(frozen=True)
class Reference:
    """Bounds by name, and whether an exact tie was met on the way to them."""

    bounds: dict[str, Bound]
    tie: bool


def reference(
    derivation: Derivation,
    case: Case,
    names: Iterable[str],
    ties: str | None = None,
    statements: Iterable[Statement] | None = None,
    allowance: Allowance = STRICT,
) -> Reference:
    """Expected values and tolerances.

    Args:
        derivation: the mathematics.
        case: the point; its dtype is the subject's, whose roundings are allowed.
        names: ``loss``, and names of adjoints such as ``dW1`` or ``da2``.
        ties: see `gdverify.evidence.conditions.Conditions`; by default what the allowance says.
        statements: other ones than those of the derivation, for example with a slip.
        allowance: what the subject is allowed beyond the bound.
    """
    wanted = list(names)
    chosen = ties or _at_kinks(derivation, allowance)
    runner = Runner(derivation, case, wanted, statements, allowance.roundings(case.dtype))
    with np.errstate(all="ignore"):
        rounded, tie = runner.values("larger" if chosen == "any" else chosen, rounds=1)
        # A set of subgradients is not widened by what is allowed for roundings: it is followed on its own.
        sets = runner.values("any", rounds=0)[0] if chosen == "any" and tie else {}
        # Where the equations themselves overflow on the way there, nothing is known of what comes after.
        overflown = any(not np.isfinite(value.value).all() for value in map(rounded.get, runner.forward) if value)
        factor = np.inf if overflown else SAFETY * allowance.tolerance
        bounds = {name: _bound(rounded[name], factor, sets.get(name)) for name in wanted}
    return Reference(bounds, tie)


@dataclass(frozen=True)
class Runner:
    """The statements of a derivation, on a case, in the arithmetic of values with errors."""

    derivation: Derivation
    case: Case
    wanted: list[str]
    statements: Iterable[Statement] | None
    dtype: np.dtype[Any]

    def values(self, ties: str | Slope, rounds: int) -> tuple[dict[str, Bounded], bool]:
        """Every value, and whether an exact tie was met."""
        values, there, back = self.run(ties, rounds)
        return values, there.conditions.met_tie or back.conditions.met_tie

    def run(self, ties: str | Slope | Flipped, rounds: int) -> tuple[dict[str, Bounded], Rounding, Rounding]:
        """Every value, and the arithmetic of the way there and of the way back."""
        forward, backward = self._passes
        # A slope is a derivative: it has no meaning for a condition of the function itself.
        there = Rounding(self.dtype, ties if isinstance(ties, str) else DECLARED, rounds)
        back = there if isinstance(ties, str) else Rounding(self.dtype, ties, rounds)
        return run(backward, run(forward, self._known, there.table), back.table), there, back

    @property
    def forward(self) -> list[str]:
        """The names of the values on the way there."""
        return [statement.target for statement in self._passes[0]]

    @cached_property
    def _passes(self) -> tuple[list[Statement], list[Statement]]:
        made = program(self.derivation)
        every = (*made.loss, *made.every_adjoint) if self.statements is None else tuple(self.statements)
        asked = needed(every, self.wanted)
        on_the_way = {statement.target for statement in made.loss}
        forward = [statement for statement in asked if statement.target in on_the_way]
        return forward, [statement for statement in asked if statement.target not in on_the_way]

    @cached_property
    def _known(self) -> dict[str, Bounded]:
        known = {name: _given(array, self.dtype) for name, array in self.case.arrays.items()}
        return known | {axis: exact(size) for axis, size in self.case.sizes.items()}


def _at_kinks(derivation: Derivation, allowance: Allowance) -> str | Slope:
    if allowance.kink is None or isinstance(allowance.kink, str):
        return allowance.kink or "any"
    return Slope(float(allowance.kink), _slopes(derivation))


@lru_cache(maxsize=1024)
def _slopes(derivation: Derivation) -> tuple[tuple[float, float], ...]:
    """Of each kink between two numbers, the derivative that is taken and the other one."""
    places = [kink.place for kink in kinks(derivation.forward) if not kink.place.jumps]
    ends = [(p.value, p.upper if p.value == p.lower else p.lower) for p in places if p.value in (p.lower, p.upper)]
    return tuple(dict.fromkeys((float(a), float(b)) for a, b in ends if a.is_number and b.is_number))


def _given(array: Any, dtype: np.dtype[Any]) -> Bounded:
    """A given array, as a subject that computes in a dtype sees it."""
    value = exact(array)
    return value if array.dtype == dtype else Bounded(value.value, np.abs(value.value - array.astype(dtype)))


def _bound(rounded: Bounded, factor: float, within: Bounded | None) -> Bound:
    made, radius = (rounded, 0.0) if within is None else (within, within.error)
    tolerance = np.where(factor < np.inf, factor * rounded.scaled.error, np.inf) + radius
    known = np.isfinite(made.value) & np.isfinite(tolerance)
    return Bound(made.value, np.where(known, tolerance, np.inf))
