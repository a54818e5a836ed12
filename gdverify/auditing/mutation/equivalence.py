"""Whether a slip changes anything: proved with expressions in place of numbers, at several shapes and paths.

What agrees there may still choose another value at a kink. That is allowed where the value lies between the two
one-sided derivatives, and is told apart from what is equal everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, fresh
from gdverify.codegen.nodes import evaluate
from gdverify.codegen.program import program, run
from gdverify.derivation.kinks import kinks
from gdverify.derivation.steps import Source
from gdverify.evidence.bounded import Reals, exact
from gdverify.evidence.rounding import Rounding
from gdverify.slips.equivalence import equivalent, small_cases
from gdverify.slips.slip import Slipped

# Cases beside the usual ones of a proof: sizes of 1, and paths that ordinary values do not take.
FURTHER, REGIMES = 2, ("ordinary", "saturated", "huge", "mixed scale")
WIDTHS = (1, 2, 3)
AT_KINKS = 60  # cases with pre-activations of exactly 0
ROUNDING = 1e-12  # of two ways to write the same number

SAME, EQUAL, WITHIN, NOT_PROVED, DIFFERENT = "same", "equal", "within", "not proved", "different"


@dataclass(frozen=True)
class Proof:
    """What is known of a slip's gradients.

    Attributes:
        outcome: the ``same`` statements, proved ``equal``, equal but for the choice at a kink, which is ``within``
            what is allowed there, ``not proved``, or ``different``.
        evidence: how it was established.
    """

    outcome: str
    evidence: str


def proof(slipped: Slipped, source: Source, options: Mapping[str, Any], seed: int) -> Proof:
    """Compare a slip's gradients with the right ones, exactly.

    Args:
        slipped: the slip; one that computes in another dtype differs by rounding, which no expression shows.
        source: what it is made in.
        options: that choose the member of the family.
        seed: of the shapes and values.
    """
    if slipped.dtype is not None or slipped.remembers:
        return Proof(DIFFERENT, "rounded otherwise, or dependent on the call before")
    if all(_is_same(slipped, target) for target in slipped.edits):
        return Proof(SAME, "the same statements")
    space = Space(source, options, {axis.name: WIDTHS for axis in slipped.derivation.composition.axes})
    drawn = [fresh(space, slipped.derivation, options, FURTHER, seed, regime, "float64") for regime in REGIMES]
    cases = [*small_cases(slipped.derivation, options), *chain(*drawn)]
    decision = equivalent(slipped.derivation, slipped.statements, cases)
    if decision.outcome != "zero":
        return Proof(DIFFERENT if decision.outcome == "different" else NOT_PROVED, decision.reason)
    zero = f"{decision.reason}, at {len(cases)} shapes and paths"
    if not kinks(slipped.derivation.forward):
        return Proof(EQUAL, zero)
    met = fresh(space, slipped.derivation, options, AT_KINKS, seed, "on kinks", "float64")
    return _at_kinks(slipped, met, zero)


def _is_same(slipped: Slipped, target: str) -> bool:
    (right,) = (s for s in program(slipped.derivation).every_adjoint if s.target == target)
    return [s.node for s in slipped.edits[target]] == [right.node]


# -- at kinks


def _at_kinks(slipped: Slipped, cases: Iterable[Case], proved: str) -> Proof:
    """Whether the choices at kinks are the declared ones, others that are allowed, or neither."""
    differs = False
    for case in cases:
        for target, (got, declared, other, doubt) in _choices(slipped, case).items():
            rounding = ROUNDING * (np.abs(declared) + np.abs(other))
            # What is 0 but for rounding is no kink that is known to be met.
            rounding = np.where((doubt > rounding) & (declared == other), np.inf, rounding)
            differs |= bool(np.any(np.abs(got - declared) > rounding))
            lowest, highest = np.minimum(declared, other), np.maximum(declared, other)
            if np.any(got < lowest - rounding) or np.any(got > highest + rounding):
                return Proof(DIFFERENT, f"{target} is beyond both one-sided derivatives at a kink")
    if not differs:
        return Proof(EQUAL, f"{proved}, and at kinks it takes the declared value")
    return Proof(WITHIN, f"{proved}; at kinks it takes another value between the one-sided derivatives")


def _choices(slipped: Slipped, case: Case) -> dict[str, tuple[Reals, ...]]:
    """For each edited adjoint its value, what the right statement gives from the same values on each side of the
    kinks, and how far apart its branches are where the side is in doubt."""
    declared, other, either = (Rounding(case.dtype, ties).table for ties in ("declared", "other", "any"))
    known = {name: exact(value) for name, value in {**case.arrays, **case.sizes}.items()}
    with np.errstate(all="ignore"):
        values = run(slipped.statements, known, declared)
        right = {s.target: s.node for s in program(slipped.derivation).every_adjoint if s.target in slipped.edits}
        sides = {t: [evaluate(node, values, side) for side in (declared, other, either)] for t, node in right.items()}
    return {t: (values[t].value, first.value, second.value, open_.error) for t, (first, second, open_) in sides.items()}
