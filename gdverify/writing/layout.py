"""Source text as formatters leave it: lines of at most 120 characters, double quotes, an argument a line."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

WIDTH = 120
INDENT = "    "
Written = str | Mapping[str, str]  # of an argument: its text, or the entries of a dictionary


def quoted(text: str) -> str:
    """A text as a literal, in double quotes unless that would need more backslashes."""
    single = repr(text)
    if '"' in text or not single.startswith("'"):
        return single
    return '"' + single[1:-1].replace("\\'", "'") + '"'


def call(head: str, arguments: Mapping[str, Written], behind: str = "") -> str:
    """A call with an argument a line; those that are called ``""`` are positional.

    Args:
        head: what stands before the bracket, ``linear = gdverify.bind``.
        arguments: their texts by name.
        behind: what stands behind the call.
    """
    lines = [_argument(name, value) for name, value in arguments.items()]
    return f"{head}(\n{''.join(lines)}){behind}"


def _argument(name: str, value: Written) -> str:
    ahead = f"{INDENT}{name}=" if name else INDENT
    if isinstance(value, str):
        return f"{ahead}{value},\n"
    entries = [f"{quoted(key)}: {one}" for key, one in value.items()]
    line = f"{ahead}{{{', '.join(entries)}}},"
    if len(line) <= WIDTH:
        return line + "\n"
    return f"{ahead}{{\n{''.join(f'{2 * INDENT}{one},' + chr(10) for one in entries)}{INDENT}}},\n"


def entry(key: str, text: str) -> str:
    """The text of an entry of a dictionary; a call that is too long for its line has its arguments on one below."""
    function, bracket, arguments = text.partition("(")
    if len(f"{2 * INDENT}{quoted(key)}: {text},") <= WIDTH or not bracket:
        return text
    return f"{function}(\n{3 * INDENT}{arguments[:-1]}\n{2 * INDENT})"


def statement(ahead: str, function: str, arguments: list[str], behind: str = "") -> str:
    """A statement that is a call: in one line where that is short enough, or else an argument a line."""
    line = f"{INDENT}{ahead}{function}({', '.join(arguments)}){behind}"
    if len(line) <= WIDTH or not arguments:
        return line
    inside = INDENT * 2 + ", ".join(arguments)
    if len(inside) <= WIDTH:
        return f"{INDENT}{ahead}{function}(\n{inside}\n{INDENT}){behind}"
    each = "".join(f"{2 * INDENT}{one},\n" for one in arguments)
    return f"{INDENT}{ahead}{function}(\n{each}{INDENT}){behind}"


def comment(text: str) -> str:
    """Lines of comment; an empty text is none."""
    wrapped = [
        line
        for paragraph in text.splitlines()
        for line in textwrap.wrap(paragraph, WIDTH - 2, break_long_words=False, break_on_hyphens=False) or [""]
    ]
    return "".join(f"# {line}".rstrip() + "\n" for line in wrapped)


def docstring(text: str) -> str:
    """A text as that of a file, its paragraphs wrapped."""
    plain = text.replace("\\", "\\\\").replace('"""', "'''")
    paragraphs = (
        textwrap.fill(one, WIDTH - 3, break_long_words=False, break_on_hyphens=False) for one in plain.split("\n\n")
    )
    return '"""' + "\n\n".join(paragraphs) + '\n"""\n'


def literal(value: Any) -> str | None:
    """A number, a text, nothing, or a list of those; None for what cannot be written so."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (list, tuple)):
        parts = [literal(one) for one in value]
        return None if None in parts else _sequence([str(one) for one in parts], isinstance(value, tuple))
    if type(value) is float and value >= 2**10 and value.hex().startswith("0x1.0000000000000p"):
        return f"2.0**{value.hex().partition('p+')[2]}"
    return repr(value) if value is None or type(value) in (bool, int, float) else None


def _sequence(parts: list[str], is_tuple: bool) -> str:
    if not is_tuple:
        return f"[{', '.join(parts)}]"
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
