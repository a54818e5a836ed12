"""Derived gradients against central differences of the equations, in 75 digits: no rule of differentiation at all."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gdverify.notation.tensors import Tensor
from tests.helpers import EVERY, Case, Source, case, reference
from tests.oracles import loops
from tests.oracles.exact import added, mp, multiplied, real

STEP = Fraction(1, 10**25)  # truncation and rounding are both about 1e-50 of the value


@pytest.mark.parametrize("source", EVERY, ids=str)
def test_gradients_are_slopes_of_the_equations(source: Source) -> None:
    given = case(source, (2, 1), seed=5)
    derivation = given.derivation
    for tensor in derivation.wanted:
        gradient = reference(given)[derivation.every_adjoint[tensor].tensor]
        for at in np.ndindex(gradient.shape):
            slope = (loss(given, tensor, at, STEP) - loss(given, tensor, at, -STEP)) / real(2 * STEP)
            assert abs(real(gradient[at]) - slope) < mp.mpf(10) ** -40, (tensor, at)


def loss(given: Case, tensor: Tensor, at: tuple[int, ...], step: Fraction) -> mp.mpf:
    """The loss by the equations, or Σ upstream · result, with one entry moved."""
    moved = given.exact[tensor].copy()
    moved[at] += step
    values = loops.composed(given.derivation.composition, {**given.exact, tensor: moved}, given.sizes)
    result = values[given.derivation.result]
    upstream = given.derivation.upstream
    if upstream is None:
        return real(result[()])
    weights = given.exact[upstream]
    return real(added([multiplied([w, r]) for w, r in zip(weights.flat, result.flat, strict=True)]))
