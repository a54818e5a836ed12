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


_DECLARED = (
    click.option(
        "--loss", metavar="NAME", help="What unmarked code's gradients should be of; by default its own loss."
    ),
    click.option(
        "--against",
        metavar="NAME",
        help="What unmarked code should compute, a name of the catalogue or FILE:NAME; by default what it is "
        "recognised as.",
    ),
    click.option(
        "--regularisation",
        metavar="TERM",
        help="What unmarked code adds to its loss: l2(0.01) for λ/2 |w|², l2(0.01, whole), l2(0.01, per-sample), "
        "l1(0.01), elastic(0.01, 0.5); then weights, all or names of parameters.",
    ),
)


def of_code(command: Callable[..., Any]) -> Callable[..., Any]:
    """What code that was not written for gdverify should compute."""
    for option in reversed(_DECLARED):
        command = option(command)
    return command


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
