"""The report of an audit as a person reads it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from gdverify.auditing.verdicts import CORRECT, ERROR, UNDECIDED, WRONG, ParameterVerdict, SubjectReport

STYLES = {CORRECT: "green", WRONG: "bold red", UNDECIDED: "yellow", ERROR: "bold magenta"}
PLAIN_WIDTH = 110
LABEL = 10  # columns of the words at the left


def render(subjects: Sequence[SubjectReport], console: Console) -> None:
    """Print the reports and a line that counts them."""
    for subject in subjects:
        for line in _subject(subject):
            console.print(line, soft_wrap=True)
        console.print()
    console.print(_summary(subjects), soft_wrap=True)


def plain(subjects: Sequence[SubjectReport]) -> str:
    """The same text without colours, for an exception."""
    console = Console(file=io.StringIO(), width=PLAIN_WIDTH, color_system=None, force_terminal=False)
    for subject in subjects:
        for line in _subject(subject):
            console.print(line, soft_wrap=True)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO of above
    return text.rstrip()


def _subject(report: SubjectReport) -> Iterable[Text]:
    yield _headline(report)
    width = max((len(row.name) for row in report.parameters), default=0)
    for row in sorted(report.parameters, key=lambda row: row.name != "loss"):
        yield from _row(row, max(width, LABEL - 3))
    for remark in report.diagnosis:
        yield _labelled({"kink": "note", "undecided": "note"}.get(remark.kind, "why"), remark.message)
    if report.failing_case is not None:
        case = report.failing_case
        yield _labelled(
            "smallest", f"{_settings(case.options, case.sizes)} ({case.regime} values, {case.dtype})".strip()
        )
        for line in ("import numpy as np", *case.numpy):
            yield _labelled("", line)
    if report.verdict != CORRECT:
        yield _labelled("again", report.command)


def _headline(report: SubjectReport) -> Text:
    verdict = Text(report.verdict.upper(), STYLES[report.verdict])
    if report.expected is not None:
        verdict.append(" as recorded" if report.as_expected else f", on record as {report.expected}", "dim")
    head = Text.assemble((report.subject, "bold"), f"   against {report.architecture}   ")
    evidence = f"   {report.evidence} on {report.examples} cases, seed {report.seed}" if report.verdict != ERROR else ""
    return Text.assemble(head, verdict, (evidence, "dim"))


def _row(row: ParameterVerdict, width: int) -> Iterable[Text]:
    informed = f"  {row.informative} of {row.cases} cases informative" if row.verdict != WRONG else ""
    yield Text.assemble(
        f"  {row.name:<{width}} ", (f"{row.verdict:<9}", STYLES[row.verdict]), f" {_worst(row)}", (informed, "dim")
    )


def _worst(row: ParameterVerdict) -> str:
    index = f"[{', '.join(map(str, row.worst_index))}]" if row.worst_index else ""
    got, expected = told_apart(row.got, row.expected)
    margin = f"off by {row.largest_error:.2g}, tolerance {row.tolerance:.1g}"
    return f"worst at {row.name}{index}: got {got}, expected {expected} ({margin})"


def told_apart(first: float, second: float) -> tuple[str, str]:
    """Both numbers with as few digits as tell them apart, six at least."""
    for digits in range(6, 18):
        texts = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if texts[0] != texts[1]:
            return texts
    return texts


def _labelled(label: str, text: str) -> Text:
    return Text.assemble((f"  {label:<{LABEL - 2}} ", "dim"), text)


def _settings(*mappings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for mapping in mappings for name, value in mapping.items())


def _summary(subjects: Sequence[SubjectReport]) -> Text:
    counts = {verdict: sum(s.verdict == verdict for s in subjects) for verdict in (CORRECT, WRONG, UNDECIDED, ERROR)}
    parts = [f"{number} {verdict}" for verdict, number in counts.items() if number]
    text = f"{len(subjects)} implementation{'s' if len(subjects) != 1 else ''}: {', '.join(parts)}."
    recorded = [s for s in subjects if s.expected is not None]
    if recorded:
        off = [s.subject for s in recorded if not s.as_expected]
        text += f" Not as recorded: {'; '.join(off)}." if off else " All as recorded."
    return Text(text, "bold")
