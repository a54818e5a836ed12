"""What holds for every test."""

from __future__ import annotations

import gc
import math

import pytest

from gdverify.auditing.search import warmed
from gdverify.commands import progress

# Cases to confirm a reason on: the package's own number costs more, and shows no more where a bug is planted.
FRESH = 16


def pytest_collection_finish() -> None:
    """What was imported and collected lives to the end: no collection of garbage looks through it again, in no fork."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def warm() -> None:
    """Every process that a test forks finds Hypothesis as the first one left it."""
    warmed()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on a clock: on a slow machine no line of progress appears either."""
    monkeypatch.setattr(progress, "PATIENCE", math.inf)


@pytest.fixture
def few_fresh_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason has to hold on `FRESH` cases."""
    monkeypatch.setattr("gdverify.auditing.diagnosis.samples.FRESH_CASES", FRESH)
