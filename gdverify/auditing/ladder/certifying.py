"""Certificates: the subject's own code and the reference, in balls, agree to fifty digits at generic points.

At a few hundred bits rounding is no explanation any more: balls that are apart prove a difference. The precision is
raised until they are apart or agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gdverify.auditing.execution import call
from gdverify.auditing.ladder.proving import DISTINCT, adjoint, point_at, shown, sizes_after
from gdverify.auditing.ladder.replay import AGREEMENT, unfaithful
from gdverify.auditing.ladder.tracing import on_balls
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space
from gdverify.derivation.steps import Derivation, derive
from gdverify.tracing.balls import Arb, Undefined
from gdverify.tracing.certified import certified
from gdverify.tracing.derived import Entries
from gdverify.tracing.lines import Undecided

BITS = 256
RAISED = (1, 4, 16)  # times the bits it begins with
DIGITS = 50
POINTS = 3

Agreement = Literal["equal", "different", "undecided"]
_WEAKEST: tuple[Agreement, ...] = ("different", "undecided", "equal")


@dataclass(frozen=True)
class Certificate:
    """What balls have shown of each tensor, at some points of one shape."""

    case: Case
    agreements: Mapping[str, Agreement]

    def __str__(self) -> str:
        return f"to {DIGITS} digits, at {POINTS} points of {shown(self.case.sizes)}"


def certify(subject: Subject, space: Space, options: Mapping[str, Any], seed: int, bits: int = BITS) -> Certificate:
    """Hold a subject against a member of the family in ball arithmetic.

    Args:
        subject: the implementation.
        space: the cases that it can take.
        options: the member.
        seed: of the points.
        bits: the precision to begin with.

    Raises:
        Untraceable: its code needs floats.
        MissingExtra: python-flint is not installed.
    """
    derivation = derive(space.source, **options)
    sizes = sizes_after(space, derivation, DISTINCT)
    cases = [point_at(derivation, options, sizes, seed * POINTS + k) for k in range(POINTS)]
    found = [_raised(subject, derivation, case, bits) for case in cases]
    _refuse_unfaithful(subject, derivation, cases[0], [name for name in found[0] if found[0][name] == "different"])
    names = [name for name in found[0] if all(name in one for one in found)]
    return Certificate(cases[0], {name: _weakest(one[name] for one in found) for name in names})


def _refuse_unfaithful(subject: Subject, derivation: Derivation, case: Case, different: Sequence[str]) -> None:
    """Raise Untraceable where what differs in balls is not what the code computes on floats."""
    if not different:
        return
    balls, floats = on_balls(subject, derivation, case, BITS), call(subject, derivation, case).values
    near = np.frompyfunc(float, 1, 1)
    lost = [
        name
        for name in different
        if not np.allclose(np.asarray(near(balls[name]), dtype=float), floats[name], rtol=AGREEMENT)
    ]
    if lost:
        raise unfaithful(lost, "balls")


def _raised(subject: Subject, derivation: Derivation, case: Case, least: int) -> dict[str, Agreement]:
    """The agreement at a point, with the precision raised until each tensor's is known."""
    found: dict[str, Agreement] = {}
    for bits in (least * factor for factor in RAISED):
        try:
            found = _compared(subject, derivation, case, bits)
        except (Undecided, Undefined):
            continue
        if "undecided" not in found.values():
            break
    names = ["loss", *(tensor.name for tensor in derivation.wanted)]
    return found or dict.fromkeys(names, "undecided")


def _compared(subject: Subject, derivation: Derivation, case: Case, bits: int) -> dict[str, Agreement]:
    balls = Arb()
    got = on_balls(subject, derivation, case, bits)
    expected = certified(derivation, case, [adjoint(name) for name in got], bits)
    if expected.open:
        return dict.fromkeys(got, "undecided")
    with balls.precision(bits):
        return {name: _agreement(array, expected.arrays[adjoint(name)], balls) for name, array in got.items()}


def _agreement(got: Entries, expected: Entries, balls: Arb) -> Agreement:
    if all(entry.is_zero() for entry in expected.ravel().tolist()):
        return "undecided"  # being 0 where everything is shows nothing
    return _weakest(_entry(a, b, balls) for a, b in zip(got.ravel().tolist(), expected.ravel().tolist(), strict=True))


def _entry(got: Any, expected: Any, balls: Arb) -> Agreement:
    difference = got - expected
    if balls.sign(difference) in (-1, 1):
        return "different"
    scale = max(balls.magnitude(got), balls.magnitude(expected), 0.0)
    return "equal" if balls.magnitude(difference) <= scale - DIGITS else "undecided"


def _weakest(agreements: Iterable[Agreement]) -> Agreement:
    return min(agreements, key=_WEAKEST.index, default="equal")
