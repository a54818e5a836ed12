"""The user's targets: each is loaded, and what is in it judged, in a process of its own.

A target's process tells what it has loaded before it judges anything: a typo in the last target should not cost a
wait. It stays as it was after loading; each thing in it is judged in a fork.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shlex import quote

import click

from gdverify.auditing.audit import allowing, audit_isolated, unjudged
from gdverify.auditing.isolation import Apart, isolated
from gdverify.auditing.problems import Problem
from gdverify.auditing.search import warmed
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import SubjectReport
from gdverify.binding.scratch import scratch
from gdverify.binding.skeletons import skeletons
from gdverify.commands import found
from gdverify.commands.asked import Asked
from gdverify.commands.progress import Progress
from gdverify.commands.subjects import AsItIs, Marked, resolve
from gdverify.errors import GdverifyError, UsageError

Reports = tuple[SubjectReport, ...]


@dataclass(frozen=True)
class Loaded:
    """What a target holds.

    Attributes:
        names: of what is judged, in that order.
        lines: what was found and what was passed over, in a file that was not written for gdverify.
    """

    names: tuple[str, ...]
    lines: tuple[str, ...] = ()


def judged(targets: Sequence[str], asked: Asked, progress: Progress) -> Iterator[SubjectReport]:
    """The reports on everything in the targets, in their order.

    Raises:
        GdverifyError: a target that is not there, cannot be loaded, or has nothing to judge.
    """
    with ExitStack() as stack:
        processes = [Apart(partial(_steps, target, asked)) for target in targets]
        for process in processes:
            stack.callback(process.close)
        every = [_loaded(*one, asked, progress) for one in zip(targets, processes, strict=True)]
        for process, loaded in zip(processes, every, strict=True):
            if isinstance(loaded, SubjectReport):
                yield loaded
                continue
            for line in loaded.lines:
                click.echo(line, err=True)
            for name in loaded.names:
                yield from _next(process, partial(progress, f"auditing {name} …"))


def _loaded(target: str, process: Apart[Loaded | Reports], asked: Asked, progress: Progress) -> Loaded | SubjectReport:
    """What is in a target; the report on it where it takes its process with it."""
    try:
        loaded = process.next(partial(progress, f"loading {target} …"))
    except Problem as problem:
        return unjudged(target, asked.seed, f"gdverify audit {quote(target)} {asked.replay}", problem)
    assert isinstance(loaded, Loaded)
    return loaded


def _next(process: Apart[Loaded | Reports], waiting: Callable[[], None]) -> Reports:
    waiting()
    reports = process.next(waiting)
    assert isinstance(reports, tuple)
    return reports


def _steps(target: str, asked: Asked) -> Iterator[Loaded | Reports]:
    """In the process of a target: what it holds, and then the reports on each thing in it."""
    resolved = resolve(target)
    yield from _marked(resolved, asked) if isinstance(resolved, Marked) else _as_it_is(resolved, asked)


def _marked(target: Marked, asked: Asked) -> Iterator[Loaded | Reports]:
    subjects = [replace(allowing(one, **asked.allowed), name=name) for name, one in target.subjects.items()]
    for subject in subjects:
        _refuse_undefined(subject)
    yield Loaded(tuple(target.subjects))
    for subject in subjects:
        replay = f"gdverify audit {quote(subject.name)} {asked.replay}"
        yield (
            audit_isolated(subject, _nothing, examples=asked.examples, seed=asked.seed, command=replay, **asked.wanted),
        )


def _refuse_undefined(subject: Subject) -> None:
    try:
        subject.check_declaration()
    except GdverifyError as error:
        raise UsageError(f"{subject.name}: {error}") from error


def _as_it_is(target: AsItIs, asked: Asked) -> Iterator[Loaded | Reports]:
    units = target.discovery.found
    yield Loaded(tuple(f"{target.place}:{unit.name}" for unit in units), tuple(target.discovery.lines()))
    warmed()
    skeletons()  # what each unit is compared with is derived once, before they part
    with scratch(Path(target.place).resolve()):
        for unit in units:
            command = found.command(unit, target.place, asked)
            try:
                yield isolated(partial(found.reports, unit, target.place, asked), _nothing)
            except Problem as problem:
                yield (unjudged(f"{target.place}:{unit.name}", asked.seed, command, problem),)


def _nothing() -> None:
    """The process of the command says how far it is."""
