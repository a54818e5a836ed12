"""The score of the audit itself: slips are planted in a derivation, and each of them must be noticed.

A slip that is not noticed survives, unless its gradient is *proved* to be the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gdverify.auditing.mutation.equivalence import DIFFERENT, EQUAL, NOT_PROVED, SAME, WITHIN, proof
from gdverify.auditing.mutation.planted import planted
from gdverify.auditing.problems import Problem
from gdverify.auditing.search import first_failure
from gdverify.derivation.steps import Source, derive
from gdverify.notation.architecture import Architecture
from gdverify.slips.slip import Slipped
from gdverify.slips.table import slipped

KILLED, SURVIVED, EQUIVALENT, ALLOWED, UNPROVED = "killed", "survived", "equivalent", "allowed", "not proved"
OUTCOMES = (KILLED, SURVIVED, EQUIVALENT, ALLOWED, UNPROVED)
# What is said of a slip that nothing noticed.
OUTCOME_OF = {SAME: EQUIVALENT, EQUAL: EQUIVALENT, WITHIN: ALLOWED, NOT_PROVED: UNPROVED, DIFFERENT: SURVIVED}


@dataclass(frozen=True)
class Fate:
    """What became of one planted slip.

    Attributes:
        slip: the name of its row.
        says: what was done, and where.
        outcome: one of `OUTCOMES`.
        evidence: what noticed it, or what shows that there is nothing to notice.
    """

    slip: str
    says: str
    outcome: str
    evidence: str


@dataclass(frozen=True)
class Score:
    """The fates of all slips that were planted in one derivation."""

    name: str
    fates: tuple[Fate, ...]

    def count(self, outcome: str, slip: str | None = None) -> int:
        """How many slips, or slips of one row, came to an outcome."""
        return sum(fate.outcome == outcome for fate in self.fates if slip in (None, fate.slip))

    @property
    def survivors(self) -> list[Fate]:
        """What the audit should have noticed: neither killed, nor shown to be right."""
        return [fate for fate in self.fates if fate.outcome in (SURVIVED, UNPROVED)]


def score(
    name: str,
    source: Source,
    options: Mapping[str, Any],
    *,
    examples: int,
    seed: int,
    progress: Callable[[str], None] = lambda message: None,
) -> Score:
    """Plant every slip of the table and audit each.

    Args:
        name: of what is mutated, for the report.
        source: the operation or architecture.
        options: that choose a member of the family; the others are its defaults.
        examples: cases of each audit, as in `gdverify.audit`.
        seed: of each audit.
        progress: called before each.
    """
    chosen = {**_depths(source), **options}
    derivation = derive(source, **chosen)
    fates = []
    for candidate in slipped(derivation):
        progress(f"planting in {name}: {candidate.slip} …")
        fates.append(fate(candidate, source, chosen, examples, seed))
    return Score(name, tuple(fates))


def _depths(source: Source) -> dict[str, Any]:
    """The depths of a family, at their defaults: a slip is made at a link, so the depth is fixed."""
    defaults = source.options if isinstance(source, Architecture) else {}
    return {name: default for name, default in defaults.items() if type(default) is int}


def fate(candidate: Slipped, source: Source, options: Mapping[str, Any], examples: int, seed: int) -> Fate:
    """Plant one slip and audit it; what is not noticed is compared exactly."""
    subject = planted(candidate, source, options)
    met = first_failure(subject, subject.space(), examples, seed)
    if isinstance(met, Problem):
        return _told(candidate, KILLED, met.kind)
    if met is not None:
        return _told(candidate, KILLED, f"{', '.join(met.wrong)} wrong ({met.case.regime} values)")
    known = proof(candidate, source, options, seed)
    return _told(candidate, OUTCOME_OF[known.outcome], known.evidence)


def _told(candidate: Slipped, outcome: str, evidence: str) -> Fate:
    return Fate(candidate.slip.name, candidate.says, outcome, evidence)
