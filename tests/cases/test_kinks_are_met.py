"""Kinks and ties are drawn on purpose: a hundred cases ask every operation with a kink what it takes there."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, cases
from gdverify.derivation.kinks import kinks
from gdverify.derivation.steps import derive
from gdverify.evidence.reference import reference
from tests.helpers import EVERY, Source

LEAST = 3
# Two sums of squares have to differ by just the margin; a root may be rounded, so that what is next to it is no tie.
RARE = {"triplet": 1, "triplet_sum": 1, "contrastive_pairs": 0}
KINKED = [source for source in EVERY if any(not kink.place.jumps for kink in kinks(source.derivation.forward))]


@pytest.mark.parametrize("source", KINKED, ids=str)
def test_cases_lie_exactly_on_kinks(source: Source) -> None:
    met: Counter[bool] = Counter()

    @seed(0)
    @settings(
        max_examples=100,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(Space(source.made, source.options)))
    def look(case: Case) -> None:
        derivation = derive(source.made, **case.options)
        made = reference(derivation, case, [f"d{tensor.name}" for tensor in derivation.wanted])
        met[made.tie] += 1

    look()
    assert met[True] >= RARE.get(source.name, LEAST)
    assert met[False] >= LEAST


def test_there_are_kinked_operations() -> None:
    names = {source.name for source in KINKED}
    assert {"relu", "leaky_relu", "absolute_error", "mean_absolute_error"} <= names
