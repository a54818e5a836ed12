"""Every slip of the table in every documented derivation: is it noticed, and is it named first?

What is named counts where it is the planted slip, or another reason with the same gradients: a constant, a slip or two
whose gradients are those of the subject on cases that the diagnosis has not seen. "Unexplained" never counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from gdverify import catalogue
from gdverify.auditing.audit import audit
from gdverify.auditing.diagnosis.candidates import ratio_of
from gdverify.auditing.diagnosis.samples import Samples
from gdverify.auditing.mutation.planted import planted
from gdverify.auditing.mutation.score import ALLOWED, EQUIVALENT, KILLED, Score, score
from gdverify.auditing.verdicts import CORRECT, Diagnosis, SubjectReport
from gdverify.cases.strategies import fresh
from gdverify.codegen.program import run
from gdverify.derivation.steps import Source, derive
from gdverify.evidence.arithmetic import NUMPY
from gdverify.slips.slip import Slipped
from gdverify.slips.table import slipped
from tests.benchmarks.figure import Measured, NotMeasured
from tests.benchmarks.spreading import spread

EXAMPLES, SEED = 100, 0
UNSEEN_SEED, UNSEEN = 977, 20  # cases that no diagnosis has seen
SAME = 1e-6  # of the largest entry, in plain floats
BESIDE = ("witnesses", "links", "kink", "undecided", "varied")  # remarks, not reasons
DEFINITE = ("ratio", "slip", "other loss")
AT_KINKS = "kink only"  # what is wrong at kinks alone is said so, whatever it is

Named = tuple[str, Source, dict[str, Any]]


@cache
def _documented() -> tuple[Named, ...]:
    operations = [(name, operation, {}) for name, operation in catalogue.operations().items()]
    families = [(page, catalogue.find(name), dict(options)) for page, (name, options) in catalogue.DOCUMENTED.items()]
    return (*operations, *((page, family, _chosen(family, options)) for page, family, options in families))


def _chosen(family: Source, options: dict[str, Any]) -> dict[str, Any]:
    """Options with the depth fixed: a slip is made at one of the links."""
    return {**{name: default for name, default in dict(family.options).items() if type(default) is int}, **options}


@cache
def _scores() -> tuple[Score, ...]:
    return tuple(spread(_score, len(_documented())))


def _score(place: int) -> Score:
    name, source, options = _documented()[place]
    return score(name, source, options, examples=EXAMPLES, seed=SEED)


def missed() -> Measured:
    """The share of slips that no audit noticed, of those that are not proved to be none."""
    counted = Counter(fate.outcome for one in _scores() for fate in one.fates)
    harmless = counted[EQUIVALENT] + counted[ALLOWED]
    planted_in_all = sum(counted.values())
    share = 1 - counted[KILLED] / (planted_in_all - harmless)
    told = ", ".join(f"{number} {outcome}" for outcome, number in counted.most_common())
    return Measured(share, f"{planted_in_all} slips in {len(_documented())} derivations: {told}")


def misnamed() -> Measured:
    """The share of noticed slips whose first reason is another one."""
    every = [judged for derivation in spread(_names, len(_documented())) for judged in derivation]
    found = Counter(named for _, named in every)
    rows = Counter(row for row, named in every if not named)
    if not found[True]:
        raise NotMeasured("no slip was noticed")
    worst = ", ".join(f"{row} {number}" for row, number in rows.most_common(3))
    return Measured(found[False] / found.total(), f"{found.total()} slips, one of each kind and variant; {worst}")


def _names(place: int) -> list[tuple[str, bool]]:
    """The rows that were planted in a derivation and noticed, and whether they were named."""
    _, source, options = _documented()[place]
    judged = [(one.slip.name, _is_named(one, source, options)) for one in _one_of_each(source, options)]
    return [(row, named) for row, named in judged if named is not None]


def _one_of_each(source: Source, options: dict[str, Any]) -> Iterator[Slipped]:
    """The first and the last of each row: all places at once, and one place alone."""
    rows: dict[str, list[Slipped]] = {}
    for candidate in slipped(derive(source, **options)):
        rows.setdefault(candidate.slip.name, []).append(candidate)
    for made in rows.values():
        yield made[0]
        if len(made) > 1:
            yield made[-1]


def _is_named(candidate: Slipped, source: Source, options: dict[str, Any]) -> bool | None:
    """Whether the first reason is the planted slip; None where nothing was noticed."""
    # Naming goes by tests alone: what a trace adds is said after the reason.
    report = audit(planted(candidate, source, options), examples=EXAMPLES, seed=SEED, evidence="tested")
    if report.verdict == CORRECT:
        return None
    # What keeps a gradient from being judged is said before any reason.
    findings = [Diagnosis(finding.kind, finding.message) for finding in report.findings if finding.severe]
    reasons = [*findings, *(reason for reason in report.diagnosis if reason.kind not in BESIDE)]
    if not reasons:
        return False
    first = reasons[0]
    if first.kind in DEFINITE:
        return _gives_the_same(first, candidate, report)
    return first.kind == (AT_KINKS if candidate.slip.name.endswith("at the kink") else candidate.slip.kind)


def _gives_the_same(reason: Diagnosis, candidate: Slipped, report: SubjectReport) -> bool:
    if reason.message.startswith(candidate.says):
        return True
    assert report.failing_case is not None
    failing = report.failing_case
    regime, dtype = (failing.regime, failing.dtype) if " values in " in reason.message else ("ordinary", "float64")
    _, source, options = next(named for named in _documented() if candidate.derivation is derive(named[1], **named[2]))
    subject = planted(candidate, source, options)
    (like,) = fresh(subject.space(), candidate.derivation, options, 1, UNSEEN_SEED)
    unseen = Samples(subject, subject.space(), candidate.derivation, like, UNSEEN_SEED, regime, dtype)
    if reason.kind == "ratio":
        return _has_ratios(reason, unseen)
    claimed = next((s for s in slipped(candidate.derivation) if reason.message.startswith(s.says)), None)
    return claimed is not None and _same_gradients(claimed, unseen)


def _has_ratios(reason: Diagnosis, unseen: Samples) -> bool:
    listed = reason.message.removeprefix("the right gradient times a constant: ").rpartition(" (confirmed")[0]
    cases = unseen.first(UNSEEN)
    bounds = [sample.bounds for sample in cases]
    return all(
        f"{name} {ratio_of(cases, bounds, name)}" in listed.split(", ") or all(sample.agrees(name) for sample in cases)
        for name in cases[0].returned.gradients
    )


def _same_gradients(claimed: Slipped, unseen: Samples) -> bool:
    for sample in unseen.first(UNSEEN):
        with np.errstate(all="ignore"):
            values = run(claimed.statements, {**sample.case.arrays, **sample.case.sizes}, NUMPY)
        for name, got in sample.returned.gradients.items():
            scale = float(np.max(np.abs(got), initial=0))
            if not np.all(np.abs(values[f"d{name}"] - got) <= SAME * scale):
                return False
    return True
