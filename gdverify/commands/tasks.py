"""What is done with each thing that is found in a target: it is judged, or written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from shlex import quote
from typing import Protocol

from gdverify.auditing.audit import audit_isolated, unjudged
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Diagnosis, SubjectReport
from gdverify.binding.finding.units import Unit
from gdverify.binding.reporting import Found
from gdverify.commands import found
from gdverify.commands.asked import Asked
from gdverify.writing.called import Called
from gdverify.writing.piece import Piece
from gdverify.writing.writer import pieces

Made = SubjectReport | Piece


class Task(Protocol):
    """What is done, in the process of a target; each method gives what the process of the command is told."""

    def of_unit(self, known: tuple[Found, ...] | Diagnosis, unit: Unit, place: str, asked: Asked) -> tuple[Made, ...]:
        """With what was found in a unit, or with what is asked about it."""

    def of_marked(self, name: str, subject: Subject, asked: Asked) -> tuple[Made, ...]:
        """With a subject that its file marks."""

    def of_lost(self, name: str, command: str, problem: Problem, asked: Asked) -> tuple[Made, ...]:
        """With what took its process with it."""


@dataclass(frozen=True)
class Judge:
    """Judge it."""

    def of_unit(self, known: tuple[Found, ...] | Diagnosis, unit: Unit, place: str, asked: Asked) -> tuple[Made, ...]:
        """The reports."""
        return found.reports(known, unit, place, asked)

    def of_marked(self, name: str, subject: Subject, asked: Asked) -> tuple[Made, ...]:
        """The report."""
        replay = f"gdverify audit {quote(name)} {asked.replay}"
        how = {"examples": asked.examples, "seed": asked.seed}
        return (audit_isolated(subject, silent, command=replay, **how, **asked.wanted),)

    def of_lost(self, name: str, command: str, problem: Problem, asked: Asked) -> tuple[Made, ...]:
        """The report that there is none."""
        return (unjudged(name, asked.seed, command, problem),)


@dataclass(frozen=True)
class Write:
    """Write it out.

    Attributes:
        called: what the target is called in the written file.
    """

    called: Called

    def of_unit(self, known: tuple[Found, ...] | Diagnosis, unit: Unit, place: str, asked: Asked) -> tuple[Made, ...]:
        """The binding of each thing found, or the question."""
        if isinstance(known, Diagnosis):
            return (Piece(self.called.title(unit.name), remark=f"{QUESTIONS[known.kind]}\n{known.message}"),)
        return tuple(pieces(known, unit, self.called, asked.declared))

    def of_marked(self, name: str, subject: Subject, asked: Asked) -> tuple[Made, ...]:
        """What its file makes is called by its name there."""
        label = name.rpartition(":")[2]
        title = self.called.title(label)
        return (Piece(title, self.called.thing(label), marked=f"{self.called.module}.{label}"),)

    def of_lost(self, name: str, command: str, problem: Problem, asked: Asked) -> tuple[Made, ...]:
        """What went wrong."""
        return (Piece(name, remark=f"No test: {problem.message}"),)


QUESTIONS = {
    "question": "No test yet: several readings fit. Which one is meant?",
    "unbound": "No test yet: it could not be bound. Say where its numbers are, with gdverify.bind.",
}
Tasks = Callable[[str], tuple[Task, ...]]  # for each target


def silent() -> None:
    """The process of the command says how far it is."""
