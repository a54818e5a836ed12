"""The table of disagreements as Markdown: ``python -m tests.witness.rendering``."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.witness.disagreement import Disagreement, Kind
from tests.witness.disagreements import DISAGREEMENTS

HEADINGS = ("operation", "package", "where", "example", "theirs", "declared here", "in what", "why")


def markdown() -> str:
    """A line for each row, behind two lines of headings."""
    return "\n".join(map(_line, [HEADINGS, ["---"] * len(HEADINGS), *map(_cells, DISAGREEMENTS)]))


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Disagreement) -> list[str]:
    shown = "loss" if row.by == "loss" else f"∂/∂{row.by}"
    theirs, declared = ("an error", _number(row.declared)) if row.kind is Kind.REFUSAL else _apart(row)
    given = {**row.constants, **row.at}
    return [
        ", ".join(f"`{name}`" for name in row.operations),
        row.package,
        row.where.replace("|", "\\|"),
        ", ".join(f"{name} = {_number(value)}" for name, value in given.items()),
        theirs if row.kind is Kind.REFUSAL else f"{shown} = {theirs}",
        f"{shown} = {declared}",
        row.kind.value,
        row.why.replace("|", "\\|"),
    ]


def _apart(row: Disagreement) -> tuple[str, str]:
    """Both numbers, with as many digits as it takes to tell them apart."""
    texts = ((_number(row.theirs, digits), _number(row.declared, digits)) for digits in range(6, 18))
    return next((theirs, declared) for theirs, declared in texts if theirs != declared)


def _number(value: Any, digits: int = 10) -> str:
    if isinstance(value, str):
        return value
    flat = [f"{number:.{digits}g}" for number in np.ravel(value)]
    return flat[0] if len(flat) == 1 else f"[{', '.join(flat)}]"


if __name__ == "__main__":
    print(markdown())
