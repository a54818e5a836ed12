"""Attempts that do not end are given up sooner than a user's: what ends takes milliseconds."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdverify.binding.running.TIME_LIMIT", 2.0)
