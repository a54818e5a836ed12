"""What a verdict rests on, in words: the rule by which was judged, and the kinds of cases that could tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gdverify.auditing.coverage import KINK, REQUIRED, undecidable
from gdverify.auditing.verdicts import Cell, Judged, ParameterVerdict

HOW = "; tolerance=FACTOR multiplies it"


def rule(judged: Judged) -> str:
    """``2 × the rounding error of a correct implementation``, with what the user changed about it, or how to."""
    is_changed = judged.tolerance != 1
    changed, how = (f" × {judged.tolerance:g} (tolerance={judged.tolerance:g})", "") if is_changed else ("", HOW)
    inside = f" that computes in {judged.precision}" if judged.precision else ""
    kink = f"; required at kinks: {judged.kink}" if judged.kink is not None else ""
    return f"{judged.safety:g}{changed} × the rounding error of a correct implementation{inside}{kink}{how}"


def covered(rows: Iterable[ParameterVerdict]) -> dict[str, list[str]]:
    """Each coverage in words, with the tensors that it is of."""
    found: dict[str, list[str]] = {}
    for row in rows:
        words = "; ".join(_parts(row.coverage))
        if words:
            found.setdefault(words, []).append(row.name)
    return found


def _parts(cells: Sequence[Cell]) -> Iterator[str]:
    by_kind = {kind: [cell for cell in cells if cell.kind == kind] for kind in REQUIRED}
    batch, shape, regimes, kinks = (_reached(by_kind[kind]) for kind in ("batch", "shape", "regime", "kink"))
    if batch:
        yield f"batch {', '.join(cell.name for cell in batch)}"
    if shape:
        yield ", ".join(cell.name for cell in shape)
    if regimes:
        yield f"{len(regimes)} regime{'s' if len(regimes) != 1 else ''}"
    if kinks:
        yield f"kink{'s' if len(kinks) != 1 else ''} {', '.join(cell.name for cell in kinks)}"
    nothing = [
        f"{'at' if cell.kind == KINK else 'in'} {cell.name} ({cell.informative} of {cell.cases} cases)"
        for cell in undecidable(cells)
    ]
    if nothing:
        yield f"not decidable {', '.join(nothing)}"


def _reached(cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.informative >= cell.needed]
