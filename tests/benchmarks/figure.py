"""What a figure is: a name, a limit, and a function that measures it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class NotMeasured(Exception):
    """Raised where a measurement would say nothing, for example because two results that should be equal are not."""


@dataclass(frozen=True)
class Breakdown:
    """A table that says more than one number does."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Measured:
    """A number, in words what it was read from, and what stands behind it."""

    value: float
    note: str = ""
    breakdowns: tuple[Breakdown, ...] = ()


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    Attributes:
        group: what can be measured on its own with ``--only``.
        name: what is measured.
        limit: what must be reached, in ``unit``; None where a number is shown for the sake of another.
        unit: a row of `UNITS`.
        measure: returns seconds, bytes, or a plain number.
        relation: of the number to the limit, a row of `RELATIONS`.
    """

    group: str
    name: str
    limit: float | None
    unit: str
    measure: Callable[[], Measured]
    relation: str = "≤"


RELATIONS: dict[str, Callable[[float, float], bool]] = {"≤": operator.le, "≥": operator.ge}

# How many of the unit there are in a second, a byte or one, and how many decimals say enough.
UNITS: dict[str, tuple[float, int]] = {
    "ms": (1e3, 1),
    "s": (1.0, 2),
    "MB": (1e-6, 0),
    "%": (1e2, 1),
    "flagged": (1.0, 0),
    "examples": (1.0, 0),
    "×": (1.0, 0),
    "": (1.0, 3),
}
