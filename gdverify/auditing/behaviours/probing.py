"""What is tried on a few cases of the survey: layouts, the order of calls, a batch of none.

About twenty-five calls, beside the two hundred of a survey.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gdverify.auditing.behaviours.empty import without_samples
from gdverify.auditing.behaviours.kinds import Sighting
from gdverify.auditing.behaviours.layouts import laid_out
from gdverify.auditing.behaviours.order import no_longer, reordered
from gdverify.auditing.behaviours.trial import Trial
from gdverify.auditing.execution import adjoint_names, call
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space
from gdverify.derivation.steps import derive
from gdverify.evidence.reference import reference


def probed(subject: Subject, space: Space, specimens: Sequence[Case]) -> Iterator[Sighting]:
    """What shows when the subject is called in unusual ways, on cases that it could be judged on."""
    trials = []
    for case in sorted(specimens, key=lambda case: case.entries):
        try:
            trials.append(_trial(subject, space, case))
        except Problem as problem:
            yield no_longer(problem, case)
            return
    for trial in trials:
        yield from laid_out(trial)
    if trials:
        yield from reordered(trials)
        yield from without_samples(trials[-1])


def _trial(subject: Subject, space: Space, case: Case) -> Trial:
    derivation = derive(space.source, **case.options)
    returned = call(subject, derivation, case)
    bounds = reference(derivation, case, adjoint_names(returned), allowance=subject.allowance).bounds
    return Trial(subject, derivation, case, returned, bounds)
