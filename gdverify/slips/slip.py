"""What a slip is: a row of the table, the places where it can be made, and a derivation in which it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gdverify.codegen.program import Statement, program
from gdverify.derivation.steps import Derivation

# What stands in place of a statement, by its target: statements of which the last has that target.
Edits = Mapping[str, tuple[Statement, ...]]


@dataclass(frozen=True)
class Change:
    """A place at which a slip can be made.

    Attributes:
        edits: of the backward statements.
        words: what the slip's sentence says of this place.
        variant: which of several mistakes of one kind it is; those of one variant can be made at all places at once.
    """

    edits: Edits
    words: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""


@dataclass(frozen=True)
class Slip:
    """A row of the table: a mistake that people make.

    Attributes:
        name: of the row.
        says: what was done, for messages; ``{…}`` are the words of a `Change`.
        changes: the places in a derivation at which it can be made; none where it does not apply.
        kind: of the diagnosis or finding that it gives.
        elsewhere: where else it is, when it is made at all of its places.
        dtype: that is computed in, where the slip is that.
    """

    name: str
    says: str
    changes: Callable[[Derivation], Iterable[Change]]
    kind: str = "slip"
    elsewhere: str = "in every other gradient"
    dtype: str | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Slipped:
    """A derivation with slips, one or two.

    Attributes:
        derivation: the right one.
        slips: the rows, in the order of the table.
        says: what was done.
        edits: of its backward statements.
    """

    derivation: Derivation
    slips: tuple[Slip, ...]
    says: str
    edits: Edits

    @property
    def slip(self) -> Slip:
        """The row; of two, the first."""
        return self.slips[0]

    @property
    def dtype(self) -> str | None:
        """The dtype that is computed in, where a slip is that."""
        return next((slip.dtype for slip in self.slips if slip.dtype), None)

    @cached_property
    def backward(self) -> tuple[Statement, ...]:
        """Every adjoint, the slips made."""
        right = program(self.derivation).every_adjoint
        return tuple(made for statement in right for made in self.edits.get(statement.target, (statement,)))

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Everything that the loss and the adjoints need, the slips made."""
        return (*program(self.derivation).loss, *self.backward)

    @cached_property
    def remembers(self) -> frozenset[str]:
        """The gradients of the call before, which some statement reads."""
        read = {name for edited in self.edits.values() for s in edited for name in s.reads}
        return frozenset(name.removesuffix(BEFORE) for name in read if name.endswith(BEFORE))

    @cached_property
    def touched(self) -> frozenset[str]:
        """The tensors whose adjoints it may change; all of them where it is no matter of statements."""
        moved = set(self.edits)
        if self.dtype is not None:
            moved = {statement.target for statement in program(self.derivation).every_adjoint}
        for right in program(self.derivation).every_adjoint:
            if right.reads & moved:
                moved.add(right.target)
        return frozenset(target[1:] for target in moved)

    def joined(self, other: Slipped) -> Slipped | None:
        """Both slips at once; None where they edit the same statement."""
        if self.edits.keys() & other.edits.keys() or self.slip.dtype or other.slip.dtype:
            return None
        says = f"two mistakes: {self.says}; and {other.says}"
        return Slipped(self.derivation, (*self.slips, *other.slips), says, {**self.edits, **other.edits})


BEFORE = "_left_over"  # ends the name of a gradient that is left over from the call before
