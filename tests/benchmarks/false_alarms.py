"""Right implementations under audit, on more than 100,000 examples: every regime, both precisions, several seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import ceil
from time import perf_counter
from typing import Any

from gdverify.auditing.audit import audit
from gdverify.auditing.verdicts import ERROR, UNDECIDED, WRONG, SubjectReport
from gdverify.cases.case import Case
from gdverify.cases.regimes import REGIMES
from gdverify.cases.strategies import DTYPES
from tests.benchmarks.figure import Breakdown, Measured
from tests.benchmarks.machine import cores
from tests.benchmarks.right import Right, implementations
from tests.benchmarks.spreading import spread

SEEDS = range(4)
EXAMPLES = 130_000  # in all; fewer are distinct, since a scalar in a simple case has few values
NAMED = 5  # of those that are flagged so many are named

Way = tuple[str, str]  # regime and dtype


@dataclass(frozen=True)
class Judged:
    """The audits of one right implementation.

    Attributes:
        kind: where it comes from.
        reports: one for each seed.
        examples: distinct ones, by regime and dtype.
    """

    kind: str
    reports: tuple[SubjectReport, ...]
    examples: Counter[Way]

    @property
    def flagged(self) -> list[SubjectReport]:
        """The audits that say something against it."""
        return [report for report in self.reports if report.verdict in (WRONG, ERROR)]


def flagged() -> Measured:
    """How many right implementations are flagged."""
    every, took = _everything()
    alarms = [judged.flagged[0] for judged in every if judged.flagged]
    undecided = sum(report.verdict == UNDECIDED for judged in every for report in judged.reports)
    names = "".join(f"; {report.subject}: {_said(report)}" for report in alarms[:NAMED])
    return Measured(
        len(alarms),
        f"of {len(every)}, each audited with {len(SEEDS)} seeds; {undecided} of {len(every) * len(SEEDS)} audits are "
        f"undecided; {took:.0f} s in {cores()} processes{names}",
        (by_way(every), by_kind(every)),
    )


def examples() -> Measured:
    """On how many distinct examples."""
    every, _ = _everything()
    return Measured(sum(judged.examples.total() for judged in every), "distinct ones; see below by regime and dtype")


def judge(right: Right, count: int, seeds: Iterable[int]) -> Judged:
    """Audit one implementation with several seeds."""
    seen: dict[Any, Way] = {}

    def watched(case: Case) -> Mapping[str, Any]:
        arrays = tuple((value.shape, value.tobytes()) for value in case.arrays.values())
        seen[(arrays, case.regime, case.dtype, *case.options.items())] = case.regime, case.dtype.name
        return right.subject.function(case)

    subject = replace(right.subject, function=watched)
    # By tests alone: the examples are what is counted, and a proof can take nothing back that they say.
    reports = tuple(audit(subject, examples=count, seed=seed, evidence="tested") for seed in seeds)
    return Judged(right.kind, reports, Counter(seen.values()))


@cache
def _everything() -> tuple[list[Judged], float]:
    start = perf_counter()
    found = spread(_at_place, len(implementations()))
    return found, perf_counter() - start


def _at_place(place: int) -> Judged:
    every = implementations()
    return judge(every[place], ceil(EXAMPLES / (len(every) * len(SEEDS))), SEEDS)


# -- what stands behind the number


def by_way(every: Sequence[Judged]) -> Breakdown:
    """Examples, and implementations flagged on one, by regime and dtype."""
    counts = sum((judged.examples for judged in every), Counter[Way]())
    cases = [report.failing_case for judged in every for report in judged.flagged[:1]]
    alarms = Counter((case.regime, case.dtype) for case in cases if case is not None)
    rows = [[regime, *(f"{alarms[regime, d]} in {counts[regime, d]:,}" for d in DTYPES)] for regime in REGIMES]
    return Breakdown("right implementations flagged, in examples", ["regime", *DTYPES], rows)


def by_kind(every: Sequence[Judged]) -> Breakdown:
    """Implementations flagged, and examples, by where they come from."""
    rows = []
    for kind in dict.fromkeys(judged.kind for judged in every):
        of_kind = [judged for judged in every if judged.kind == kind]
        alarms = sum(bool(judged.flagged) for judged in of_kind)
        rows.append([kind, f"{alarms} of {len(of_kind)}", f"{sum(j.examples.total() for j in of_kind):,}"])
    return Breakdown("where they come from", ["kind", "flagged", "examples"], rows)


def _said(report: SubjectReport) -> str:
    parts = [row.name for row in report.parameters if row.verdict == WRONG]
    return f"{', '.join(parts)} wrong" if parts else report.diagnosis[0].kind
