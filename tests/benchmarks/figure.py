"""What a figure is: a name, a limit, and a function that measures it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class NotMeasured(Exception):
    """Raised where a measurement would say nothing, for example because two results that should be equal are not."""


@dataclass(frozen=True)
class Measured:
    """A number, and in words what it was read from."""

    value: float
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    Attributes:
        group: what can be measured on its own with ``--only``.
        name: what is measured.
        limit: what must be reached, in ``unit``; None where a number is shown for the sake of another.
        unit: a row of `UNITS`.
        measure: returns seconds, bytes, or a plain number.
    """

    group: str
    name: str
    limit: float | None
    unit: str
    measure: Callable[[], Measured]


# How many of the unit there are in a second, a byte or one, and how many decimals say enough.
UNITS: dict[str, tuple[float, int]] = {"ms": (1e3, 1), "s": (1.0, 2), "MB": (1e-6, 0), "%": (1e2, 2), "": (1.0, 3)}
