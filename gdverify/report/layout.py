"""Lines of text and formulas in the width of a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

from rich.console import Console

# Longer lines are hard to read, however wide the terminal is.
WIDEST = 100
INDENT = 4


def width_of(console: Console) -> int:
    """The columns to fill."""
    return min(console.width, WIDEST)


def filled(text: str, width: int, indent: int = 0, hang: int = INDENT) -> Iterator[str]:
    """The text in lines of at most ``width`` columns; an entry such as ``W1[h1, i]`` is never broken.

    Args:
        text: without line breaks.
        width: of a line, indentation included.
        indent: of every line.
        hang: what the lines after the first are indented by in addition.
    """
    glued = re.sub(r"\[[^\[\]]*\]", lambda entry: entry.group().replace(" ", "\0"), text)
    lines = wrap(
        glued,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return (line.replace("\0", " ") for line in lines)
