"""What discovery finds: units, each with the style it is written in and the names that play its roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any

LONGEST = 60  # letters of a statement that is passed over


@dataclass(frozen=True)
class Skipped:
    """Something that is left out, and why."""

    name: str
    line: int
    why: str


@dataclass(frozen=True)
class Unit:
    """Something that can be audited.

    Attributes:
        style: the name of its row in `gdverify.binding.finding.styles.STYLES`.
        name: the class, or the function that gives the gradient.
        qualified: as it is asked for on the command line, ``net.py:Network``.
        file: as it was given.
        line: where it is defined; in a notebook, of its joined cells.
        objects: the class, or the function of each role in the order of the roles.
        roles: from ``forward``, ``backward``, ``loss``, ``train`` … to the name of a method, a function, a parameter
            or a nested function that plays it.
    """

    style: str
    name: str
    qualified: str
    file: str
    line: int
    objects: tuple[Any, ...] = field(repr=False)
    roles: Mapping[str, str]


@dataclass(frozen=True)
class Discovery:
    """What is in a file: the units in the order of their lines, and what was passed over.

    Attributes:
        position: what a line is called, ``line 3`` or ``code cell 2, line 1``.
    """

    found: tuple[Unit, ...]
    skipped: tuple[Skipped, ...]
    position: Callable[[int], str] = field(default="line {}".format, repr=False)

    def lines(self) -> Iterator[str]:
        """One line for each unit, then one for each thing that was skipped."""
        said = {one: shorten(one.name, LONGEST, placeholder=" …") for one in self.skipped}
        width = max(map(len, [*(unit.name for unit in self.found), *said.values()]), default=0)
        for unit in self.found:
            roles = ", ".join(role if role == name else f"{role}: {name}" for role, name in unit.roles.items())
            yield f"found    {unit.name:<{width}}  {self.position(unit.line)}: {unit.style} ({roles})"
        for one in self.skipped:
            yield f"skipped  {said[one]:<{width}}  {self.position(one.line)}: {one.why}"
