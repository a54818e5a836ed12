"""Whether a file was written for gdverify: it marks its subjects, and may be imported as it is."""

from __future__ import annotations

import ast
from pathlib import Path

from gdverify.auditing.subject import Subject
from gdverify.loading import is_file, load

MARKS = {"subject", "bind"}  # what gdverify offers to make a subject with


def marks_subjects(place: str) -> bool:
    """Whether a file uses a mark, or a module has a subject; what is no Python is refused when it is imported."""
    if place.endswith(".ipynb"):
        return False
    if not is_file(place):
        return any(isinstance(value, Subject) for value in vars(load(place)).values())
    try:
        tree = ast.parse(Path(place).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return True
    return any(_is_mark(node) for node in ast.walk(tree))


def _is_mark(node: ast.AST) -> bool:
    """``gdverify.subject``, or ``from gdverify import subject``."""
    if isinstance(node, ast.Attribute):
        return node.attr in MARKS and isinstance(node.value, ast.Name) and node.value.id == "gdverify"
    if isinstance(node, ast.ImportFrom):
        return node.module == "gdverify" and any(alias.name in MARKS for alias in node.names)
    return False
