"""When nothing decides, the user is asked: two or three readings, and what settles each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gdverify.errors import GdverifyError


@dataclass(frozen=True)
class Reading:
    """One way to understand the code, and the setting that says so."""

    meaning: str
    settled_by: str


class Ambiguous(GdverifyError):
    """Several readings of a unit fit, or none is certain enough for a verdict; the message lists them."""

    def __init__(self, unit: str, question: str, readings: Sequence[Reading]) -> None:
        lines = [f"  {k}. {r.meaning}: {r.settled_by}" for k, r in enumerate(readings, start=1)]
        super().__init__("\n".join([f"{unit}: {question}", *lines]))
        self.unit, self.question, self.readings = unit, question, tuple(readings)


class Unbound(GdverifyError):
    """A unit that could not be bound at all; the message says what was tried."""
