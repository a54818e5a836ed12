"""The table of figures says what was measured, whether that is enough, and what stands behind it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.benchmarks.figure import Breakdown, Figure, Measured, NotMeasured
from tests.benchmarks.figures import FIGURES, GROUPS, SLOW
from tests.benchmarks.table import Row, measured, render


def figure(value: float, limit: float | None, unit: str, relation: str, *breakdowns: Breakdown) -> Figure:
    return Figure("group", "name", limit, unit, lambda: Measured(value, "how [peers]", breakdowns), relation)


def printed(row: Row) -> str:
    console = Console(file=io.StringIO(), width=120)
    render([row], "machine", console)
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "limit", "unit", "relation", "missed", "shown"),
    [
        (0.1, 0.2, "s", "≤", False, "≤ 0.2 s"),
        (0.3, 0.2, "s", "≤", True, "≤ 0.2 s"),
        (1.0, 100, "%", "≥", False, "≥ 100 %"),
        (0.999, 100, "%", "≥", True, "≥ 100 %"),
        (5000, 1000, "×", "≥", False, "≥ 1000 ×"),
        (0, 0, "flagged", "≤", False, "≤ 0 flagged"),
        (1, 0, "flagged", "≤", True, "≤ 0 flagged"),
    ],
)
def test_a_limit_is_from_above_or_below(
    value: float, limit: float, unit: str, relation: str, missed: bool, shown: str
) -> None:
    row = measured(figure(value, limit, unit, relation))
    assert row.missed is missed
    text = printed(row)
    assert shown in text
    assert ("missed" in text) is missed
    assert ("yes" in text) is not missed


def test_what_stands_behind_a_number_is_printed_as_it_is() -> None:
    text = printed(
        measured(figure(0, None, "s", "≤", Breakdown("detail", ["what", "how many"], [["[red]", "3 of 4"]])))
    )
    for part in ("how [peers]", "detail", "what", "how many", "[red]", "3 of 4"):
        assert part in text


def test_what_cannot_be_measured_is_missed_and_says_why() -> None:
    def fail() -> Measured:
        raise NotMeasured("torch is not installed")

    row = measured(Figure("group", "name", None, "s", fail))
    assert row.missed
    assert "torch is not installed" in printed(row)


def test_groups_are_those_of_the_figures() -> None:
    assert {figure.group for figure in FIGURES} == set(GROUPS)
    assert set(SLOW) < set(GROUPS)
