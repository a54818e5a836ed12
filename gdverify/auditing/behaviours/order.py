"""Whether a result depends on what was called before.

Three cases, each called after each of the others: A A* B A* A B A, where A* has the shapes of A and other values. A
cache that is renewed only when shapes change shows in A* after A and A* after B.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gdverify.auditing.behaviours.agreement import beyond_rounding
from gdverify.auditing.behaviours.kinds import Sighting
from gdverify.auditing.behaviours.trial import Trial
from gdverify.auditing.execution import Returned, adjoint_names, call
from gdverify.auditing.problems import Problem
from gdverify.cases.case import Case
from gdverify.evidence.reference import reference

TOUR = (0, 1, 2, 1, 0, 2, 0)  # over three cases, every ordered pair once


def reordered(trials: Sequence[Trial]) -> Iterator[Sighting]:
    """What the subject returns in another order of calls; the largest trial is A, the smallest B."""
    a, b = trials[-1], trials[0]
    stops = (a.case, _turned(a.case), b.case)
    results: list[list[Returned]] = [[], [], []]
    for stop in TOUR:
        try:
            results[stop].append(call(a.subject, (b if stop == 2 else a).derivation, stops[stop]))
        except Problem as problem:
            if stops[stop] is not stops[1]:  # the turned case may be a problem in itself
                yield no_longer(problem, stops[stop])
            return
    for stop, trial in enumerate((a, a, b)):
        yield from _compared(trial, stops[stop], results[stop])


def _turned(case: Case) -> Case:
    """The same shapes, the entries in the opposite order, so that they stay in their domain."""
    return case.replaced(**{name: array.ravel()[::-1].reshape(array.shape) for name, array in case.arrays.items()})


def no_longer(problem: Problem, case: Case) -> Sighting:
    """The subject cannot be judged on a case on which it was judged before."""
    return Sighting(
        "depends on earlier calls",
        f"a case that was judged before is a problem once other cases have been called: {problem}",
        case,
    )


def _compared(trial: Trial, case: Case, results: Sequence[Returned]) -> Iterator[Sighting]:
    first, *others = results
    bounds = reference(trial.derivation, case, adjoint_names(first), allowance=trial.subject.allowance).bounds
    differences = (beyond_rounding(first, other, bounds) for other in others)
    for difference in filter(None, differences):
        yield Sighting(
            "depends on earlier calls",
            f"for the same case {difference.place} is {difference.first:.6g} in one call and {difference.second:.6g} "
            "in another, with calls of other cases before; two calls in a row agree, so that it is not randomness: "
            "look for a cache that is not renewed, as one that is keyed by the shape alone, or for running statistics.",
            case,
            frozenset({difference.tensor}),
        )
        return
