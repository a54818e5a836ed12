"""Terms of a gradient that no loss states: λ w of an L2 term or of weight decay, μ sign(w) of an L1 term.

Where a gradient is the derived one plus such a term it is read so, and the term is left out of the verdict: whether the
code should have it, only its author knows. A negative factor would let the weights grow; that is read as nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gdverify.auditing.subject import Recovered
from gdverify.binding.calling.carriers import Array
from gdverify.binding.equations.evaluation import near
from gdverify.binding.equations.penalties import ALL, WEIGHTS, is_on, strength
from gdverify.binding.recognising.layouts import BATCH

LEAST_ENTRIES = 5  # fewer are a multiple of anything
LEAST = 1e-6  # of the gradient: less is rounding


@dataclass(frozen=True)
class Term:
    """``square · w + absolute · sign(w)``, over the number of samples where that is so."""

    square: float = 0.0
    absolute: float = 0.0
    per_sample: bool = False

    def gradient(self, w: Array, sizes: Mapping[str, int]) -> Array:
        """The term at some weights."""
        share = next((sizes[name] for name in BATCH if self.per_sample and name in sizes), 1)
        return (self.square / share) * w + (self.absolute / share) * np.sign(w)

    def __str__(self) -> str:
        parts = [f"{self.square:g} · w"] * bool(self.square) + [f"{self.absolute:g} · sign(w)"] * bool(self.absolute)
        return " + ".join(parts) + " / n" * self.per_sample


NONE = Term()


def added(got: Array, derived: Array, w: Array) -> Term | None:
    """The term that a gradient has beside the derived one; None where the difference is no such term."""
    if got.shape != derived.shape or got.dtype.kind != "f" or w.size < LEAST_ENTRIES or not np.isfinite(got).all():
        return None
    more = np.asarray(got - derived, np.float64)
    if np.abs(more).max() <= LEAST * np.abs(derived).max():
        return None
    for columns in ((True, False), (False, True), (True, True)):
        factors = _fitted(more, w, columns)
        term = Term(*factors)
        if min(factors) >= 0 and near(got, derived + term.gradient(w, {})):
            return term
    return None


def _fitted(more: Array, w: Array, columns: tuple[bool, bool]) -> tuple[float, float]:
    """Least squares of the difference by w and sign(w), to six digits: people write round numbers."""
    basis = np.stack([w.ravel() * columns[0], np.sign(w).ravel() * columns[1]], axis=1)
    square, absolute = np.linalg.lstsq(basis, more.ravel(), rcond=None)[0]
    return float(f"{square:.6g}"), float(f"{absolute:.6g}")


def without(value: Any, term: Term, w: Array, sizes: Mapping[str, int]) -> Any:
    """A gradient without a term, known as far as the subtraction leaves it."""
    if term == NONE:
        return value
    known = value if isinstance(value, Recovered) else Recovered(np.asarray(value), np.zeros(np.shape(value)))
    more = term.gradient(w, sizes).astype(known.value.dtype)
    if known.value.dtype == object:  # symbols and balls are not rounded here
        return Recovered(known.value - more, known.uncertainty)
    rounding = 4 * (np.spacing(np.abs(known.value)) + np.spacing(np.abs(more)))
    return Recovered(known.value - more, known.uncertainty + rounding)


def over(value: Any, share: float) -> Any:
    """A gradient of which a share is seen, known as far as the division leaves it."""
    if share == 1.0:
        return value
    known = value if isinstance(value, Recovered) else Recovered(np.asarray(value), np.zeros(np.shape(value)))
    whole = known.value / share
    rounding = 0.0 if whole.dtype == object else 16 * np.spacing(np.abs(whole))
    return Recovered(whole, known.uncertainty / abs(share) + rounding)


def asked_for(terms: Mapping[str, Term], parameters: Sequence[str]) -> list[str]:
    """The options that name the terms: ``l2(0.01)``."""
    found = []
    for term in dict.fromkeys(terms.values()):
        names = [name for name, one in terms.items() if one == term]
        where = next((word for word in (WEIGHTS, ALL) if names == [n for n in parameters if is_on([word], n)]), None)
        share = [", per-sample"] * term.per_sample
        on = [] if where == WEIGHTS else [f", {where or ' '.join(names)}"]
        form = strength(Fraction(str(term.square)), Fraction(str(term.absolute)))
        found.append("".join([form, *share, *on]) + ")")
    return found
