"""The one place that says what is right: derivation and case in, expected values and tolerances out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from gdverify.cases.case import Case
from gdverify.codegen.program import Statement, needed, program, run
from gdverify.derivation.kinks import kinks
from gdverify.derivation.steps import Derivation
from gdverify.evidence.allowance import DECLARED, Allowance
from gdverify.evidence.rounding import Bounded, Reals, Rounding, Slope, exact

# How many times the bound of a correct implementation's rounding error is accepted: the reference may be off by one of
# them, and the subject, on the other side, by another.
SAFETY = 2.0
STRICT = Allowance()
ANY, SIDES = "any", (DECLARED, "other")  # at ties; see `gdverify.evidence.rounding.Rounding`


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
        ties: see `gdverify.evidence.rounding.Rounding`; by default what the allowance says.
        statements: other ones than those of the derivation, for example with a slip.
        allowance: what the subject is allowed beyond the bound.
    """
    made = program(derivation)
    every = (*made.loss, *made.every_adjoint) if statements is None else tuple(statements)
    wanted = list(names)
    dtype = allowance.roundings(case.dtype)
    on_the_way = {statement.target for statement in made.loss}
    asked = needed(every, wanted)
    forward = [statement for statement in asked if statement.target in on_the_way]
    back = [statement for statement in asked if statement.target not in on_the_way]
    known = {name: _given(array, dtype) for name, array in case.arrays.items()}
    known |= {axis: exact(size) for axis, size in case.sizes.items()}

    def evaluated(ties: str | Slope) -> tuple[dict[str, Bounded], bool]:
        # A slope is a derivative: it has no meaning for a condition of the function itself.
        passes = Rounding(dtype, ties if isinstance(ties, str) else DECLARED), Rounding(dtype, ties)
        values = run(back, run(forward, known, passes[0].table), passes[1].table)
        return {name: values[name] for name in wanted}, any(arithmetic.met_tie for arithmetic in passes)

    factor = SAFETY * allowance.tolerance
    with np.errstate(all="ignore"):
        chosen = ties or _at_kinks(derivation, allowance)
        values, tie = evaluated(chosen)
        sides = [evaluated(side)[0] for side in SIDES] if tie and chosen == ANY else [values]
        bounds = {name: _bound(values[name], [side[name].error for side in sides], factor) for name in wanted}
    return Reference(bounds, tie)


def _at_kinks(derivation: Derivation, allowance: Allowance) -> str | Slope:
    if allowance.kink is None or isinstance(allowance.kink, str):
        return allowance.kink or ANY
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


def _bound(made: Bounded, roundings: Sequence[Reals], factor: float) -> Bound:
    # The factor is for roundings, those on both sides of a tie: how far apart the sides are is known as it is.
    tolerance = made.error + (factor - 1) * sum(roundings)
    known = np.isfinite(made.value) & np.isfinite(tolerance)
    return Bound(made.value, np.where(known, tolerance, np.inf))
