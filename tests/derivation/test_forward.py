"""The normal form against the equations it was made from: the same numbers for every tensor."""

from __future__ import annotations

import pytest

from tests.helpers import EVERY, ORDINARY, SHAPES, TIES, Source, by_equations, case, reference
from tests.oracles.exact import agree


@pytest.mark.parametrize("regime", [ORDINARY, TIES])
@pytest.mark.parametrize("source", EVERY, ids=str)
def test_definitions_compute_what_the_equations_say(source: Source, regime: str) -> None:
    for seed, shape in enumerate(SHAPES):
        given = case(source, shape, regime, seed)
        expected, found = by_equations(given), reference(given)
        made = [application.result for application in given.derivation.composition.applications]
        for tensor in made:
            assert agree(found[tensor], expected[tensor]), tensor


@pytest.mark.parametrize("source", EVERY, ids=str)
def test_every_tensor_is_defined_once_and_before_it_is_read(source: Source) -> None:
    derivation = source.derivation
    known = set(derivation.arguments)
    every = (*derivation.forward, *derivation.every_adjoint.values())
    for definition in every:
        # A step of a loop reads what its neighbours have made in the step before.
        together = {other.tensor for other in every if definition.loop and other.loop == definition.loop}
        assert (known | together).issuperset(definition.operands)
        assert definition.tensor not in known
        known.add(definition.tensor)
    names = [tensor.name for tensor in known]
    assert len(names) == len(set(names))
