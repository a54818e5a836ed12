"""Ties between operands: what they receive there belongs together.

At a = b the derivative of max(a, b) is λ by a and 1 − λ by b. Each of the two may be anything from 0 to 1, and both
together are the whole. With G₀ the gradients of the declared branches, and Gₖ those with the k-th tie taken the other
way, what is allowed is

    G₀ + Σ_k λₖ (Gₖ − G₀),    0 ≤ λₖ ≤ 1,

as long as the ties do not depend on one another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from gdverify.cases.case import Case
from gdverify.derivation.kinks import kinks
from gdverify.derivation.steps import Derivation
from gdverify.evidence.allowance import DECLARED, Allowance
from gdverify.evidence.bounded import Bounded, Reals
from gdverify.evidence.conditions import Flipped
from gdverify.evidence.reference import SAFETY, Bound, Runner

MOST_TIES = 24
LINEAR = 1e-9  # of the largest change, by which ties that are independent add up


@lru_cache(maxsize=1024)
def shares(derivation: Derivation) -> bool:
    """Whether there are two branches that several operands meet at; |y − t| has a value of its own between its two."""
    two_branches = [kink for kink in kinks(derivation.forward) if kink.function == "select"]
    met = Counter((kink.tensor, kink.part, kink.place.left, kink.place.right) for kink in two_branches)
    return any(count > 1 for count in met.values())


def nearest(
    derivation: Derivation, case: Case, got: Mapping[str, Reals], allowance: Allowance
) -> dict[str, Bound] | None:
    """The gradients nearest to those of a subject among all that the choices at ties allow.

    Args:
        derivation: the mathematics.
        case: the point.
        got: the subject's gradients, by name of the adjoint.
        allowance: what the subject is allowed beyond the bound.

    Returns:
        bounds by name; None without ties, with too many, or with such that depend on one another.
    """
    runner = Runner(derivation, case, list(got), None, allowance.roundings(case.dtype))
    with np.errstate(all="ignore"):
        declared, _, back = runner.run(DECLARED, rounds=1)
        ties = [(number, int(place)) for number, mask in back.conditions.tied.items() for place in np.flatnonzero(mask)]
        if not 0 < len(ties) <= MOST_TIES:
            return None
        start = _flat(declared, got)
        changes = np.array([_flat(_flipped(runner, [tie]), got) - start for tie in ties])
        together = _flat(_flipped(runner, ties), got) - start
    if not np.isfinite(changes).all() or np.abs(together - changes.sum(axis=0)).max() > LINEAR * np.abs(changes).max():
        return None
    # A share of the whole is a product, which is rounded, and a sum of what it is added to.
    shared = 2 * back.precision.unit * np.abs(changes).sum(axis=0)
    errors = np.concatenate([declared[name].scaled.error.ravel() for name in got]) + shared
    slack = LINEAR * np.abs(changes).max()
    weights = 1 / (np.where(np.isfinite(errors), errors, np.inf) + slack + np.finfo(float).tiny)
    found = np.concatenate([np.asarray(array, np.float64).ravel() for array in got.values()])
    shares_of = np.linalg.lstsq((changes * weights).T, (found - start) * weights, rcond=None)[0]
    expected = start + np.clip(shares_of, 0, 1) @ changes
    tolerance = SAFETY * allowance.tolerance * errors + slack
    return _bounds(got, expected, tolerance)


def _flipped(runner: Runner, ties: Sequence[tuple[int, int]]) -> dict[str, Bounded]:
    return runner.run(Flipped(frozenset(ties)), rounds=0)[0]


def _flat(values: Mapping[str, Bounded], names: Mapping[str, Reals]) -> Reals:
    return np.concatenate([values[name].value.ravel() for name in names])


def _bounds(got: Mapping[str, Reals], expected: Reals, tolerance: Reals) -> dict[str, Bound]:
    made, at = {}, 0
    for name, array in got.items():
        part = slice(at, at + array.size)
        made[name] = Bound(expected[part].reshape(array.shape), tolerance[part].reshape(array.shape))
        at += array.size
    return made
