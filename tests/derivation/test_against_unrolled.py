"""Every derived adjoint against reverse mode over unrolled scalars, exactly or to 50 digits."""

from __future__ import annotations

import pytest

from gdverify.codegen.formulas import Text, formula
from tests.helpers import EVERY, ORDINARY, SHAPES, TIES, Source, case, reference
from tests.oracles import unrolled
from tests.oracles.exact import agree


@pytest.mark.parametrize("regime", [ORDINARY, TIES])
@pytest.mark.parametrize("source", EVERY, ids=str)
def test_every_adjoint_is_that_of_unrolled_scalars(source: Source, regime: str) -> None:
    derivation = source.derivation
    assert set(derivation.wanted) <= set(derivation.every_adjoint)
    for seed, shape in enumerate(SHAPES):
        given = case(source, shape, regime, seed)
        expected, found = unrolled.adjoints(derivation, given.exact, given.sizes), reference(given)
        for tensor, definition in derivation.every_adjoint.items():
            assert agree(found[definition.tensor], expected[tensor]), definition.tensor


@pytest.mark.parametrize("source", EVERY, ids=str)
def test_what_leads_to_the_wanted_gradients_is_part_of_every_adjoint(source: Source) -> None:
    derivation = source.derivation
    for tensor, definition in derivation.gradients.items():
        assert formula(definition, Text()) == formula(derivation.every_adjoint[tensor], Text())
