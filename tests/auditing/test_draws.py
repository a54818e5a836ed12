"""Cases depend on the seed alone, not on the modules that are loaded."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis.internal.conjecture import providers

from gdverify.auditing.draws import own_constants
from gdverify.auditing.search import survey
from gdverify.cases.case import Case
from tests.auditing.subjects import judged, right

KNOWN = pytest.mark.skipif(not hasattr(providers, "_get_local_constants"), reason="this Hypothesis has no such pool")


def drawn() -> list[Any]:
    seen: list[Any] = []

    def looked_at(case: Case) -> dict[str, Any]:
        seen.append((case.sizes, {name: array.tobytes() for name, array in case.arrays.items()}))
        return right(case)

    subject = judged(looked_at, hidden=0)
    survey(subject, subject.space(), examples=60, seed=3)
    return seen


@KNOWN
def test_the_constants_of_a_module_change_no_case(monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawn()
    monkeypatch.setattr(providers, "_local_constants", providers.Constants(integers=(1, 2, 3, 5, 8)))
    monkeypatch.setitem(sys.modules, "another_module", ModuleType("another_module"))
    providers.CONSTANTS_CACHE.cache.clear()
    assert drawn() == before


@KNOWN
def test_other_tests_keep_their_constants() -> None:
    before = (providers._get_local_constants, providers.CONSTANTS_CACHE)
    with pytest.raises(KeyError), own_constants():  # noqa: PT012  # what is raised inside is the point
        assert providers._get_local_constants is not before[0]
        assert len(providers._get_local_constants()) == 0
        raise KeyError
    assert (providers._get_local_constants, providers.CONSTANTS_CACHE) == before


@KNOWN
def test_modules_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_sys_modules_len", None)
    drawn()
    assert providers._sys_modules_len is None
