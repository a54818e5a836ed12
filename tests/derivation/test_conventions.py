"""Derivatives at kinks are the stated ones, and the cases that are meant to meet kinks do so."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

from gdverify import catalogue
from gdverify.derivation.graph import slot
from gdverify.derivation.steps import Derivation, derive
from gdverify.notation.functions import FUNCTIONS, select
from tests.helpers import EVERY, SHAPES, TIES, Case, Source, case, reference
from tests.oracles.exact import evaluate
from tests.oracles.loops import read


def boundaries(expression: sympy.Basic) -> list[sympy.Expr]:
    """What is 0 at the kinks of an expression."""
    found = [chosen.args[0].lhs - chosen.args[0].rhs for chosen in expression.atoms(select)]
    kinked = {name for name, row in FUNCTIONS.items() if not row.analytic}
    return found + [part.args[0] for part in expression.atoms(sympy.Function) if type(part).__name__ in kinked]


KINKED = [s for s in EVERY if any(boundaries(t.body) for d in s.derivation.forward for t in d.terms)]


@pytest.mark.parametrize("source", KINKED, ids=str)
def test_ties_are_met(source: Source) -> None:
    cases = [case(source, shape, TIES, seed) for seed, shape in enumerate((*SHAPES, (5, 2)))]
    assert sum(map(met, cases)) > 0


def met(given: Case) -> int:
    """How many entries lie exactly on a kink."""
    values = reference(given)
    count = 0
    for definition in given.derivation.forward:
        for part in definition.terms:
            shape = [given.sizes[axis.name] for axis in (*definition.tensor.axes, *part.reduced)]
            for at in np.ndindex(*shape):
                found = {
                    slot(k): read(ref.tensor, tuple(at[p] for p in ref.places), values, given.sizes)
                    for k, ref in enumerate(part.operands)
                }
                count += sum(evaluate(boundary, found) == 0 for boundary in boundaries(part.body))
    return count


@pytest.mark.parametrize(
    ("name", "options", "slope"),
    [
        ("relu", {}, Fraction(0)),
        ("leaky_relu", {}, Fraction(1, 100)),
        ("leaky_relu", {"alpha": 0.2}, Fraction(1, 5)),
    ],
)
def test_activation_at_its_kink(name: str, options: dict[str, object], slope: Fraction) -> None:
    assert gradient(derive(catalogue.find(name), **options), {"z": 0, "da": 7}, "z") == 7 * slope


@pytest.mark.parametrize("name", ["absolute_error", "mean_absolute_error"])
def test_absolute_error_at_a_tie(name: str) -> None:
    assert gradient(derive(catalogue.find(name)), {"y": 3, "t": 3}, "y") == 0


def gradient(derivation: Derivation, numbers: dict[str, int], name: str) -> Fraction:
    """The gradient by an operand where every array has one entry."""
    exact = {
        tensor: np.full((1,) * len(tensor.axes), Fraction(numbers[tensor.name]), dtype=object)
        for tensor in derivation.arguments
    }
    sizes = {axis.name: 1 for tensor in exact for axis in tensor.axes}
    values = reference(Case(derivation, sizes, exact))
    (found,) = (values[d.tensor] for tensor, d in derivation.every_adjoint.items() if tensor.name == name)
    result: Fraction = found.item()
    return result
