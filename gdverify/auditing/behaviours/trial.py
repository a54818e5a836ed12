"""What a behaviour is tried on: one of the cases of the survey, with what the subject returned for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gdverify.auditing.execution import Returned, adjoint_name
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import Bound

# Layouts, order of calls and empty batches are tried on so many cases of the survey.
SPECIMENS = 3


@dataclass(frozen=True)
class Trial:
    """A subject and a case on which it could be judged.

    Attributes:
        subject, derivation, case: of the call.
        returned: what the subject returned.
        bounds: of it.
    """

    subject: Subject
    derivation: Derivation
    case: Case
    returned: Returned
    bounds: Mapping[str, Bound]

    def is_right(self, name: str) -> bool:
        """Whether a value agrees in the ordinary call."""
        value, uncertainty = self.returned.values.get(name), self.returned.uncertainty.get(name, 0.0)
        return value is not None and compare(value, self.bounds[adjoint_name(name)], uncertainty).agrees


def chosen(specimens: Sequence[Case], case: Case) -> list[Case]:
    """The cases to try behaviours on, of those chosen before and one more: ordinary, of several shapes, large.

    In a larger case more layouts differ, and a mistake shows in more entries.
    """
    if case.regime != "ordinary":
        return list(specimens)
    every = [*specimens, case]
    return sorted(every, key=lambda one: (_repeats(every, one), -one.entries))[:SPECIMENS]


def _repeats(every: Sequence[Case], case: Case) -> bool:
    """Whether an earlier one has the same shapes."""
    earlier = every[: next(k for k, one in enumerate(every) if one is case)]
    return any((one.sizes, one.options) == (case.sizes, case.options) for one in earlier)
