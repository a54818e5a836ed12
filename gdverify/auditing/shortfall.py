"""Why there is no verdict: which cases were missing, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gdverify.auditing.coverage import missing
from gdverify.auditing.verdicts import Cell, Diagnosis, ParameterVerdict

ZERO = (
    "the true gradient is zero in all of the {cases} cases: the loss does not depend on it, or only where it is flat, "
    "so that any code which returns zeros would pass; judge against an architecture in which it matters"
)
SMALL = (
    "none of the {cases} cases could have shown an error: the true gradient is smaller than what rounding may do to it"
)
SIZES = {"batch": "batches in the class", "shape": "shapes in the class"}


def undecided_remarks(
    rows: Sequence[ParameterVerdict], dead: Sequence[str], declaring: Callable[[str], str]
) -> tuple[Diagnosis, ...]:
    """A remark for each reason, with the tensors that it is true of.

    Args:
        rows: of the tensors without a verdict.
        dead: tensors whose true gradient was zero in every case.
        declaring: how it is said what the code can take.
    """
    found: dict[str, list[str]] = {}
    for row in rows:
        for reason in _reasons(row, row.name in dead, declaring):
            found.setdefault(reason, []).append(row.name)
    return tuple(Diagnosis("undecided", f"{', '.join(names)}: {reason}") for reason, names in found.items())


def _reasons(row: ParameterVerdict, dead: bool, declaring: Callable[[str], str]) -> list[str]:
    if not row.informative:
        return [(ZERO if dead else SMALL).format(cases=row.cases)]
    return [_reason(cell, declaring) for cell in missing(row.coverage)]


def _reason(cell: Cell, declaring: Callable[[str], str]) -> str:
    seen = f"only {cell.informative} of {cell.cases} cases could have shown an error, {cell.needed} are needed"
    if cell.kind == "all":
        return f"{seen}; in the others the true gradient is zero or smaller than what rounding may do to it"
    return (
        f"{SIZES[cell.kind]} {cell.name!r}: {seen}; where the code is not meant for such sizes, leave them out: "
        f"{declaring('sizes={…}')}, and else try another --seed or more --examples"
    )
