"""Figures measured, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.benchmarks.figure import RELATIONS, UNITS, Breakdown, Figure, Measured, NotMeasured


@dataclass(frozen=True)
class Row:
    """A figure, and what was measured; None where that was not possible."""

    figure: Figure
    measured: Measured | None
    note: str

    @property
    def missed(self) -> bool:
        """Whether something was to be reached, and was not."""
        if self.measured is None:
            return True
        limit, reached = self.figure.limit, RELATIONS[self.figure.relation]
        return limit is not None and not reached(_in_unit(self.figure, self.measured), limit)


def measured(figure: Figure) -> Row:
    """Measure one figure."""
    try:
        found = figure.measure()
    except NotMeasured as reason:
        return Row(figure, None, str(reason))
    return Row(figure, found, found.note)


def render(rows: Sequence[Row], machine: str, console: Console) -> None:
    """Print the table."""
    table = Table(caption=machine, caption_justify="left", highlight=False)
    table.add_column("figure", max_width=38)
    for heading in ("measured", "must reach"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("ok", no_wrap=True)
    table.add_column("how", style="dim")
    for row in rows:
        table.add_row(row.figure.name, _value(row), _limit(row.figure), _ok(row), escape(row.note))
    console.print(table)
    for breakdown in (b for row in rows if row.measured is not None for b in row.measured.breakdowns):
        console.print(_detailed(breakdown))


def _detailed(breakdown: Breakdown) -> Table:
    """What stands behind a number: words in the first column, numbers in the others."""
    table = Table(title=breakdown.title, title_justify="left", highlight=False)
    for place, heading in enumerate(breakdown.headings):
        table.add_column(heading, justify="right" if place else "left")
    for cells in breakdown.rows:
        table.add_row(*map(escape, cells))
    return table


def _in_unit(figure: Figure, found: Measured) -> float:
    return found.value * UNITS[figure.unit][0]


def _value(row: Row) -> str:
    if row.measured is None:
        return "–"
    return f"{_in_unit(row.figure, row.measured):.{UNITS[row.figure.unit][1]}f} {row.figure.unit}".strip()


def _limit(figure: Figure) -> str:
    return "" if figure.limit is None else f"{figure.relation} {figure.limit:g} {figure.unit}".strip()


def _ok(row: Row) -> str:
    if row.missed:
        return "[red]missed[/red]"
    return "" if row.figure.limit is None else "[green]yes[/green]"
