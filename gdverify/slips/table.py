"""The table of slips, simplest explanations first, and every slip that can be made in a derivation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gdverify.derivation.steps import Derivation
from gdverify.slips.behaviour import BEHAVIOUR, PRECISION
from gdverify.slips.constants import CONSTANTS
from gdverify.slips.entries import ENTRIES
from gdverify.slips.links import LINKS
from gdverify.slips.losses import LOSSES, OTHER_LOSSES
from gdverify.slips.matrices import MATRICES
from gdverify.slips.reductions import REDUCTIONS
from gdverify.slips.slip import Change, Slip, Slipped
from gdverify.slips.structure import STRUCTURE

SLIPS: tuple[Slip, ...] = (
    *PRECISION,
    *OTHER_LOSSES,
    *LINKS,
    *CONSTANTS,
    *LOSSES,
    *REDUCTIONS,
    *MATRICES,
    *STRUCTURE,
    *ENTRIES,
    *BEHAVIOUR,
)


def slipped(
    derivation: Derivation, of: Collection[str] | None = None, slips: Sequence[Slip] = SLIPS
) -> Iterator[Slipped]:
    """Every slip at all of its places at once, and then at each place alone; made as they are asked for.

    Args:
        derivation: in which they are made.
        of: the tensors whose gradients they have to change; by default those that are asked for.
        slips: rows of the table.
    """
    names = {tensor.name for tensor in derivation.wanted} if of is None else {*of}
    for slip in slips:
        reaching = [change for change in slip.changes(derivation) if _made(derivation, slip, [change]).touched & names]
        for chosen in _choices(reaching):
            yield _made(derivation, slip, chosen)


def _made(derivation: Derivation, slip: Slip, chosen: Sequence[Change]) -> Slipped:
    edits = {target: statements for change in chosen for target, statements in change.edits.items()}
    return Slipped(derivation, (slip,), _says(slip, chosen), edits)


def _choices(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    variants: dict[str, list[Change]] = {}
    for change in changes:
        variants.setdefault(change.variant, []).append(change)
    for found in variants.values():
        targets = [target for change in found for target in change.edits]
        if len(found) > 1 and len(set(targets)) == len(targets):
            yield found
    yield from ([change] for found in variants.values() for change in found)


def _says(slip: Slip, chosen: Sequence[Change]) -> str:
    # One place stands for all: in a network they have the same form.
    text = slip.says.format(**chosen[0].words)
    return text if len(chosen) == 1 else f"{text}; and likewise {slip.elsewhere}"
