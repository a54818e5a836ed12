"""``gdverify list``: what there is to derive and to judge against."""

from __future__ import annotations

import click

KINDS = ("operations", "losses", "architectures")


@click.command("list")
@click.argument("kind", required=False, type=click.Choice(KINDS))
def command(kind: str | None) -> None:
    """Operations, losses and architectures, with their equations and options; KIND chooses one of them."""
    from rich.console import Console

    from gdverify.report.listing import listing

    listing(KINDS if kind is None else [kind], Console(highlight=False))
