"""``gdverify audit``: judge the user's implementations, or the documented ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gdverify.commands import options
from gdverify.commands.progress import Progress

if TYPE_CHECKING:
    from gdverify.auditing.verdicts import SubjectReport
    from gdverify.commands.asked import Asked


@click.command("audit")
@click.argument("targets", nargs=-1, metavar="[FILE_OR_MODULE[:NAME]]...")
@options.examples("subject")
@options.seed
@click.option(
    "--tolerance",
    type=float,
    metavar="FACTOR",
    help="Multiply the derived bound on rounding errors; 1 is the bound itself.",
)
@click.option(
    "--kink",
    metavar="VALUE",
    help='Require one derivative at kinks: a number, or "declared". By default any subgradient will do.',
)
@click.option(
    "--evidence",
    type=click.Choice(["auto", "proved", "certified", "tested"]),
    default="auto",
    show_default=True,
    help="How far to go beyond tests; auto takes the strongest that the code allows.",
)
@click.option(
    "--bits",
    type=click.IntRange(64, 100_000),
    metavar="N",
    default=256,
    show_default=True,
    help="The precision at which certificates begin.",
)
@options.of_code
@click.option(
    "--save-binding",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write what was found in unmarked code as a pytest file with its bindings, as `gdverify write` does.",
)
@options.json_file("report")
def command(
    targets: tuple[str, ...],
    examples: int,
    seed: int,
    tolerance: float | None,
    kink: str | None,
    evidence: str,
    bits: int,
    loss: str | None,
    against: str | None,
    regularisation: str | None,
    save_binding: str | None,
    json_file: str | None,
) -> None:
    """Judge hand-written gradients on random shapes and inputs.

    A target is a Python file, a notebook or a module; :NAME picks one thing in it. Functions marked @gdverify.subject,
    and what gdverify.bind makes, are judged as they say; in a file without any, what can be audited is found, and
    recognised by running it. Without a target the documented implementations are judged, each against the verdict on
    record for it.

    Exit codes: 0 all correct (or as recorded), 1 a gradient is wrong, 2 usage or input.
    """
    from rich.console import Console

    from gdverify.auditing.verdicts import Report
    from gdverify.commands.asked import Asked
    from gdverify.commands.audited import audited
    from gdverify.errors import UsageError
    from gdverify.report.document import document
    from gdverify.report.terminal import render

    if save_binding is not None and not targets:
        raise UsageError("--save-binding needs a TARGET: the file whose bindings are to be kept, for example net.py.")
    progress = Progress()
    declared = {"loss": loss, "against": against, "regularisation": regularisation}
    asked = Asked(examples, seed, tolerance, kink, evidence, bits, declared)
    reports = list(audited(targets, asked, progress, save_binding) if targets else _documented(asked, progress))
    if json_file == "-":
        click.echo(document(reports), nl=False)
    else:
        render(reports, Console())
        if json_file is not None:
            from gdverify import files

            files.replace(Path(json_file), document(reports))
    raise SystemExit(Report(tuple(reports)).exit_code)


def _documented(asked: Asked, progress: Progress) -> Iterator[SubjectReport]:
    from gdverify.auditing.audit import audit
    from gdverify.documented.records import RECORDS

    for record in RECORDS:
        if not record.available:
            remedy = f'needs the extra "{record.extra}": pip install "gdverify[{record.extra}]"'
            click.echo(f"not audited: {record.subject.name}: {remedy}", err=True)
            continue
        progress(f"auditing {record.subject.name} …")
        replay = f"gdverify audit {asked.replay}"
        said = {**asked.allowed, **asked.wanted}
        report = audit(record.subject, examples=asked.examples, seed=asked.seed, command=replay, **said)
        yield replace(report, expected=record.expected)
