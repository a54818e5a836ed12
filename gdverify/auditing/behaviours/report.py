"""From what was seen to what is reported: the findings, and what they mean for the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gdverify.auditing.behaviours.kinds import Sighting, gathered
from gdverify.auditing.behaviours.probing import probed
from gdverify.auditing.search import Survey, smallest_sighting
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, ERROR, UNDECIDED, FailingCase, Finding, ParameterVerdict, SubjectReport
from gdverify.cases.strategies import Space

# What follows from another finding, and says nothing new.
IMPLIED = {"writes and restores": {"writes into its arguments", "writes into the upstream gradient"}}


def new(found: Iterable[str]) -> list[str]:
    """The kinds that say something beside the others."""
    every = [*found]
    return [kind for kind in every if not IMPLIED.get(kind, set()) & {*every}]


def with_findings(report: SubjectReport, subject: Subject, space: Space, found: Survey, examples: int) -> SubjectReport:
    """The report with what the subject does besides; the verdict is an error where that is severe."""
    sightings = [
        _smallest(sighting, subject, space, examples, report.seed) if sighting.severe else sighting
        for sighting in found.sightings.values()
    ]
    every = gathered([*sightings, *probed(subject, space, found.specimens)])
    findings = tuple(_finding(every[kind]) for kind in new(every))
    infinite = every["not finite"].tensors if "not finite" in every else frozenset()
    rows = tuple(_not_correct(row) if row.name in infinite else row for row in report.parameters)
    return concluding(replace(report, parameters=rows), findings)


def concluding(report: SubjectReport, findings: Sequence[Finding]) -> SubjectReport:
    """The report with findings; the verdict is an error where one is severe."""
    every = (*report.findings, *findings)
    severe = [finding for finding in every if finding.severe]
    if not severe:
        return replace(report, findings=every)
    return replace(
        report,
        verdict=ERROR,
        # Why a verdict is undecided does not matter where it is an error.
        diagnosis=tuple(remark for remark in report.diagnosis if remark.kind != UNDECIDED),
        findings=every,
        failing_case=report.failing_case or severe[0].case,
    )


def _smallest(sighting: Sighting, subject: Subject, space: Space, examples: int, seed: int) -> Sighting:
    found = smallest_sighting(subject, space, sighting.kind, examples, seed)
    return sighting if found is None else replace(found, tensors=found.tensors | sighting.tensors)


def _finding(sighting: Sighting) -> Finding:
    return Finding(sighting.kind, sighting.message, sighting.severe, FailingCase.of(sighting.case))


def _not_correct(row: ParameterVerdict) -> ParameterVerdict:
    """Of a gradient that is nan in places the other places were compared, which does not make it correct."""
    return replace(row, verdict=UNDECIDED) if row.verdict == CORRECT else row
