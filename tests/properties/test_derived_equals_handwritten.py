"""The derived gradient against the hand-written one, on cases of every regime in both precisions.

The hand-written one is judged as any subject is: form, repeatability, the same arrays left behind, and every entry
within its bound. So this also is the test that the bounds accept what a textbook writes.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdverify.auditing.examination import examine
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, cases
from gdverify.derivation.steps import derive
from tests.helpers import SOURCES, Source
from tests.twins import families, twin, untwinned

steady = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def agrees(source: Source, case: Case) -> None:
    """Judge the twin on one case."""
    found = examine(Subject(twin(source.name), "twin", source.made), derive(source.made, **case.options), case)
    assert found.wrong == (), {name: found.comparisons[name] for name in found.wrong}
    assert found.sightings == ()


def test_everything_in_the_catalogue_has_a_twin() -> None:
    assert untwinned() == [], "add a row for each of these to the tables that tests/twins.py names"


@pytest.mark.parametrize("source", SOURCES, ids=str)
@steady
@given(data=st.data())
def test_derived_equals_handwritten(source: Source, data: st.DataObject) -> None:
    agrees(source, data.draw(cases(Space(source.made, source.options))))


@pytest.mark.parametrize("source", families(), ids=str)
@settings(steady, max_examples=15)
@given(data=st.data())
def test_with_every_activation_and_every_loss(source: Source, data: st.DataObject) -> None:
    agrees(source, data.draw(cases(Space(source.made, source.options))))
