"""Slips to plant: everything that tests of the audit and of the diagnosis need to plant one by name."""

from __future__ import annotations

from functools import cache

from gdverify.auditing.mutation.planted import planted
from gdverify.auditing.subject import Subject
from gdverify.slips.slip import Slipped
from gdverify.slips.table import slipped
from tests.helpers import SOURCES, Source

DEPTHS = {"mlp": {"hidden": 2}, "fully_connected": {"hidden": 2}}


def source(name: str) -> Source:
    """A source of the catalogue by its name and options."""
    (found,) = [source for source in SOURCES if str(source) == name]
    return found


@cache
def slips(name: str) -> list[Slipped]:
    """Every slip in a source."""
    return list(slipped(source(name).derivation))


def slip(name: str, row: str, says: str = "") -> Slipped:
    """The last slip of a row, at one place alone; ``says`` is a part of what it says."""
    return [made for made in slips(name) if made.slip.name == row and says in made.says][-1]


def subject(name: str, made: Slipped) -> Subject:
    """The slip as a subject, of a fixed depth, since it is made at one of the links."""
    of = source(name)
    return planted(made, of.made, {**DEPTHS.get(of.name, {}), **of.options})
