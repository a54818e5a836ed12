"""The text of a user's file, Python or notebook, and where each of its lines stands for the one who wrote it."""

from __future__ import annotations
import __future__

import ast
import linecache
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from gdverify.binding.files.notebook import Cells, cells
from gdverify.binding.files.parsing import compiled, parsed
from gdverify.binding.finding.units import Skipped
from gdverify.loading import LoadError


@dataclass(frozen=True)
class Source:
    """A file, read and parsed.

    Attributes:
        path: where it lies, absolute.
        shown: the file as it was given.
        tree: its syntax; of a notebook, of its code cells one after the other.
        text: what was parsed.
        cells: the cell of each line of a notebook.
        skipped: cells and lines of a notebook that are not Python.
    """

    path: Path
    shown: str
    tree: ast.Module
    text: str
    cells: Cells | None = None
    skipped: tuple[Skipped, ...] = ()

    def place(self, line: int) -> str:
        """``net.py:12``, or ``net.ipynb, code cell 3, line 4``."""
        return f"{self.shown}:{line}" if self.cells is None else f"{self.shown}, {self.position(line)}"

    def position(self, line: int) -> str:
        """``line 12``, or ``code cell 3, line 4``."""
        return f"line {line}" if self.cells is None else self.cells.place(line)

    def compiled(self, statement: ast.stmt) -> CodeType:
        """One statement of it, under the features that the file imports from __future__."""
        return compiled(statement, str(self.path), _features(self.tree))


def read(shown: str) -> Source:
    """Read and parse a Python file or a notebook.

    Raises:
        LoadError: it cannot be read, or is not Python; the message names the line.
    """
    path = Path(shown).resolve()
    if path.suffix == ".ipynb":
        return _read_notebook(path, shown)
    try:
        with tokenize.open(path) as stream:  # in the encoding that the file declares
            text = stream.read()
        tree = parsed(text, str(path))
    except SyntaxError as error:
        line = f":{error.lineno}" if error.lineno else ""
        raise LoadError(
            f"{shown}{line}: is not Python {_version()}: {error.msg}; expected a file that Python can run."
        ) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise LoadError(f"{shown}: cannot be read as text: {error}; expected a Python file in UTF-8.") from error
    return Source(path, shown, tree, text)


def _read_notebook(path: Path, shown: str) -> Source:
    found = cells(path, shown)
    # Tracebacks and inspect look for the text of a file in here first.
    linecache.cache[str(path)] = (len(found.text), None, found.text.splitlines(keepends=True), str(path))
    return Source(path, shown, parsed(found.text, str(path)), found.text, found, found.skipped)


def _features(tree: ast.Module) -> int:
    imported = [
        name.name for s in tree.body if isinstance(s, ast.ImportFrom) and s.module == "__future__" for name in s.names
    ]
    flags = 0
    for name in imported:
        flags |= getattr(__future__, name).compiler_flag
    return flags


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"
