"""Lines of a readable width: text, lists and long sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from textwrap import wrap

WIDTH = 100
INDENT = " " * 4


def filled(text: str) -> list[str]:
    return wrap(text, WIDTH - len(INDENT), subsequent_indent="  ", break_long_words=False)


def wrapped(start: str, items: Sequence[str], end: str) -> list[str]:
    """One line where it fits, else the items indented and filled, as a formatter would."""
    line = start + ", ".join(items) + end
    if len(line) + len(INDENT) <= WIDTH:
        return [line]
    # Items are glued while wrapping, so that a line never breaks inside one.
    glued = wrap(" ".join(item.replace(" ", "\0") + "," for item in items), WIDTH - 2 * len(INDENT))
    return [start, *(INDENT + part.replace("\0", " ") for part in glued), end]


def broken(line: str) -> list[str]:
    """A statement, in several lines where it is too long: what is added up in its outermost brackets, one by one."""
    if len(line) + len(INDENT) <= WIDTH:
        return [line]
    target, text = line.split(" = ", 1)
    addends = _addends(text, 0, len(text))
    if len(addends) == 1:
        first, *others = _in_lines(text)
        return [f"{target} = {first}", *others]
    return [f"{target} = (", *(INDENT + part for addend in addends for part in _in_lines(addend)), ")"]


def _in_lines(text: str) -> list[str]:
    """A product in several lines, where it is too long and a sum in brackets is a factor."""
    begin = text.find("(") + 1
    while begin and len(text) + 2 * len(INDENT) > WIDTH:
        end = next(at for at, depth in _depths(text, begin) if depth < 0)
        addends = _addends(text, begin, end)
        if len(addends) > 1 and not any(depth == 0 and text[at] == "," for at, depth in _depths(text, begin, end)):
            inside = (INDENT + part for addend in addends for part in _in_lines(addend))
            return [text[:begin], *inside, text[end:]]
        begin = text.find("(", begin) + 1
    return [text]


def _addends(text: str, begin: int, end: int) -> list[str]:
    """What is added up between two places, and in no further brackets, each with its sign."""
    signs = [at + 1 for at, depth in _depths(text, begin, end) if depth == 0 and text[at : at + 3] in (" + ", " - ")]
    return [text[start:stop].strip() for start, stop in pairwise([begin, *signs, end])]


def _depths(text: str, begin: int, end: int | None = None) -> Iterator[tuple[int, int]]:
    """How many brackets are open behind each character."""
    opened = ((character in "([") - (character in ")]") for character in text[begin:end])
    return enumerate(accumulate(opened), begin)
