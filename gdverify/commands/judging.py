"""The user's targets: each is loaded, and what is in it judged or written out, in a process of its own.

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

from gdverify.auditing.audit import allowing
from gdverify.auditing.isolation import Apart, isolated
from gdverify.auditing.problems import Problem
from gdverify.auditing.search import warmed
from gdverify.auditing.subject import Subject
from gdverify.binding.equations.skeletons import skeletons
from gdverify.binding.files.scratch import scratch
from gdverify.binding.finding.units import Unit
from gdverify.commands import found
from gdverify.commands.asked import Asked
from gdverify.commands.progress import Progress
from gdverify.commands.subjects import AsItIs, Marked, resolve
from gdverify.commands.tasks import Made, Task, Tasks, silent
from gdverify.errors import GdverifyError, UsageError


@dataclass(frozen=True)
class Loaded:
    """What a target holds.

    Attributes:
        names: of what is judged, in that order.
        lines: what was found and what was passed over, in a file that was not written for gdverify.
    """

    names: tuple[str, ...]
    lines: tuple[str, ...] = ()


Step = Loaded | tuple[Made, ...]  # what the process of a target tells


def done(targets: Sequence[str], tasks: Tasks, asked: Asked, progress: Progress) -> Iterator[tuple[str, Made]]:
    """What the tasks make of everything in the targets, in their order, each with its target.

    Raises:
        GdverifyError: a target that is not there, cannot be loaded, or has nothing to judge.
    """
    with ExitStack() as stack:
        processes = [Apart(partial(_steps, target, tasks(target), asked)) for target in targets]
        for process in processes:
            stack.callback(process.close)
        every = [_loaded(*one, tasks, asked, progress) for one in zip(targets, processes, strict=True)]
        for target, process, loaded in zip(targets, processes, every, strict=True):
            if not isinstance(loaded, Loaded):
                yield from ((target, one) for one in loaded)
                continue
            for line in loaded.lines:
                click.echo(line, err=True)
            for name in loaded.names:
                yield from ((target, one) for one in _next(process, partial(progress, f"auditing {name} …")))


def _loaded(target: str, process: Apart[Step], tasks: Tasks, asked: Asked, progress: Progress) -> Step:
    """What is in a target; what is made of it where it takes its process with it."""
    try:
        return process.next(partial(progress, f"loading {target} …"))
    except Problem as problem:
        command = f"gdverify audit {quote(target)} {asked.replay}"
        return tuple(one for task in tasks(target) for one in task.of_lost(target, command, problem, asked))


def _next(process: Apart[Step], waiting: Callable[[], None]) -> tuple[Made, ...]:
    waiting()
    made = process.next(waiting)
    assert isinstance(made, tuple)
    return made


def _steps(target: str, tasks: tuple[Task, ...], asked: Asked) -> Iterator[Step]:
    """In the process of a target: what it holds, and then what is made of each thing in it."""
    resolved = resolve(target)
    yield from _marked(resolved, tasks, asked) if isinstance(resolved, Marked) else _as_it_is(resolved, tasks, asked)


def _marked(target: Marked, tasks: tuple[Task, ...], asked: Asked) -> Iterator[Step]:
    subjects = [replace(allowing(one, **asked.allowed), name=name) for name, one in target.subjects.items()]
    for subject in subjects:
        _refuse_undefined(subject)
    yield Loaded(tuple(target.subjects))
    for subject in subjects:
        yield tuple(one for task in tasks for one in task.of_marked(subject.name, subject, asked))


def _refuse_undefined(subject: Subject) -> None:
    try:
        subject.check_declaration()
    except GdverifyError as error:
        raise UsageError(f"{subject.name}: {error}") from error


def _as_it_is(target: AsItIs, tasks: tuple[Task, ...], asked: Asked) -> Iterator[Step]:
    units = target.discovery.found
    yield Loaded(tuple(f"{target.place}:{unit.name}" for unit in units), tuple(target.discovery.lines()))
    warmed()
    skeletons()  # what each unit is compared with is derived once, before they part
    with scratch(Path(target.place).resolve()):
        for unit in units:
            try:
                yield isolated(partial(_of_unit, unit, target.place, tasks, asked), silent)
            except Problem as problem:
                name, command = f"{target.place}:{unit.name}", found.command(unit, target.place, asked)
                yield tuple(one for task in tasks for one in task.of_lost(name, command, problem, asked))


def _of_unit(unit: Unit, place: str, tasks: tuple[Task, ...], asked: Asked) -> tuple[Made, ...]:
    """What the tasks make of a unit, which is bound once for all of them."""
    known = found.found_in(unit, asked)
    return tuple(one for task in tasks for one in task.of_unit(known, unit, place, asked))
