"""What is done in a process of its own comes back, and what never does is ended with it."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from gdverify.auditing import isolation
from gdverify.auditing.confinement import TooLong, limited
from gdverify.auditing.isolation import Apart, Deadline, isolated
from gdverify.auditing.problems import Problem


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "PATIENCE", 0.02)
    monkeypatch.setattr(isolation, "GRACE", 0.1)


def nothing() -> None:
    pass


def endless() -> None:
    """A loop in C, which looks at no signal."""
    sum(itertools.repeat(1))


def called(seconds: float, work: object = endless) -> object:
    assert callable(work)
    try:
        with limited(seconds, called.__code__):
            return work()
    except TooLong:
        return "interrupted"


def test_a_result_comes_back() -> None:
    assert isolated(lambda: [1, 2], nothing) == [1, 2]


def test_items_are_made_one_by_one_in_one_process() -> None:
    def items() -> Iterator[int]:
        yield from (os.getpid() for _ in range(2))

    apart = Apart(items)
    first, second = apart.next(nothing), apart.next(nothing)
    apart.close()
    assert first == second != os.getpid()


def test_a_compiled_loop_that_never_ends_ends_its_process() -> None:
    with pytest.raises(Problem, match=r"a call went on for 0.1 seconds beyond its time limit .* a loop that does not"):
        isolated(lambda: called(0.05), nothing)


def test_so_does_one_in_a_process_of_a_process() -> None:
    def inner() -> str:
        try:
            isolated(lambda: called(0.05), nothing)
        except Problem as problem:
            return problem.kind
        return "came back"

    assert isolated(inner, nothing) == "never returns"


def test_a_loop_in_python_is_interrupted_and_its_process_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "GRACE", 60.0)
    assert isolated(lambda: called(0.05, lambda: [None for _ in itertools.count()]), nothing) == "interrupted"


def test_what_takes_long_between_two_calls_is_left_alone() -> None:
    def work() -> str:
        called(0.01, nothing)
        time.sleep(0.3)
        return "done"

    assert isolated(work, nothing) == "done"


@pytest.mark.parametrize(
    ("end", "kind", "said"),
    [
        (lambda: os._exit(3), "never returns", r"ended without a result \(exit code 3\)"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "crashes", "with signal SIGKILL"),
    ],
)
def test_what_ends_its_process_is_told_how(end: object, kind: str, said: str) -> None:
    assert callable(end)
    with pytest.raises(Problem, match=said) as raised:
        isolated(end, nothing)
    assert raised.value.kind == kind


def test_a_deadline_is_seen_in_every_process_that_has_it() -> None:
    deadline = Deadline()
    assert not deadline.passed
    isolated(lambda: deadline.set(-1.0), nothing)
    assert deadline.passed
    isolated(lambda: deadline.set(60.0), nothing)
    assert not deadline.passed
    isolated(lambda: (deadline.set(-1.0), deadline.clear()), nothing)
    assert not deadline.passed


ORPHAN = """
import itertools, os, sys
from gdverify.auditing.isolation import isolated

def work():
    os.write(int(sys.argv[1]), f"{os.getpid()}\\n".encode())
    sum(itertools.repeat(1))

isolated(work, lambda: None)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="known for Linux alone")
def test_a_process_whose_parent_is_killed_ends() -> None:
    reading, writing = os.pipe()
    parent = subprocess.Popen([sys.executable, "-c", ORPHAN, str(writing)], pass_fds=[writing])
    os.close(writing)
    assert int(os.read(reading, 100)) != parent.pid
    parent.kill()
    parent.wait()
    assert os.read(reading, 100) == b""  # nobody is left who could write
    os.close(reading)
