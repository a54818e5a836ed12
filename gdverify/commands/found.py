"""What a file holds that was not written for gdverify: its units, found, bound by running them, and judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from gdverify.auditing.audit import allowing
from gdverify.auditing.verdicts import TESTED, UNDECIDED, Diagnosis, SubjectReport
from gdverify.binding.ambiguity import Ambiguous, Unbound
from gdverify.binding.discovery import discover
from gdverify.binding.judging import judged as judged_unit
from gdverify.binding.loading import load
from gdverify.binding.subject import BoundSubject, find_subjects
from gdverify.commands.progress import Progress

if TYPE_CHECKING:
    from gdverify.binding.own import Own
    from gdverify.binding.units import Unit


@dataclass(frozen=True)
class Search:
    """What to judge, and how.

    Attributes:
        place, name: of the file or module, and of the one thing in it that is meant.
        declared: ``loss``, ``against`` and ``regularisation``, where they are said apart from the code.
        examples, seed: of the audit.
        replay: the options that replay it.
        allowed, wanted: what changes the rule, and how far to go beyond tests.
    """

    place: str
    name: str | None
    declared: dict[str, str | None]
    examples: int
    seed: int
    replay: str
    allowed: dict[str, Any]
    wanted: dict[str, Any]

    def command(self, name: str) -> str:
        """That replays the audit of one thing."""
        said = [f"--{option} {quote(value)}" for option, value in self.declared.items() if value is not None]
        return " ".join(["gdverify audit", quote(f"{self.place}:{name}"), *said, self.replay])


def judged(search: Search, progress: Progress) -> Iterator[SubjectReport]:
    """The reports on everything that was found; what was passed over is listed on standard error.

    Raises:
        LoadError: the file or module cannot be loaded.
        UnknownName: it has nothing of that name.
        UsageError: what has that name cannot be audited.
    """
    discovery = discover(load(search.place), search.name)
    for line in discovery.lines() if discovery.found else ():
        click.echo(line, err=True)
    for unit in discovery.found:
        progress(f"binding {unit.name} …")
        yield from _reports(unit, search, progress)


def _reports(unit: Unit, search: Search, progress: Progress) -> Iterator[SubjectReport]:
    try:
        found = find_subjects(unit, **search.declared)
    except (Ambiguous, Unbound) as error:
        kind = "question" if isinstance(error, Ambiguous) else "unbound"
        command, remark = search.command(unit.name), Diagnosis(kind, str(error))
        name = f"{search.place}:{unit.name}"
        yield SubjectReport(name, "nothing yet", UNDECIDED, TESTED, 0, search.seed, command, diagnosis=(remark,))
        return
    for one in found:
        yield _bound(one, unit, search, progress) if isinstance(one, BoundSubject) else _own(one, unit, search)


def _own(one: Own, unit: Unit, search: Search) -> SubjectReport:
    report = one.report(search.examples, search.seed, search.command(unit.name))
    return replace(report, diagnosis=(Diagnosis("binding", one.line), *report.diagnosis))


def _bound(one: BoundSubject, unit: Unit, search: Search, progress: Progress) -> SubjectReport:
    subject = replace(allowing(one.subject, **search.allowed), name=one.subject.name)
    waiting = partial(progress, f"auditing {subject.name} …")
    how = {"examples": search.examples, "seed": search.seed, "command": search.command(unit.name), **search.wanted}
    return judged_unit(replace(one, subject=subject), waiting, **how)
