"""Foreign code in a process of its own, so that what crashes or never returns costs one row, not the run.

A loop in Python is interrupted by a signal (`gdverify.auditing.confinement`). A loop in compiled code, or one that
catches every exception, is not; and a segmentation fault takes its process with it. Here that process is a fork of
this one: it sees no terminal, its memory is limited, and this process reads what it makes from a pipe. It says in
memory that both share when its call should have returned; where that is over, this process ends it.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import pickle
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar

from gdverify.auditing.problems import Problem

Result = TypeVar("Result")

PATIENCE = 1.0  # seconds between two signs of life
GRACE = 2.0  # seconds beyond a call's time limit before the process is ended
MEMORY = 4 << 30  # bytes that such a process may use beyond what it starts with
LENGTH = 8  # bytes that say how long what follows is
PR_SET_PDEATHSIG = 1  # of Linux: a signal when the parent ends


class Deadline:
    """When the call that a process makes should have returned, in memory that it shares with its forks."""

    def __init__(self) -> None:
        self._when = memoryview(mmap.mmap(-1, 8)).cast("d")

    def set(self, seconds: float) -> None:
        """So many seconds from now."""
        self._when[0] = time.monotonic() + seconds

    def clear(self) -> None:
        """There is none."""
        self._when[0] = 0.0

    @property
    def passed(self) -> bool:
        """Whether there is one, and it is over."""
        return 0.0 < self._when[0] < time.monotonic()


class Apart(Generic[Result]):
    """Items made one by one in a process of its own, each when it is asked for; in this one where none can be forked.

    Args:
        items: makes them; they must be plain data.
    """

    def __init__(self, items: Callable[[], Iterator[Result]]) -> None:
        self._here = None if _can_fork() else items()
        if self._here is not None:
            return
        sys.stdout.flush()
        sys.stderr.flush()
        self._nested = bool(_watched)
        self._deadline = Deadline()
        asked, self._asking = os.pipe()
        self._reading, writing = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._asking)
            os.close(self._reading)
            _work_and_leave(items, asked, writing, self._deadline)
        os.close(asked)
        os.close(writing)

    def next(self, waiting: Callable[[], None]) -> Result:
        """The next item.

        Args:
            waiting: called about once a second.

        Raises:
            Problem: the process ended without it.
        """
        if self._here is not None:
            return next(self._here)
        with suppress(BrokenPipeError):
            os.write(self._asking, b"?")
        length = self._read(LENGTH, waiting)
        content = self._read(int.from_bytes(length), waiting)
        if not content:
            _, status = os.waitpid(self._child, 0)
            self._child = 0
            raise _overdue() if self._deadline.passed else _ended(status)
        outcome = pickle.loads(content)
        if isinstance(outcome, BaseException):
            raise outcome
        result: Result = outcome
        return result

    def close(self) -> None:
        """End the process, and what it has started."""
        if self._here is not None:
            return
        os.close(self._asking)
        os.close(self._reading)
        if self._child:
            self._kill()
            os.waitpid(self._child, 0)

    def _kill(self) -> None:
        """The process, and what it has started."""
        with suppress(ProcessLookupError, PermissionError):
            (os.kill if self._nested else os.killpg)(self._child, signal.SIGKILL)

    def _read(self, length: int, waiting: Callable[[], None]) -> bytes:
        """So many bytes, or nothing where the process ends before."""
        content = b""
        while len(content) < length:
            ready, _, _ = select.select([self._reading], [], [], PATIENCE)
            if not ready:
                if self._deadline.passed:
                    self._kill()
                waiting()
                continue
            part = os.read(self._reading, length - len(content))
            if not part:
                return b""
            content += part
        return content


def isolated(work: Callable[[], Result], waiting: Callable[[], None]) -> Result:
    """The result of ``work`` from a process of its own.

    Args:
        work: what to do; its result must be plain data.
        waiting: called about once a second.

    Raises:
        Problem: the process ended without a result.
    """
    apart = Apart(lambda: (act() for act in (work,)))
    try:
        return apart.next(waiting)
    finally:
        apart.close()


def watch(seconds: float) -> None:
    """Have this process ended if it does not come back to `unwatch` in time; only where it is one of its own."""
    for deadline in _watched:
        deadline.set(seconds + GRACE)


def unwatch() -> None:
    """The call has returned."""
    for deadline in _watched:
        deadline.clear()


def _can_fork() -> bool:
    """Whether a fork can do what this process can: one that has lost the threads of jax waits for them forever."""
    return hasattr(os, "fork") and "jax" not in sys.modules


_watched: list[Deadline] = []  # that of this process, where it is one of its own


def _work_and_leave(items: Callable[[], Iterator[object]], asked: int, writing: int, deadline: Deadline) -> None:
    """The other process: what it prints goes nowhere, and it never returns to the code of this one."""
    code = 1
    try:
        if not _watched:
            os.setpgid(0, 0)  # so that what it starts ends with it
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        _watched[:] = [deadline]
        _end_with_parent()
        _limit_memory()
        made = items()
        while os.read(asked, 1):
            _send(writing, _outcome(made))
        code = 0
    finally:
        with suppress(BaseException):
            sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # nothing buffered is written twice
        os._exit(code)


def _outcome(made: Iterator[object]) -> object:
    """The next item, or what was raised instead."""
    try:
        return next(made)
    except Exception as error:
        return error


def _send(writing: int, outcome: object) -> None:
    content = pickle.dumps(outcome)
    rest = memoryview(len(content).to_bytes(LENGTH) + content)
    while rest:
        rest = rest[os.write(writing, rest) :]


def _end_with_parent() -> None:
    """Where the parent is killed nobody reads any more what is made here, nor ends what never returns."""
    with suppress(OSError, AttributeError):  # known for Linux alone
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit_memory() -> None:
    """What asks for more memory gets a MemoryError, and the machine stays usable."""
    with suppress(ImportError, OSError, ValueError):  # known for Linux; elsewhere the system has to protect itself
        import resource

        with open("/proc/self/status", encoding="ascii") as status:
            used = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData:"))
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (used + MEMORY, most))


def _overdue() -> Problem:
    return Problem(
        "never returns",
        f"the subject's process was ended: a call went on for {GRACE:g} seconds beyond its time limit and could not "
        "be interrupted; look for a loop that does not end.",
    )


def _ended(status: int) -> Problem:
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return Problem(
            "crashes",
            f"the subject ended its process with signal {name}: expected a result; look for compiled code that "
            "reads or writes outside its arrays, or for too little memory.",
        )
    code = os.waitstatus_to_exitcode(status)
    return Problem(
        "never returns",
        f"the subject's process ended without a result (exit code {code}): it called os._exit, or something else that "
        "leaves without returning; raise an exception instead, or return.",
    )
