"""The code cells of a notebook as one Python text, without magics and shell lines, each line with its cell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gdverify.binding.files.parsing import parsed
from gdverify.binding.finding.units import Skipped
from gdverify.loading import LoadError

MAGIC = re.compile(r"(?P<indent>\s*)(?:[%!?]|[\w, .]+=\s*[%!]).*|(?P<indent_>\s*)[%\w.]+\?{1,2}\s*$")
TIMED = ("%%time", "%%timeit", "%%capture", "%%prun")  # the rest of such a cell is Python; of any other it is not


@dataclass(frozen=True)
class Cells:
    """Joined code cells.

    Attributes:
        text: of all cells that are Python.
        origin: for each line of it, its code cell and its line there, both from 1.
        skipped: the magics, and the cells that are not Python.
    """

    text: str
    origin: tuple[tuple[int, int], ...]
    skipped: tuple[Skipped, ...]

    def place(self, line: int) -> str:
        """``code cell 3, line 4``."""
        cell, inside = self.origin[line - 1]
        return f"code cell {cell}, line {inside}"


def cells(path: Path, shown: str) -> Cells:
    """The code cells of a notebook.

    Raises:
        LoadError: it is no notebook, or one of another language.
    """
    lines: list[str] = []
    origin: list[tuple[int, int]] = []
    skipped: list[Skipped] = []
    for number, cell in enumerate(_code(path, shown), 1):
        for inside, (line, why) in enumerate(_python(cell), 1):
            lines.append(line)
            origin.append((number, inside))
            if why:
                skipped.append(Skipped(cell[inside - 1].strip(), len(lines), why))
    return Cells("\n".join(lines) + "\n", tuple(origin), tuple(skipped))


def _code(path: Path, shown: str) -> Iterator[list[str]]:
    """The lines of each code cell."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        kernel = content.get("metadata", {}).get("kernelspec", {}).get("language", "python")
        found = [cell["source"] for cell in content["cells"] if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoadError(
            f"{shown}: is not a notebook of format 4 ({type(error).__name__}: {error}); expected JSON with cells. "
            "Open it in Jupyter and save it again."
        ) from error
    if kernel.lower() != "python":
        raise LoadError(f"{shown}: is a notebook in {kernel}; expected one in Python.")
    return ("".join(source).splitlines() for source in found)


def _python(cell: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each line of a cell as Python has it, and why it was left out where it was."""
    if _parses(cell):  # a line may begin with % and be the rest of an expression
        yield from ((line, "") for line in cell)
        return
    if cell[0].startswith("%%") and not cell[0].startswith(TIMED):
        yield from (("", "a cell that is not Python" if number == 0 else "") for number, _ in enumerate(cell))
        return
    lines = list(_without_magics(cell))
    if _parses([line for line, _ in lines]):
        yield from lines
        return
    yield from (("", "a cell that is not Python" if number == 0 else "") for number, _ in enumerate(cell))


def _without_magics(cell: Sequence[str]) -> Iterator[tuple[str, str]]:
    continued = False
    for line in cell:
        magic = MAGIC.fullmatch(line)
        if magic or continued:
            indent = (magic["indent"] or magic["indent_"] or "") if magic else ""
            yield indent + "pass" * (not continued), "" if continued else "a magic or shell line"
            continued = line.rstrip().endswith("\\")
        else:
            yield line, ""


def _parses(lines: Sequence[str]) -> bool:
    try:
        parsed("\n".join(lines))
    except (SyntaxError, ValueError):
        return False
    return True
