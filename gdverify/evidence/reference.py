"""The one place that says what is right: derivation and case in, expected values and tolerances out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from gdverify.cases.case import Case
from gdverify.codegen.program import Statement, needed, program, run
from gdverify.derivation.steps import Derivation
from gdverify.evidence.rounding import Reals, Rounding, exact

# How many times the bound of a correct implementation's rounding error is accepted: the reference may be off by one of
# them, and the subject, on the other side, by another.
SAFETY = 2.0


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
    ties: str = "any",
    statements: Iterable[Statement] | None = None,
) -> Reference:
    """Expected values and tolerances.

    Args:
        derivation: the mathematics.
        case: the point; its dtype is the subject's, whose roundings are allowed.
        names: ``loss``, and names of adjoints such as ``dW1`` or ``da2``.
        ties: see `gdverify.evidence.rounding.Rounding`.
        statements: other ones than those of the derivation, for example with a slip.
    """
    made = program(derivation)
    every = (*made.loss, *made.every_adjoint) if statements is None else statements
    arithmetic = Rounding(case.dtype, ties)
    wanted = list(names)
    known = {name: exact(array) for name, array in case.arrays.items()}
    known |= {axis: exact(size) for axis, size in case.sizes.items()}
    with np.errstate(all="ignore"):
        values = run(needed(every, wanted), known, arithmetic.table)
        bounds = {name: _bound(values[name].value, values[name].error) for name in wanted}
    return Reference(bounds, arithmetic.met_tie)


def _bound(value: Reals, error: Reals) -> Bound:
    tolerance = SAFETY * error
    known = np.isfinite(value) & np.isfinite(tolerance)
    return Bound(value, np.where(known, tolerance, np.inf))
