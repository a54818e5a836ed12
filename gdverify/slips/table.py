"""The table of slips, simplest explanations first, and every slip that can be made in a derivation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from gdverify.codegen.nodes import names
from gdverify.codegen.program import Statement, program
from gdverify.codegen.stepping import CARRIED
from gdverify.derivation.graph import Loop
from gdverify.derivation.steps import Derivation
from gdverify.slips.behaviour import BEHAVIOUR, PRECISION
from gdverify.slips.constants import CONSTANTS
from gdverify.slips.entries import ENTRIES
from gdverify.slips.links import LINKS
from gdverify.slips.losses import LOSSES, OTHER_LOSSES
from gdverify.slips.matrices import MATRICES
from gdverify.slips.reductions import REDUCTIONS
from gdverify.slips.slip import BEFORE, Change, Edits, Slip, Slipped
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
    asked = {tensor.name for tensor in derivation.wanted} if of is None else {*of}
    right = {statement.target: statement for statement in program(derivation).every_adjoint}
    loops = any(_loop(statement) for statement in right.values())
    for slip in slips:
        every = (change for change in slip.changes(derivation) if _made(derivation, slip, [change]).touched & asked)
        made = (_made(derivation, slip, chosen) for chosen in _choices([*every]))
        yield from (one for one in made if not loops or _fits(right, one.edits))


def _fits(right: Mapping[str, Statement], edits: Edits) -> bool:
    """Whether what stands in a loop then is computed step by step, from what is known there."""
    known: set[str] = set()
    for loop, group in groupby(right.values(), key=_loop):
        together = {statement.target for statement in group}
        made = [s for target in together for s in edits.get(target, (right[target],))]
        if loop is not None and not all(_is_step_of(loop, s, together) for s in made):
            return False
        if any(s.reads & right.keys() - known - together for s in made):
            return False
        known |= together
    return True


def _is_step_of(loop: Loop, statement: Statement, together: Collection[str]) -> bool:
    """Whether it is computed step by step, and from the first step on: not from what another step gave alone."""
    if statement.step is None or statement.step.loop != loop:
        return False
    carried = {tensor for tensor, _ in statement.step.carried.values()}
    at_once = any(CARRIED not in name for name in names(statement.node))
    return at_once and carried <= {*together} and not any(name.endswith(BEFORE) for name in statement.reads)


def _loop(statement: Statement) -> Loop | None:
    return None if statement.step is None else statement.step.loop


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
