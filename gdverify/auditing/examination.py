"""One subject on one case: every gradient that it returned, compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gdverify.auditing.execution import Returned, call
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation
from gdverify.evidence.comparison import Comparison, compare
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
    """

    case: Case
    returned: Returned
    comparisons: dict[str, Comparison]
    tie: bool
    kink: str | None

    @property
    def wrong(self) -> tuple[str, ...]:
        """The tensors that do not agree."""
        return tuple(name for name, comparison in self.comparisons.items() if not comparison.agrees)


def examine(subject: Subject, derivation: Derivation, case: Case) -> Examination:
    """Call the subject twice and compare.

    Raises:
        Problem: it cannot be judged on this case.
    """
    returned = call(subject, derivation, case)
    _refuse_change(returned, call(subject, derivation, case))
    names = adjoint_names(returned)
    made = reference(derivation, case, names, allowance=subject.allowance)
    comparisons = compared(returned, made.bounds)
    kink = _kink(subject, derivation, case, returned, comparisons) if made.tie else None
    return Examination(case, returned, comparisons, made.tie, kink)


def adjoint_names(returned: Returned) -> list[str]:
    """What the reference is asked for."""
    return [*(["loss"] if returned.loss is not None else []), *(f"d{name}" for name in returned.gradients)]


def compared(returned: Returned, bounds: dict[str, Bound]) -> dict[str, Comparison]:
    """The subject's values against the bounds; raises Problem where one is not finite and should be."""
    found: dict[str, Comparison] = {}
    for name, value in returned.gradients.items():
        bound = bounds[f"d{name}"]
        _refuse_infinite(f"the gradient of {name}", value, bound)
        found[name] = compare(value, bound, returned.uncertainty.get(name, 0.0))
    if returned.loss is not None:
        _refuse_infinite("the loss", np.asarray(returned.loss), bounds["loss"])
        found["loss"] = compare(returned.loss, bounds["loss"])
    return found


def _refuse_infinite(what: str, value: np.ndarray, bound: Bound) -> None:
    bad = ~np.isfinite(value) & np.isfinite(bound.tolerance)
    if bad.any():
        place = np.argwhere(bad)[0]
        index = tuple(int(k) for k in place)
        shown = f" at [{', '.join(map(str, index))}]" if index else ""
        raise Problem(
            "not finite",
            f"{what} is {value[index]}{shown}: expected {bound.expected[index]:.6g}; "
            "where the mathematics has a finite value the code should too: look for an overflow, 0/0 or log(0).",
        )


def _refuse_change(first: Returned, second: Returned) -> None:
    same = first.loss == second.loss or (first.loss is not None and np.isnan(first.loss))
    for name, value in first.gradients.items():
        if not np.array_equal(value, second.gradients.get(name, np.empty(0)), equal_nan=True):
            same = False
    if not same:
        raise Problem(
            "not repeatable",
            "the subject returned different results for the same case in two calls: expected the same; look for "
            "state that is "
            "kept between calls, such as gradients that accumulate, or for randomness.",
        )


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
