"""Every checker on every candidate, one source after the other; what each says, and how long it takes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from tests.benchmarks.peers.candidates import RIGHT, Candidate, equivalent, right, sources, wrong
from tests.benchmarks.peers.checkers import CHECKERS, Checker
from tests.benchmarks.peers.points import ORDINARY, POINTS
from tests.benchmarks.spreading import spread
from tests.helpers import Source


@dataclass(frozen=True)
class Check:
    """One candidate before one checker.

    Attributes:
        checker: its name.
        source, slip, says: of the candidate.
        point: where it was checked.
        passed: whether the checker accepts it.
        seconds: that the check took.
    """

    checker: str
    source: str
    slip: str
    says: str
    point: str
    passed: bool
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether the candidate is right."""
        return self.slip == RIGHT


@dataclass(frozen=True)
class Outcome:
    """What was said of one source, and how many of its slips change nothing."""

    checks: tuple[Check, ...]
    equivalent: int


def everything() -> Outcome:
    """Every source, as many at a time as there are cores."""
    found = spread(_at_place, len(sources()))
    return Outcome(tuple(c for outcome in found for c in outcome.checks), sum(o.equivalent for o in found))


def _at_place(place: int) -> Outcome:
    # A source holds functions, which cannot be sent to another process.
    return outcome(sources()[place], [checker for checker in CHECKERS if checker.available])


def outcome(source: Source, checkers: Sequence[Checker]) -> Outcome:
    """Every checker on the right candidate and on every wrong one."""
    right_one, wrong_ones = right(source), list(wrong(source))
    checks = tuple(check for checker in checkers for check in _checks(checker, right_one, wrong_ones))
    return Outcome(checks, equivalent(source))


def _checks(checker: Checker, right_one: Candidate, wrong_ones: Sequence[Candidate]) -> Iterator[Check]:
    _check(checker, right_one, ORDINARY)  # imports, and whatever else happens once
    for point in checker.points:
        yield _check(checker, right_one, point)
    for candidate in wrong_ones:
        yield _check(checker, candidate, ORDINARY)


def _check(checker: Checker, candidate: Candidate, point: str) -> Check:
    case = POINTS[point](candidate.source)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        start = perf_counter()
        passed = checker.passes(candidate, case)
        seconds = perf_counter() - start
    return Check(checker.name, str(candidate.source), candidate.slip, candidate.says, point, passed, seconds)
