"""The path of a computation: which side of each comparison it took."""

from __future__ import annotations

from dataclasses import dataclass

from gdverify.tracing.expression import Expression


@dataclass(frozen=True)
class Condition:
    """A comparison with 0 that was made on the way.

    Attributes:
        difference: what was compared with 0: the left side minus the right one.
        relation: a key of `RELATIONS`.
        holds: the outcome.
        tie: the two sides were equal, so that a neighbouring point may take the other side.
    """

    difference: Expression
    relation: str
    holds: bool
    tie: bool


# Whether a number whose sign is −1, 0 or 1 is on the side that a relation names.
RELATIONS: dict[str, frozenset[int]] = {
    ">": frozenset({1}),
    ">=": frozenset({0, 1}),
    "<": frozenset({-1}),
    "<=": frozenset({-1, 0}),
    "==": frozenset({0}),
    "!=": frozenset({-1, 1}),
}


def agrees(condition: Condition, sign: int) -> bool:
    """Whether a difference of this sign takes the same branch."""
    return (sign in RELATIONS[condition.relation]) == condition.holds
