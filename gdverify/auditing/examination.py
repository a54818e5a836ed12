"""One subject on one case: every gradient that it returned, compared."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gdverify.auditing.behaviours.agreement import beyond_rounding, same_bits
from gdverify.auditing.behaviours.kinds import Sighting
from gdverify.auditing.behaviours.seen import Calls, seen
from gdverify.auditing.behaviours.state import changing
from gdverify.auditing.execution import Array, Returned, adjoint_name, adjoint_names, call
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation
from gdverify.evidence.comparison import Comparison, compare
from gdverify.evidence.joint import nearest, shares
from gdverify.evidence.reference import Bound, reference


@dataclass(frozen=True)
class Examination:
    """What was found on one case.

    Attributes:
        case: the case.
        returned: what the subject returned.
        comparisons: by tensor, ``loss`` among them where the subject returns one.
        tie: whether an exact tie was met, so that a kink was tried.
        kink: ``declared`` or ``other`` where the gradients tell which side of the kinks the subject takes.
        tolerances: of the gradients, by tensor.
        sightings: what the subject did besides.
    """

    case: Case
    returned: Returned
    comparisons: dict[str, Comparison]
    tie: bool
    kink: str | None
    tolerances: dict[str, Array]
    sightings: tuple[Sighting, ...] = ()

    @property
    def wrong(self) -> tuple[str, ...]:
        """The tensors that do not agree."""
        return tuple(name for name, comparison in self.comparisons.items() if not comparison.agrees)


def examine(subject: Subject, derivation: Derivation, case: Case) -> Examination:
    """Call the subject twice and compare.

    Raises:
        Problem: it cannot be judged on this case.
    """
    first, second = call(subject, derivation, case), call(subject, derivation, case)
    made = reference(derivation, case, adjoint_names(first), allowance=subject.allowance)
    changed = None if same_bits(first, second) else beyond_rounding(first, second, made.bounds)
    if changed is not None:  # which of the two is the gradient?
        raise changing(subject, derivation, case, (first, second), changed)
    comparisons = compared(first, made.bounds)
    if made.tie and shares(derivation):
        comparisons = _together(subject, derivation, case, first, comparisons)
    kink = _kink(subject, derivation, case, first, comparisons) if made.tie else None
    sightings = tuple(seen(Calls(case, first, second, made.bounds)))
    return Examination(case, first, comparisons, made.tie, kink, _tolerances(first, made.bounds), sightings)


def compared(returned: Returned, bounds: dict[str, Bound]) -> dict[str, Comparison]:
    """The subject's values against the bounds, where they are finite; where they are not, that is said apart."""
    found = {
        name: compare(value, _where_finite(value, bounds[f"d{name}"]), returned.uncertainty.get(name, 0.0))
        for name, value in returned.gradients.items()
    }
    if returned.loss is not None:
        loss = np.asarray(returned.loss)
        found["loss"] = compare(loss, _where_finite(loss, bounds["loss"]))
    return found


def _together(
    subject: Subject, derivation: Derivation, case: Case, returned: Returned, apart: dict[str, Comparison]
) -> dict[str, Comparison]:
    """The comparisons where several operands meet at a tie: each may be right alone, and all have to be at once."""
    if not all(comparison.agrees for comparison in apart.values()):
        return apart
    gradients = {adjoint_name(name): value for name, value in returned.gradients.items()}
    bounds = nearest(derivation, case, gradients, subject.allowance)
    if bounds is None:
        return apart
    loss = {"loss": apart["loss"]} if "loss" in apart else {}
    return compared(replace(returned, loss=None), bounds) | loss


def _tolerances(returned: Returned, bounds: dict[str, Bound]) -> dict[str, Array]:
    return {n: bounds[adjoint_name(n)].tolerance + returned.uncertainty.get(n, 0.0) for n in returned.gradients}


def _where_finite(value: Array, bound: Bound) -> Bound:
    return replace(bound, tolerance=np.where(np.isfinite(value), bound.tolerance, np.inf))


def _kink(
    subject: Subject, derivation: Derivation, case: Case, returned: Returned, comparisons: dict[str, Comparison]
) -> str | None:
    if not all(comparison.agrees for comparison in comparisons.values()):
        return None
    fits = {}
    for side in ("declared", "other"):
        bounds = reference(derivation, case, adjoint_names(returned), side, allowance=subject.allowance).bounds
        fits[side] = all(comparison.agrees for comparison in compared(returned, bounds).values())
    if fits["declared"] == fits["other"]:
        return None
    return "declared" if fits["declared"] else "other"
