"""The two error rates of an audit, beside those of the other checkers."""

from __future__ import annotations

from functools import cache

from tests.benchmarks.figure import Measured
from tests.benchmarks.machine import cores
from tests.benchmarks.peers.checkers import CHECKERS, GDVERIFY
from tests.benchmarks.peers.comparing import Outcome, everything
from tests.benchmarks.peers.tables import by_checker, by_slip, flagged, missed

NAMED = 5  # of what went wrong so many are named


@cache
def _outcome() -> Outcome:
    return everything()


def caught() -> Measured:
    """The part of the slips that an audit with default settings finds, and what the others find."""
    found = _outcome()
    there = [checker for checker in CHECKERS if checker.available]
    wrong = [check for check in found.checks if check.checker == GDVERIFY.name and not check.is_right]
    let_through = missed(found.checks, GDVERIFY)
    note = (
        f"{len(wrong)} slips in {len({check.source for check in wrong})} operations and architectures; "
        f"{found.equivalent} more change no gradient; {cores()} processes at a time{_without()}"
    )
    names = "".join(f"; missed in {check.source}: {check.says}" for check in let_through[:NAMED])
    breakdowns = (by_checker(found.checks, there), by_slip(found.checks, there))
    return Measured(1 - len(let_through) / len(wrong), note + names, breakdowns)


def false_alarms() -> Measured:
    """How many of the right twins an audit with default settings flags."""
    rejected = flagged(_outcome().checks, GDVERIFY)
    right = [check for check in _outcome().checks if check.checker == GDVERIFY.name and check.is_right]
    names = "".join(f"; {check.source}" for check in rejected[:NAMED])
    return Measured(len(rejected), f"of {len(right)} hand-written twins, audited with the defaults{names}")


def _without() -> str:
    lacking = list(dict.fromkeys(checker.package for checker in CHECKERS if not checker.available))
    return f'; left out, not installed: {", ".join(lacking)} (pip install "gdverify[peers]")' if lacking else ""
