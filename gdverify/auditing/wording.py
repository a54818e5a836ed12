"""The report in words: lines of pieces, each with the name of its style, to be coloured or joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gdverify.auditing.grounds import covered, rule
from gdverify.auditing.verdicts import CORRECT, ERROR, EXIT_CODES, TESTED, WRONG, ParameterVerdict, SubjectReport

Piece = tuple[str, str]  # text, and the name of its style: a verdict, "name", "dim" or ""
Line = tuple[Piece, ...]

LABEL = 8  # columns of the words at the left
# Of remarks that are not reasons.
LABELS = {
    "kink": "note",
    "undecided": "note",
    "evidence": "note",
    "invisible": "note",
    "remark": "note",
    "binding": "binding",
    "question": "asks",
    "constant": "constant",
    "covered": "covers",
    "truncated": "note",
    "formula": "formula",
    "line": "line",
    "links": "right",
}


def text(report: SubjectReport) -> str:
    """The report on one subject as plain text."""
    return "\n".join("".join(piece for piece, _ in line).rstrip() for line in lines(report))


def lines(report: SubjectReport) -> Iterator[Line]:
    """The report on one subject: headline, a row a tensor, the reasons, its behaviour, the smallest failing case."""
    yield _headline(report)
    width = max([LABEL - 1, *(len(row.name) for row in report.parameters)])
    for row in sorted(report.parameters, key=lambda row: row.name != "loss"):
        yield _row(row, width)
    yield from _ground(report)
    for remark in report.diagnosis:
        yield _labelled(LABELS.get(remark.kind, "why"), remark.message)
    for finding in report.findings:
        yield _labelled("finding", f"{finding.kind}: {finding.message}")
    if report.failing_case is not None:
        case = report.failing_case
        drawn = f"{_settings(case.options, case.sizes)} ({case.regime} values, {case.dtype})".strip()
        yield _labelled("smallest", drawn)
        for line in ("import numpy as np", *case.numpy):
            yield _labelled("", line)
    if report.verdict != CORRECT or report.findings:
        yield _labelled("again", report.command)


def summary(subjects: Sequence[SubjectReport]) -> str:
    """One line that counts the verdicts."""
    counts = {verdict: sum(s.verdict == verdict for s in subjects) for verdict in EXIT_CODES}
    parts = [f"{number} {verdict}" for verdict, number in counts.items() if number]
    counted = f"{len(subjects)} implementation{'s' if len(subjects) != 1 else ''}: {', '.join(parts)}."
    if not any(subject.expected for subject in subjects):
        return counted
    off = [subject.subject for subject in subjects if not subject.as_expected]
    return counted + (f" Not as recorded: {'; '.join(off)}." if off else " All as recorded.")


def _headline(report: SubjectReport) -> Line:
    recorded = ""
    if report.expected is not None:
        recorded = " as recorded" if report.as_expected else f", on record as {report.expected}"
    further = f" + {report.further}" if report.further else ""
    judged = report.verdict != ERROR or report.parameters
    stronger = f"{report.evidence}, " if report.evidence != TESTED else ""
    evidence = f"   {stronger}tested on {report.examples}{further} cases, seed {report.seed}" if judged else ""
    return (
        (report.subject, "name"),
        (f"   against {report.architecture}   ", ""),
        (report.verdict.upper(), report.verdict),
        (recorded + evidence, "dim"),
    )


def _row(row: ParameterVerdict, width: int) -> Line:
    informed = f"  {row.informative} of {row.cases} cases informative" if row.verdict != WRONG else ""
    informed += f", {row.informative_entries:,} of {row.entries:,} entries" if informed else ""
    return (
        (f"  {row.name:<{width}} ", ""),
        (f"{row.verdict:<9}", row.verdict),
        (f" {_worst(row)}", ""),
        (informed, "dim"),
    )


def _worst(row: ParameterVerdict) -> str:
    index = f"[{', '.join(map(str, row.worst_index))}]" if row.worst_index else ""
    got, expected = told_apart(row.got, row.expected)
    margin = f"off by {row.largest_error:.2g}, bound {row.tolerance:.1g}"
    return f"worst at {row.name}{index}: got {got}, expected {expected} ({margin})"


def _ground(report: SubjectReport) -> Iterator[Line]:
    """What the verdict rests on: the rule by which was judged, and what the cases covered."""
    if report.judged is not None and report.parameters:
        yield _labelled("bound", rule(report.judged))
    for ground in report.grounds:
        yield _labelled("shown", f"{', '.join(ground.tensors)}: {ground.level} {ground.says}")
    groups = covered([row for row in report.parameters if row.verdict != WRONG])
    for words, names in groups.items():
        of = f"{', '.join(names)}: " if len(groups) > 1 else ""
        yield _labelled("covers", f"{of}{words}")


def told_apart(first: float, second: float) -> tuple[str, str]:
    """Both numbers with as few digits as tell them apart, six at least."""
    texts = "", ""
    for digits in range(6, 18):
        texts = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts if texts[0] != texts[1] else (f"{first:.6g}", f"{second:.6g}")


def _labelled(label: str, words: str) -> Line:
    return (f"  {label:<{LABEL}} ", "dim"), (words, "")


def _settings(*mappings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for mapping in mappings for name, value in mapping.items())
