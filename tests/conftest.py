"""What holds for every test."""

from __future__ import annotations

import math

import pytest

from gdverify.commands import progress


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on a clock: on a slow machine no line of progress appears either."""
    monkeypatch.setattr(progress, "PATIENCE", math.inf)
