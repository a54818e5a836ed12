"""The functions of a binding in words: a short one as it is written in its file, another one by where it stands."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable
from types import CodeType
from typing import Any

from gdverify.binding.hand.grammar import Path

LONGEST = 80  # of a function in a line of the report


def text(getter: Path | Callable[..., Any]) -> str:
    """A place as it was written; a short function as its body, another one by its name or where it stands."""
    if isinstance(getter, (Path, type)):
        return getter.__name__ if isinstance(getter, type) else str(getter)
    written = lambda_text(getter)
    body = written.partition(":")[2].strip()
    if body and "\n" not in body and len(body) <= LONGEST:
        return body
    code = getattr(getter, "__code__", None)
    if code is None:
        return str(getattr(getter, "__name__", getter))
    where = f"{code.co_filename.rpartition('/')[2]}:{code.co_firstlineno}"
    return where if code.co_name == "<lambda>" else f"{code.co_name} in {where}"


def lambda_text(function: Callable[..., Any]) -> str:
    """The text of a lambda in its file; empty for any other function, and where there is no file."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_name != "<lambda>":
        return ""
    whole = "".join(linecache.getlines(code.co_filename))
    try:
        tree = ast.parse(whole)
    except SyntaxError:
        return ""
    at = _position(code)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda) and _begins(node.body) == at]
    return (ast.get_source_segment(whole, found[0]) or "") if len(found) == 1 else ""


def _position(code: CodeType) -> tuple[int, int]:
    """Line and column of the first thing in a lambda's body."""
    # The first instruction stands for the lambda itself, and has no columns of its own.
    spans = [(line, column) for line, _, column, end in code.co_positions() if line and column is not None and end]
    return min(spans, default=(0, 0))


def _begins(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset
