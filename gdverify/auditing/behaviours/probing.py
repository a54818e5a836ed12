"""What is tried on a few cases of the survey: layouts, the order of calls, a batch of none.

About twenty-five calls, beside the two hundred of a survey.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gdverify.auditing.behaviours.empty import without_samples
from gdverify.auditing.behaviours.kinds import Sighting
from gdverify.auditing.behaviours.layouts import laid_out
from gdverify.auditing.behaviours.order import reordered
from gdverify.auditing.behaviours.trial import Trial
from gdverify.auditing.execution import call
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space
from gdverify.derivation.steps import derive
from gdverify.evidence.reference import reference


def probed(subject: Subject, space: Space, specimens: Sequence[Case]) -> Iterator[Sighting]:
    """What shows when the subject is called in unusual ways, on cases that it could be judged on."""
    trials = [trial for case in specimens if (trial := _trial(subject, space, case)) is not None]
    trials.sort(key=lambda trial: trial.case.entries)
    if not trials:
        return
    for trial in trials:
        yield from laid_out(trial)
    yield from reordered(trials)
    yield from without_samples(trials[-1])


def _trial(subject: Subject, space: Space, case: Case) -> Trial | None:
    derivation = derive(space.source, **case.options)
    try:
        returned = call(subject, derivation, case)
    except Problem:  # though it was judged on this case before: the order of calls tells
        return None
    names = [name if name == "loss" else f"d{name}" for name in returned.values]
    return Trial(subject, derivation, case, returned, reference(derivation, case, names).bounds)
