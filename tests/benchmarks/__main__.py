"""``python -m tests.benchmarks``: measure every figure, print the table, exit 1 where one is missed."""

from __future__ import annotations

import click
from rich.console import Console

from tests.benchmarks.figures import FIGURES, GROUPS, SLOW
from tests.benchmarks.machine import described
from tests.benchmarks.table import measured, render


@click.command()
@click.option("--only", "groups", type=click.Choice(GROUPS), multiple=True, help="Measure this group; may be repeated.")
@click.option("--suite", is_flag=True, help="The slow groups too: every planted slip, the whole test suite.")
def main(groups: tuple[str, ...], suite: bool) -> None:
    """Measure the figures that the project must reach.

    Each row says how it was measured. Exit codes: 0 all reached, 1 one is missed.
    """
    wanted = groups or tuple(group for group in GROUPS if suite or group not in SLOW)
    errors = Console(stderr=True)
    rows = []
    for figure in FIGURES:
        if figure.group in wanted:
            errors.print(f"measuring {figure.name}", style="dim", highlight=False)
            rows.append(measured(figure))
    render(rows, described(), Console())
    raise SystemExit(int(any(row.missed for row in rows)))


main(prog_name="python -m tests.benchmarks")
