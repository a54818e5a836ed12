"""Options that several commands have: each is declared once, so that it means the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

DEFAULT_EXAMPLES = 100

of_the_family: Decorator = click.option(
    "--set", "words", multiple=True, metavar="NAME=VALUE", help="An option of the family; may be repeated."
)
seed: Decorator = click.option(
    "--seed", type=click.IntRange(0, 2**64), default=0, show_default=True, help="The same seed draws the same cases."
)


def examples(each: str) -> Decorator:
    """How many cases; ``each`` is what they are drawn for."""
    return click.option(
        "--examples",
        type=click.IntRange(1, 1_000_000),
        default=DEFAULT_EXAMPLES,
        show_default=True,
        help=f"Cases for each {each}.",
    )


def json_file(written: str) -> Decorator:
    """Where to write the JSON; ``written`` is what stands in it."""
    return click.option(
        "--json",
        "json_file",
        type=click.Path(dir_okay=False, allow_dash=True),
        metavar="FILE",
        help=f"Write the {written} as JSON; - for standard output, in place of the text.",
    )
