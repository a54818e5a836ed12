"""Where the gradients of a derivation meet kinks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from gdverify.codegen.lower import lower
from gdverify.codegen.nodes import Node, names
from gdverify.codegen.program import needed, program
from gdverify.derivation.kinks import Kink, kinks
from gdverify.derivation.steps import Derivation


@dataclass(frozen=True)
class Site:
    """A kink that some gradient depends on.

    Attributes:
        kink: the kink.
        gap: computes what is 0 there.
        reached: the tensors whose gradients what is taken there takes part in.
    """

    kink: Kink
    gap: Node
    reached: frozenset[str]

    @property
    def name(self) -> str:
        """``z1 = 0``."""
        return " = ".join(self.kink.sides)

    @property
    def adjoint(self) -> str:
        """The name of the adjoint that the choice is made in."""
        return f"d{self.kink.operand.name}"

    @property
    def compares(self) -> frozenset[str]:
        """The tensors that are equal there, or equal to a number."""
        return frozenset(names(self.gap))

    @property
    def is_by_entry(self) -> bool:
        """Whether the entries of the gap are those of the tensor that the derivative is taken by."""
        (part,) = self.kink.gap.terms
        whole = tuple(range(len(self.kink.gap.tensor.axes)))
        return any(ref.tensor is self.kink.operand and ref.places == whole for ref in part.operands)


@lru_cache(maxsize=1024)
def sites(derivation: Derivation) -> tuple[Site, ...]:
    """The kinks of a derivation; jumps have no subgradient, and a target has no gradient."""
    every = program(derivation).every_adjoint
    named = [tensor.name for tensor, made in derivation.every_adjoint.items() if made.tensor.name == f"d{tensor.name}"]
    depends = {name: {found.target for found in needed(every, [f"d{name}"])} for name in named}
    found = []
    for kink in kinks(derivation.forward):
        target = f"d{kink.operand.name}"
        reached = frozenset(name for name, on in depends.items() if target in on)
        if reached and not kink.place.jumps:
            found.append(Site(kink, lower(kink.gap), reached))
    return tuple(found)
