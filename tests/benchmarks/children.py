"""What is measured in a process of its own: ``python -m tests.benchmarks.children WHAT NAME``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks.figure import NotMeasured

ROOT = Path(__file__).parents[2]


def command(what: str, name: str) -> list[str]:
    """The command that runs a row of `CHILDREN`."""
    return [sys.executable, "-m", "tests.benchmarks.children", what, name]


def output(what: str, name: str) -> str:
    """What the child printed."""
    return completed(command(what, name))


def completed(arguments: Sequence[str]) -> str:
    """What a command printed; raises NotMeasured where it fails."""
    run = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        last = run.stderr.strip().splitlines()[-1:] or ["no message"]
        raise NotMeasured(f"exit code {run.returncode}: {last[0]}")
    return run.stdout


def first_audit(name: str) -> None:
    """Print the seconds that the first audit takes."""
    from gdverify.auditing.audit import audit
    from tests.benchmarks import subjects
    from tests.benchmarks.clock import seconds

    judged = subjects.marked(name)
    print(seconds(lambda: audit(judged, examples=subjects.EXAMPLES, seed=0)))


def large_audit(name: str) -> None:
    """Audit a network of fixed, large sizes, and make the report's text."""
    from gdverify.auditing.audit import audit
    from tests.benchmarks import memory, subjects

    report = audit(subjects.marked(name, memory.SIZES), examples=memory.EXAMPLES, seed=0)
    print(report.verdict, len(str(report)))


CHILDREN: dict[str, Callable[[str], None]] = {"first_audit": first_audit, "large_audit": large_audit}

if __name__ == "__main__":
    CHILDREN[sys.argv[1]](sys.argv[2])
