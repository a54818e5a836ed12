"""The documents' training runs, shown: what was claimed, what happened, and the loss curves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from itertools import cycle, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gdverify import files
from gdverify.errors import UsageError
from gdverify.extras import require

if TYPE_CHECKING:
    from gdverify.documented.experiments import Outcome, Result

# Width of the longest label, so that the columns of all experiments line up.
LABELS = len("  right, learning rate 0.1")
COLUMNS = 3
PANEL = (4.5, 3.0)  # inches


def render(results: Iterable[Result], console: Console) -> None:
    """Print the claim of each experiment and the outcome of each of its runs, by document."""
    for source, group in groupby(results, key=lambda result: result.experiment.source):
        # Text, not str: square brackets in a str are markup to rich.
        console.print(Text(source, style="bold"))
        for result in group:
            console.print()
            console.print(Text(result.experiment.name, style="cyan"))
            console.print(_table(result))
        console.print()


def _table(result: Result) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True, min_width=LABELS)
    table.add_column(overflow="fold")
    table.add_row(Text("  claim"), Text(result.experiment.claim))
    for outcome in result.outcomes:
        table.add_row(Text(f"  {outcome.label}"), Text(outcome.text))
    return table


def plot_format(path: Path) -> str:
    """The format that the suffix of ``path`` names, png if none; to be checked before a long run.

    Raises:
        MissingExtra: matplotlib is not installed.
        UsageError: matplotlib does not write that format.
    """
    bases = require("matplotlib.backend_bases", "plot", needed_by="plots")
    known = sorted(bases.FigureCanvasBase.get_supported_filetypes())
    name = path.suffix.removeprefix(".").lower() or "png"
    if name not in known:
        raise UsageError(f"cannot plot in the format {name!r} of {path}: known: {', '.join(known)}.")
    return name


def plot(results: Sequence[Result], path: Path) -> None:
    """Draw the loss curves, one small panel an experiment, into the file ``path``.

    Raises:
        MissingExtra, UsageError: as `plot_format`.
        CannotWrite: as `gdverify.files.replace`.
    """
    file_format = plot_format(path)
    rows = -(-len(results) // COLUMNS)
    # A Figure by itself draws with the Agg backend: no window, no display, no global state.
    figure = require("matplotlib.figure", "plot", needed_by="plots").Figure(
        figsize=(COLUMNS * PANEL[0], rows * PANEL[1]), layout="constrained"
    )
    for position, result in enumerate(results, start=1):
        _draw(figure.add_subplot(rows, COLUMNS, position), result)
    image = BytesIO()
    figure.savefig(image, format=file_format)
    files.replace(path, image.getvalue())


def _draw(axes: Any, result: Result) -> None:
    # Curves of two gradients may lie on each other: through a broken line the other shows.
    for outcome, style in zip(result.outcomes, cycle(("-", "--", ":")), strict=False):
        axes.plot(outcome.curve.steps, outcome.curve.losses, style, label=outcome.label)
    if all(_positive(outcome) for outcome in result.outcomes):
        axes.set_yscale("log")
    axes.set_title(result.experiment.name)
    axes.set_xlabel("steps or epochs")
    axes.set_ylabel("loss")
    axes.legend(fontsize="small")


def _positive(outcome: Outcome) -> bool:
    return bool((outcome.curve.losses > 0).all())
