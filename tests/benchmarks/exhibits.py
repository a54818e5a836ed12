"""The right versions of the zoo, found or bound by hand as in the tests, on 10,000 examples in each precision.

What is judged against its own forward pass is judged in float64 alone: by differences nothing else decides.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from gdverify.auditing.audit import audit
from gdverify.auditing.subject import SelfJudged, Subject
from gdverify.auditing.verdicts import ERROR, TESTED, UNDECIDED, WRONG
from gdverify.binding.files.loading import load as looked_into
from gdverify.binding.finding.discovery import discover
from gdverify.binding.own.forward import Own
from gdverify.binding.subjects import find_subjects
from gdverify.cases.strategies import DTYPES
from gdverify.loading import load
from tests.benchmarks.figure import Breakdown, Measured
from tests.benchmarks.machine import cores
from tests.benchmarks.spreading import spread
from tests.zoo.table import FILES, RIGHT, ZOO, Exhibit

EXAMPLES, EACH = 10_000, 1_000  # in all of a precision, and of one seed
BINDINGS = FILES.parent / "bindings"


@dataclass(frozen=True)
class Judged:
    """What the audits of an exhibit said: verdicts, by precision."""

    exhibit: str
    verdicts: Counter[tuple[str, str]]


def flagged() -> Measured:
    """How many of the right versions something is said against."""
    every, took = _everything()
    alarms = [one.exhibit for one in every if any(verdict in (WRONG, ERROR) for _, verdict in one.verdicts)]
    undecided = sorted({one.exhibit for one in every if any(verdict == UNDECIDED for _, verdict in one.verdicts)})
    counts = sum((one.verdicts for one in every), Counter[tuple[str, str]]())
    rows = [[of, verdict, str(count)] for (of, verdict), count in sorted(counts.items())]
    names = "".join(f"; {name}" for name in alarms)
    return Measured(
        len(alarms),
        f"of {len(every)}, {EXAMPLES:,} examples in each precision that the code keeps; undecided: "
        f"{', '.join(undecided) or 'none'}; {took:.0f} s in {cores()} processes{names}",
        (Breakdown(f"audits of {EACH:,} examples", ["precision", "verdict", "audits"], rows),),
    )


def right_versions() -> list[Exhibit]:
    """Those whose package is installed."""
    return [one for one in ZOO if one.verdict == RIGHT and one.available]


@cache
def _everything() -> tuple[list[Judged], float]:
    start = perf_counter()
    found = spread(_at_place, len(right_versions()))
    return found, perf_counter() - start


def _at_place(place: int) -> Judged:
    exhibit = right_versions()[place]
    with TemporaryDirectory() as folder:
        return Judged(exhibit.id, Counter(_verdicts(exhibit, Path(folder))))


def _verdicts(exhibit: Exhibit, folder: Path) -> Iterator[tuple[str, str]]:
    for found in [_bound(exhibit, folder)] if exhibit.lines else _found(exhibit, folder):
        if isinstance(found, Own):
            yield from (("float64", found.report(EACH, seed).verdict) for seed in range(EXAMPLES // EACH))
            continue
        for dtype in ("float64",) if isinstance(found, SelfJudged) else found.dtypes or DTYPES:
            one = found if isinstance(found, SelfJudged) else replace(found, dtypes=(dtype,))
            for seed in range(EXAMPLES // EACH):
                yield dtype, audit(one, examples=EACH, seed=seed, evidence=TESTED).verdict


def _bound(exhibit: Exhibit, folder: Path) -> Subject:
    for path in (exhibit.written(folder), BINDINGS / f"{Path(exhibit.file).stem}.py"):
        shutil.copy(path, folder / (path.name if path.parent == FILES else f"bound_{path.name}"))
    bound: Subject = getattr(load(str(folder / f"bound_{Path(exhibit.file).stem}.py")), exhibit.unit)
    return bound


def _found(exhibit: Exhibit, folder: Path) -> Iterator[Subject | Own]:
    (unit,) = discover(looked_into(str(exhibit.written(folder))), exhibit.unit).found
    for one in find_subjects(unit):
        if isinstance(one, Own):
            yield one
        else:
            yield one.subject if one.constant is None else one.constant.subject
