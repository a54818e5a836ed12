"""``gdverify mutate``: plant every slip of the table, and see which ones an audit notices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gdverify.commands import options
from gdverify.commands.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gdverify.commands.targets import Target


@click.command("mutate")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@options.of_the_family
@options.examples("slip")
@options.seed
@options.json_file("fates")
def command(targets: tuple[str, ...], words: tuple[str, ...], examples: int, seed: int, json_file: str | None) -> None:
    """Plant mistakes in right gradients, and count those that an audit notices.

    A TARGET is a page, an architecture or an operation of the catalogue (gdverify list shows them), or your own:
    FILE[:NAME] or MODULE[:NAME]. Without one, everything that the project documents is mutated, which takes minutes.

    Exit codes: 0 every mistake was noticed, or proved to be none; 1 one was not; 2 usage or input.
    """
    from rich.console import Console

    from gdverify.auditing.mutation.score import score
    from gdverify.errors import UsageError
    from gdverify.report.mutation import document, render

    if words and not targets:
        raise UsageError("--set needs a TARGET: the family whose option it is, for example mlp.")
    progress = Progress()
    scores = [
        score(target.spelled, target.source, target.options, examples=examples, seed=seed, progress=progress)
        for target in _targets(targets, words)
    ]
    if json_file == "-":
        click.echo(document(scores, examples, seed), nl=False)
    else:
        render(scores, Console())
        if json_file is not None:
            from gdverify.files import replace

            replace(Path(json_file), document(scores, examples, seed))
    raise SystemExit(int(any(one.survivors for one in scores)))


def _targets(names: Sequence[str], words: Sequence[str]) -> Iterator[Target]:
    from gdverify import catalogue
    from gdverify.commands.settings import parsed
    from gdverify.commands.targets import find

    settings = parsed(words)
    # All are found before the first is mutated: a typo in the last target should not cost a wait.
    chosen = names or (*catalogue.operations(), *catalogue.DOCUMENTED)
    return iter([target for name in chosen for target in find(name, settings)])
