"""Parse and compile the user's text without the warnings that Python has about it: it is not ours to judge."""

from __future__ import annotations

import ast
import warnings
from types import CodeType


def parsed(text: str, name: str = "<cell>") -> ast.Module:
    """The syntax of some text; raises SyntaxError, and ValueError for a null byte."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, name)


def compiled(statement: ast.stmt, name: str, features: int) -> CodeType:
    """One statement, under the flags of what its file imports from __future__."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(ast.Module([statement], []), name, "exec", flags=features, dont_inherit=True)
