"""What a file holds that was not written for gdverify: its units, found, bound by running them, and judged."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

from gdverify.auditing.verdicts import TESTED, UNDECIDED, Diagnosis, SubjectReport
from gdverify.binding.ambiguity import Ambiguous, Unbound
from gdverify.binding.reporting import reported
from gdverify.binding.subjects import find_subjects
from gdverify.commands.asked import Asked

if TYPE_CHECKING:
    from gdverify.binding.finding.units import Unit
    from gdverify.binding.reporting import Found


def command(unit: Unit, place: str, asked: Asked) -> str:
    """That replays the audit of one unit."""
    said = [f"--{option} {quote(value)}" for option, value in asked.declared.items() if value is not None]
    return " ".join(["gdverify audit", quote(f"{place}:{unit.name}"), *said, asked.replay])


def found_in(unit: Unit, asked: Asked) -> tuple[Found, ...] | Diagnosis:
    """Everything that a unit of a file or module computes; what is asked where it cannot be told."""
    try:
        return find_subjects(unit, **asked.meant)
    except (Ambiguous, Unbound) as error:
        return Diagnosis("question" if isinstance(error, Ambiguous) else "unbound", str(error))


def reports(found: tuple[Found, ...] | Diagnosis, unit: Unit, place: str, asked: Asked) -> tuple[SubjectReport, ...]:
    """The reports on what was found in a unit."""
    replay = command(unit, place, asked)
    if isinstance(found, Diagnosis):
        name = f"{place}:{unit.name}"
        return (SubjectReport(name, "nothing yet", UNDECIDED, TESTED, 0, asked.seed, replay, diagnosis=(found,)),)
    how: dict[str, Any] = {"examples": asked.examples, "seed": asked.seed, "command": replay, **asked.wanted}
    return tuple(reported(one, unit, asked.allowed, asked.declared["regularisation"], **how) for one in found)
