"""Only what changes no digit of a gradient counts as equivalent."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy
from gdverify.slips.edits import SLIPS, Slipped

from gdverify.codegen.nodes import Node, number
from gdverify.codegen.program import program
from tests.benchmarks.peers.candidates import sources
from tests.benchmarks.peers.equivalence import is_equivalent
from tests.helpers import Source

TINY = number(1 + sympy.Rational(1, 10**40))


def edited(source: Source, edit: Node | None, target: str) -> Slipped:
    """The right statements, one of them multiplied by something."""
    made = program(source.derivation)
    statements = [
        replace(s, node=Node("mul", (edit, s.node))) if edit is not None and s.target == target else s
        for s in (*made.loss, *made.every_adjoint)
    ]
    return Slipped(SLIPS[0], "", tuple(statements))


@pytest.mark.parametrize("source", sources(), ids=str)
def test_the_right_gradient_and_one_that_differs_in_the_fortieth_digit(source: Source) -> None:
    target = f"d{source.derivation.wanted[-1].name}"
    assert is_equivalent(source, edited(source, None, target))
    assert is_equivalent(source, edited(source, number(1), target))
    assert not is_equivalent(source, edited(source, TINY, target))
