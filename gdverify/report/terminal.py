"""The report of an audit in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from gdverify.auditing.verdicts import CORRECT, ERROR, UNDECIDED, UP_TO_CONSTANT, WRONG, SubjectReport
from gdverify.auditing.wording import lines, summary

STYLES = {
    CORRECT: "green",
    UP_TO_CONSTANT: "yellow",
    WRONG: "bold red",
    UNDECIDED: "yellow",
    ERROR: "bold magenta",
    "name": "bold",
    "dim": "dim",
    "": "",
}


def render(subjects: Sequence[SubjectReport], console: Console) -> None:
    """Print the reports and a line that counts them; lines are not broken, so that they can be pasted."""
    for subject in subjects:
        for line in lines(subject):
            console.print(Text.assemble(*((piece, STYLES[style]) for piece, style in line)), soft_wrap=True)
        console.print()
    console.print(Text(summary(subjects), "bold"), soft_wrap=True)
