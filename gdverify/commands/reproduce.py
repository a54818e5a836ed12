"""``gdverify reproduce``: train as the documents do, with their gradients and the right ones."""

from __future__ import annotations

from pathlib import Path

import click

from gdverify.commands.progress import Progress


@click.command("reproduce")
@click.option("--only", "names", multiple=True, metavar="NAME", help="Run this one; may be repeated.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of weights and data.")
@click.option(
    "--plot",
    "plot_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw the loss curves into FILE (png, pdf, svg, …).",
)
def command(names: tuple[str, ...], seed: int, plot_file: Path | None) -> None:
    """Repeat the training runs of the documents.

    For each: what the document claims, and what happens with the gradient as documented and, where
    that is wrong, with the right one. All of them take about 20 seconds.
    """
    from rich.console import Console

    from gdverify.documented import experiments
    from gdverify.errors import UnknownName
    from gdverify.report import reproduction

    try:
        chosen = experiments.select(names)
    except UnknownName as error:
        raise click.UsageError(str(error)) from error
    if plot_file is not None:
        # Before the runs: nobody should wait to be told what is missing.
        reproduction.plot_format(plot_file)
    progress = Progress()
    results = [experiments.perform(experiment, seed, progress) for experiment in chosen]
    reproduction.render(results, Console())
    if plot_file is not None:
        reproduction.plot(results, plot_file)
