"""Draw cases with Hypothesis: a survey of many, then the smallest one that fails."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky, HypothesisWarning
from hypothesis.strategies import SearchStrategy

from gdverify.auditing.behaviours.kinds import Sighting, gathered
from gdverify.auditing.behaviours.trial import chosen
from gdverify.auditing.coverage import Covered, Kind, further, kinds
from gdverify.auditing.draws import own_constants
from gdverify.auditing.examination import Examination, examine
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.auditing.ties.covering import meet_kinks
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, cases
from gdverify.derivation.steps import Derivation, derive
from gdverify.evidence.comparison import Comparison

# How much shrinking may look at: 400 cases of up to 10,000 entries, fewer of larger ones. A bound in entries, not in
# seconds: the same seed gives the same report on a slow machine.
SHRINK_ENTRIES = 4_000_000
LEAST_ENTRIES = 10_000
MOST_TIES = 8  # wrong cases with a tie that are kept


class _Found(Exception):
    """Raised inside the search to tell Hypothesis that a case fails."""


@dataclass
class Tally:
    """What the survey saw of one tensor."""

    cases: int = 0
    informative: int = 0
    entries: int = 0
    informative_entries: int = 0
    vanishing: int = 0
    wrong: int = 0
    worst: Comparison | None = None
    covered: Covered = field(default_factory=Covered)

    def add(self, comparison: Comparison, case: Case, found: Sequence[Kind]) -> None:
        """Count one comparison in, for the kinds of cases that its case is of."""
        self.cases += 1
        self.informative += comparison.informative > 0
        self.entries += comparison.entries
        self.informative_entries += comparison.informative
        self.vanishing += comparison.vanishes
        self.covered.add(case, found, comparison.informative > 0)
        self.wrong += not comparison.agrees
        if self.worst is None or comparison.excess > self.worst.excess:
            self.worst = comparison


@dataclass
class Survey:
    """What the cases of one audit showed.

    Attributes:
        tallies: by tensor.
        together: how often each set of tensors was wrong in one case.
        kinks: how often the subject showed which side of a kink it takes.
        examples: cases that were examined.
        further: cases that were examined besides, because too few of their kind had been drawn.
        tied: of the cases with a wrong tensor, those in which a tie was met.
        problem: what ended the survey early, and the case.
        late: the first of the further cases with a wrong tensor.
        at_ties: a few of those with a tie.
        sightings: what the subject did besides, by kind.
        specimens: a few of the cases, for behaviours that are tried on few.
    """

    tallies: dict[str, Tally] = field(default_factory=dict)
    together: Counter[tuple[str, ...]] = field(default_factory=Counter)
    kinks: Counter[str] = field(default_factory=Counter)
    examples: int = 0
    further: int = 0
    tied: int = 0
    problem: tuple[Problem, Case] | None = None
    late: Examination | None = None
    at_ties: list[Examination] = field(default_factory=list)
    sightings: dict[str, Sighting] = field(default_factory=dict)
    specimens: list[Case] = field(default_factory=list)

    def add(self, examination: Examination, derivation: Derivation) -> None:
        """Count one case in."""
        self.examples += 1
        found = kinds(derivation, examination.case)
        for name, comparison in examination.comparisons.items():
            self.tallies.setdefault(name, Tally()).add(comparison, examination.case, found)
        if examination.wrong:
            self.together[examination.wrong] += 1
            self.tied += examination.tie
            if examination.tie and len(self.at_ties) < MOST_TIES:
                self.at_ties.append(examination)
        if examination.kink is not None:
            self.kinks[examination.kink] += 1
        self.sightings = gathered([*self.sightings.values(), *examination.sightings])
        self.specimens = chosen(self.specimens, examination.case)


def derivation_of(space: Space, case: Case) -> Derivation:
    """The member of the family that a case is of."""
    return derive(space.source, **case.options)


def survey(subject: Subject, space: Space, examples: int, seed: int) -> Survey:
    """Examine a number of cases, and then such as are missing among them; the first problem ends it."""
    found = Survey()

    def look(case: Case) -> None:
        try:
            derivation = derivation_of(space, case)
            found.add(examine(subject, derivation, case), derivation)
        except Problem as problem:
            found.problem = (problem, case)
            raise _Found from problem

    _search(look, space, examples, seed, (Phase.generate,))
    if found.problem is None:
        _complete(found, subject, space, seed)
    return found


def _complete(found: Survey, subject: Subject, space: Space, seed: int) -> None:
    """Look at cases that were drawn too rarely, and at such on kinks, as long as nothing is wrong with them."""

    def look(case: Case) -> Examination | None:
        derivation = derivation_of(space, case)
        try:
            examination = examine(subject, derivation, case)
        except Problem as problem:
            found.problem = (problem, case)
            return None
        news = set(examination.wrong) - {name for name, tally in found.tallies.items() if tally.wrong}
        found.add(examination, derivation)
        found.late = examination if news else None
        return None if news else examination

    asked = found.examples
    right = {name: tally.covered for name, tally in found.tallies.items() if not tally.wrong}
    further(space, right, seed, look)
    if found.problem is None and found.late is None:
        meet_kinks(space, right, seed, look)
    found.examples, found.further = asked, found.examples - asked


def first_failure(subject: Subject, space: Space, examples: int, seed: int) -> Examination | Problem | None:
    """The first that is wrong among the cases of `survey`; None where all of them agree."""
    met: list[Examination | Problem] = []

    def look(case: Case) -> None:
        try:
            examination = examine(subject, derivation_of(space, case), case)
        except Problem as problem:
            met[:] = [problem]
            raise _Found from problem
        if examination.wrong:
            met[:] = [examination]
            raise _Found

    _search(look, space, examples, seed, (Phase.generate,))
    if met:
        return met[0]
    whole = survey(subject, space, examples, seed)  # with the cases that it draws besides
    return whole.problem[0] if whole.problem is not None else whole.late


def smallest_wrong(
    subject: Subject, space: Space, wrong: tuple[str, ...], examples: int, seed: int
) -> Examination | None:
    """The smallest case found in which all the given tensors are wrong."""
    best: list[Examination] = []

    def look(case: Case) -> None:
        try:
            examination = examine(subject, derivation_of(space, case), case)
        except Problem:
            return
        if set(wrong) <= set(examination.wrong):
            best[:] = [examination]
            raise _Found

    _search(_bounded(look), space, examples, seed, (Phase.generate, Phase.shrink))
    return best[0] if best else None


def smallest_problem(
    subject: Subject, space: Space, kind: str, examples: int, seed: int
) -> tuple[Problem, Case] | None:
    """The smallest case found with a problem of the given kind."""
    best: list[tuple[Problem, Case]] = []

    def look(case: Case) -> None:
        try:
            examine(subject, derivation_of(space, case), case)
        except Problem as problem:
            if problem.kind == kind:
                best[:] = [(problem, case)]
                raise _Found from problem

    _search(_bounded(look), space, examples, seed, (Phase.generate, Phase.shrink))
    return best[0] if best else None


def smallest_sighting(subject: Subject, space: Space, kind: str, examples: int, seed: int) -> Sighting | None:
    """The smallest case found with a behaviour of the given kind."""
    best: list[Sighting] = []

    def look(case: Case) -> None:
        try:
            found = gathered(examine(subject, derivation_of(space, case), case).sightings)
        except Problem:
            return
        if kind in found:
            best[:] = [found[kind]]
            raise _Found

    _search(_bounded(look), space, examples, seed, (Phase.generate, Phase.shrink))
    return best[0] if best else None


def _bounded(look: Callable[[Case], None]) -> Callable[[Case], None]:
    """No more looks than the bound allows, once one has failed; then every case passes, which ends the shrinking."""
    spent = 0

    def bounded(case: Case) -> None:
        nonlocal spent
        if spent > SHRINK_ENTRIES:
            return
        cost = max(case.entries, LEAST_ENTRIES)
        spent += cost if spent else 0
        try:
            look(case)
        except _Found:
            spent = spent or cost
            raise

    return bounded


@cache
def warmed() -> None:
    """Let Hypothesis look at the random generators that there are, before this process is forked.

    It does so at its first run; a fork that is made before has to do it again, and its process does not profit from
    that.
    """
    _run(_ignored, st.none(), 1, 0, (Phase.generate,))


def _search(look: Callable[[Case], None], space: Space, examples: int, seed: int, phases: tuple[Phase, ...]) -> None:
    """Run ``look`` on cases until it raises; what it learned it keeps itself."""
    try:
        _run(look, cases(space), examples, seed, phases)
    except (_Found, Flaky):  # Flaky: a subject that answers differently, or looks that have run out
        return


def _run(
    look: Callable[[Any], None], drawn: SearchStrategy[Any], examples: int, seed: int, phases: tuple[Phase, ...]
) -> None:
    """Run ``look`` on what is drawn, as an audit draws whatever the profile of the user's project says."""
    run = settings(
        settings(),  # the profile of the user's project, except where an audit would not be one
        max_examples=examples,
        phases=phases,
        database=None,
        deadline=None,
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )(seeded(seed)(given(drawn)(look)))
    with own_constants(), warnings.catch_warnings():
        # It writes a failing case down, however large, and complains of that; nobody reads it.
        warnings.simplefilter("ignore", HypothesisWarning)
        run()


def _ignored(drawn: Any) -> None:
    """What is drawn to warm up."""
