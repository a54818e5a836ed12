"""Right implementations are never called wrong, however they are written: every regime, both precisions.

The twins are one way to write each backward pass; `tests.styles` has others.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdverify import catalogue
from gdverify.auditing.examination import examine
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, cases
from gdverify.derivation.steps import derive
from tests.helpers import EVERY, Source, interpreted
from tests.styles import VARIANTS, Gradients

steady = settings(max_examples=15, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize("name", VARIANTS)
@steady
@given(data=st.data())
def test_every_way_to_write_it(name: str, data: st.DataObject) -> None:
    against, options, written = VARIANTS[name]
    source = catalogue.find(against)
    case = data.draw(cases(Space(source, options)))
    found = examine(Subject(written, name, source), derive(source, **case.options), case)
    assert found.wrong == (), {name: found.comparisons[name] for name in found.wrong}


# -- what gdverify writes itself, for operations of the catalogue and of users


@pytest.mark.parametrize("source", EVERY, ids=str)
@steady
@given(data=st.data())
def test_derived_code_is_within_its_own_bounds(source: Source, data: st.DataObject) -> None:
    case = data.draw(cases(Space(source.made, source.options)))
    derivation = derive(source.made, **case.options)

    def derived(given: Case) -> Gradients:
        values = interpreted(derivation, given.arrays)
        return {"loss": values["loss"], **{tensor.name: values[f"d{tensor.name}"] for tensor in derivation.wanted}}

    found = examine(Subject(derived, "derived", source.made), derivation, case)
    assert found.wrong == (), {name: found.comparisons[name] for name in found.wrong}
