"""Run an audit in a process of its own, so that a subject which crashes or never returns costs one row, not the run.

A loop in Python is interrupted by a signal (`gdverify.auditing.execution`). A loop in compiled code, or one that
catches every exception, is not; and a segmentation fault takes its process with it. Here that process is a fork of
this one, watched from
outside: by a thread in C that ends it when a call takes too long, and by this process, which reads its report from a
    pipe.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from gdverify.auditing.problems import Problem

Result = TypeVar("Result")

PATIENCE = 1.0  # seconds between two signs of life
GRACE = 2.0  # seconds beyond a call's time limit before the process is ended


def isolated(work: Callable[[], Result], waiting: Callable[[], None]) -> Result:
    """The result of ``work`` from a process of its own; from this one where processes cannot be forked.

    Args:
        work: what to do; its result must be plain data.
        waiting: called about once a second.

    Raises:
        Problem: the process ended without a result.
    """
    if not hasattr(os, "fork"):
        return work()
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work_and_leave(work, writing)
    os.close(writing)
    try:
        content = _read(reading, waiting)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(reading)
        _, status = os.waitpid(child, 0)
    if not content:
        raise _ended(status)
    outcome = pickle.loads(content)
    if isinstance(outcome, BaseException):
        raise outcome
    result: Result = outcome
    return result


def watch(seconds: float) -> None:
    """End this process if it does not come back to `unwatch` in time; only where it is a process of its own."""
    if _watched:
        faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=_watched[0])


def unwatch() -> None:
    """The call has returned."""
    if _watched:
        faulthandler.cancel_dump_traceback_later()


_watched: list[int] = []  # where the watching thread may write, in a process of its own


def _work_and_leave(work: Callable[[], object], writing: int) -> None:
    """The other process: what it prints goes nowhere, and it never returns to the code of this one."""
    code = 1
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        _watched.append(nowhere)
        try:
            outcome: object = work()
        except Exception as error:
            outcome = error
        with os.fdopen(writing, "wb") as stream:
            stream.write(pickle.dumps(outcome))
        code = 0
    finally:
        with suppress(BaseException):
            sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # nothing buffered is written twice
        os._exit(code)


def _read(reading: int, waiting: Callable[[], None]) -> bytes:
    content = b""
    while True:
        ready, _, _ = select.select([reading], [], [], PATIENCE)
        if not ready:
            waiting()
            continue
        part = os.read(reading, 1 << 20)
        if not part:
            return content
        content += part


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
        f"the subject's process ended without a result (exit code {code}): a call went on for {GRACE:g} seconds "
        f"beyond its "
        "time limit and could not be interrupted, or it called os._exit; look for a loop that does not end.",
    )
