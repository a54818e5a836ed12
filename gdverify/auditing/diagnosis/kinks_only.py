"""A gradient that is wrong at kinks, and nowhere else: said so, with where they are and what is allowed there.

The cases tell: in each that is wrong a tie was met, and wherever the tie has no influence the gradient is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gdverify.auditing.diagnosis.kinks import operation_of, place_of
from gdverify.auditing.examination import Examination, compared
from gdverify.auditing.execution import adjoint_names
from gdverify.auditing.problems import Problem
from gdverify.auditing.search import Survey, derivation_of
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Diagnosis
from gdverify.cases.strategies import Space
from gdverify.derivation.kinks import Kink, kinks
from gdverify.derivation.steps import Derivation
from gdverify.evidence.allowance import Allowance
from gdverify.evidence.joint import shares
from gdverify.evidence.reference import reference

LEAST_OTHERS = 5  # cases that are right, for "only" to mean something
TRIED = (0.0, 1.0, -1.0, 0.5, 2.0)  # what may have been taken, beside the ends of the allowed set


def kinks_only(subject: Subject, space: Space, found: Survey) -> tuple[Diagnosis, ...]:
    """The reason, where the survey was wrong at ties alone; nothing where it was wrong elsewhere too.

    Args:
        subject: the implementation.
        space: the cases that were drawn.
        found: what they showed.
    """
    wrong = sum(found.together.values())
    others = found.examples + found.further - wrong
    if found.tied < wrong or others < LEAST_OTHERS or not _all_fit(subject.allowance, "whatever", space, found.at_ties):
        return ()
    derivation = derivation_of(space, found.at_ties[0].case)
    places = [kink for kink in kinks(derivation.forward) if not kink.place.jumps]
    if not places:
        return ()
    where = " or ".join(dict.fromkeys(place_of(kink) for kink in places))
    rules = "; ".join(dict.fromkeys(_rule(derivation, kink, subject.allowance) for kink in places))
    message = f"wrong only where {where}, in {wrong} cases, and right in the {others} others: {rules}"
    return (Diagnosis("kink only", message + _taken(subject, space, places, found.at_ties)),)


def _rule(derivation: Derivation, kink: Kink, allowance: Allowance) -> str:
    of = f"the derivative of {operation_of(derivation, kink)} there"
    if allowance.kink is None:
        together = ", and what its operands receive adds up" if shares(derivation) else ""
        return f"{of} may be any value from {kink.place.lower} to {kink.place.upper}{together}"
    value = kink.place.value if isinstance(allowance.kink, str) else f"{allowance.kink:g}"
    return f"{of} has to be {value}, since kink={allowance.kink!r} is required"


def _taken(subject: Subject, space: Space, places: Sequence[Kink], samples: Sequence[Examination]) -> str:
    """The one derivative with which every sample agrees, in words."""
    ends = [float(end) for kink in places for end in (kink.place.lower, kink.place.upper) if end.is_number]
    for value in dict.fromkeys((*ends, *TRIED)):
        if _all_fit(subject.allowance.with_changes({"kink": value}), None, space, samples):
            return f"; it takes {value:g}"
    return ""


def _all_fit(allowance: Allowance, ties: str | None, space: Space, samples: Iterable[Examination]) -> bool:
    """Whether the samples agree with the reference under another rule for ties."""
    for sample in samples:
        derivation = derivation_of(space, sample.case)
        names = adjoint_names(sample.returned)
        try:
            found = compared(sample.returned, reference(derivation, sample.case, names, ties, None, allowance).bounds)
        except Problem:
            return False
        if not all(comparison.agrees for comparison in found.values()):
            return False
    return True
