"""Attempts that do not end are given up sooner than a user's: what ends takes milliseconds.

A reason is confirmed on few cases: these tests are of what is bound, and a wrong verdict is the same with any reason.
"""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def impatient(few_fresh_cases: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdverify.binding.calling.running.TIME_LIMIT", 2.0)
