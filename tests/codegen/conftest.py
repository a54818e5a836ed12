"""The generated module of every source, written and imported once."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.helpers import EVERY, Source, imported


@pytest.fixture(scope="module", params=EVERY, ids=str)
def source(request: pytest.FixtureRequest) -> Source:
    """An operation or architecture of the catalogue, or a user's."""
    found: Source = request.param
    return found


@pytest.fixture(scope="module")
def generated(source: Source, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Its generated module."""
    return imported(source.derivation, tmp_path_factory.mktemp("generated"))
