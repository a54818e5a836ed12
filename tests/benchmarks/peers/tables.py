"""What the checks come to: a row for each checker, and one for each slip."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from tests.benchmarks.figure import Breakdown
from tests.benchmarks.peers.checkers import Checker
from tests.benchmarks.peers.comparing import Check
from tests.benchmarks.peers.points import POINTS


def missed(checks: Sequence[Check], checker: Checker) -> list[Check]:
    """The slips that a checker let through."""
    return [check for check in _wrong(checks, checker) if check.passed]


def flagged(checks: Sequence[Check], checker: Checker) -> list[Check]:
    """The right candidates that it rejected."""
    return [check for check in checks if check.checker == checker.name and check.is_right and not check.passed]


def by_checker(checks: Sequence[Check], checkers: Sequence[Checker]) -> Breakdown:
    """Caught, false alarms, and milliseconds a check."""
    points = [f"right ones flagged, {point}" for point in POINTS]
    headings = ["checker", "called with", "slips caught", *points, "ms, right", "ms, wrong"]
    return Breakdown("checkers of one gradient", headings, [_row(checks, checker) for checker in checkers])


def by_slip(checks: Sequence[Check], checkers: Sequence[Checker]) -> Breakdown:
    """How many of each slip were caught."""
    headings = ["caught of each slip", *(checker.name for checker in checkers)]
    return Breakdown("what they catch", headings, list(_slips(checks, checkers)))


def _row(checks: Sequence[Check], checker: Checker) -> list[str]:
    wrong = _wrong(checks, checker)
    right = [check for check in checks if check.checker == checker.name and check.is_right]
    caught = len(wrong) - len(missed(checks, checker))
    return [
        checker.name,
        checker.settings,
        f"{caught} of {len(wrong)}, {_percent(caught, len(wrong))}",
        *(_flagged_at(right, checker, point) for point in POINTS),
        *(_milliseconds(statistics.median(c.seconds for c in some)) for some in (right, wrong)),
    ]


def _flagged_at(right: Sequence[Check], checker: Checker, point: str) -> str:
    if point not in checker.points:
        return "drawn too"  # its own cases have such values
    there = [check for check in right if check.point == point]
    return f"{sum(not check.passed for check in there)} of {len(there)}"


def _slips(checks: Sequence[Check], checkers: Sequence[Checker]) -> Iterator[list[str]]:
    for slip in dict.fromkeys(check.slip for check in checks if not check.is_right):
        of_kind = [check for check in checks if check.slip == slip]
        yield [slip, *(_caught(of_kind, checker) for checker in checkers)]


def _caught(checks: Sequence[Check], checker: Checker) -> str:
    wrong = _wrong(checks, checker)
    return f"{len(wrong) - len(missed(checks, checker))} of {len(wrong)}"


def _wrong(checks: Sequence[Check], checker: Checker) -> list[Check]:
    return [check for check in checks if check.checker == checker.name and not check.is_right]


def _milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.2f}" if seconds < 1e-2 else f"{1e3 * seconds:.0f}"


def _percent(part: int, whole: int) -> str:
    # 99.97 % is not all of them.
    return "100 %" if part == whole else f"{min(100 * part / whole, 99.9):.1f} %"
