"""What a subject chooses at a kink, where any value between the one-sided derivatives is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sympy import Rational

from gdverify.auditing.verdicts import Diagnosis
from gdverify.cases.strategies import Space, some_member
from gdverify.derivation.kinks import Kink, kinks
from gdverify.derivation.steps import Derivation
from gdverify.errors import UsageError

SIDES = ("declared", "other")


def kink_remarks(space: Space, seen: Mapping[str, int]) -> tuple[Diagnosis, ...]:
    """A remark on each kind of kink, where the cases have shown which side the subject takes.

    Args:
        space: the cases that were drawn.
        seen: in how many cases the gradients were those of the declared side of every kink, or of the other.
    """
    if not seen:
        return ()
    derivation = some_member(space)
    remarks = dict.fromkeys(_remark(derivation, kink, seen) for kink in kinks(derivation.forward))
    return tuple(Diagnosis("kink", remark) for remark in remarks)


def refuse_outside(wanted: float | str | None, derivation: Derivation) -> None:
    """Refuse a derivative that is asked for at kinks and is no subgradient there; raises UsageError."""
    if wanted is None or isinstance(wanted, str):
        return
    for kink in kinks(derivation.forward):
        lower, upper = kink.place.lower, kink.place.upper
        if not kink.place.jumps and lower.is_number and not lower <= Rational(str(wanted)) <= upper:
            raise UsageError(
                f"kink={wanted!r}: expected a number from {lower} to {upper}, the subgradients at the kink of "
                f'{operation_of(derivation, kink)}, or "declared" for {kink.place.value}.'
            )


def _remark(derivation: Derivation, kink: Kink, seen: Mapping[str, int]) -> str:
    values = {"declared": kink.place.value, "other": _other(kink)}
    taken = " and ".join(f"{values[side]} (in {seen[side]} cases)" for side in SIDES if seen.get(side))
    return (
        f"at the kink of {operation_of(derivation, kink)} it takes {taken} as the derivative; "
        f"{kink.place.value} is declared, every value from {kink.place.lower} to {kink.place.upper} is a subgradient"
    )


def place_of(kink: Kink) -> str:
    """``z1 is exactly 0``."""
    return " is exactly ".join(kink.sides)


def _other(kink: Kink) -> object:
    return kink.place.upper if kink.place.value == kink.place.lower else kink.place.lower


def operation_of(derivation: Derivation, kink: Kink) -> str:
    """The operation whose result has the kink."""
    names: Iterator[str] = (
        application.operation.name
        for application in derivation.composition.applications
        if application.result is kink.tensor
    )
    return next(names, kink.function)
