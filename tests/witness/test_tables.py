"""Nothing of the catalogue lacks a row, and no row is of something else."""

from __future__ import annotations

import inspect
import tomllib
from pathlib import Path

import pytest

from gdverify import catalogue
from tests.witness.absent import ABSENT
from tests.witness.package import NAMES, OLDEST, Package, package
from tests.witness.rows import title
from tests.witness.variants import operations


@pytest.fixture(params=NAMES)
def witness(request: pytest.FixtureRequest) -> Package:
    """Each of the packages that is installed."""
    return package(request.param)


def test_every_operation_has_a_row_or_a_reason(witness: Package) -> None:
    lacking = set(catalogue.operations()) - set(witness.rows) - set(ABSENT[witness.name])
    assert not lacking, (
        f"add rows to tests/witness/by_{witness.name}/, or reasons to tests/witness/absent.py: {lacking}"
    )


def test_every_architecture_is_wired_or_has_a_reason(witness: Package) -> None:
    lacking = set(catalogue.architectures()) - set(witness.wired) - set(ABSENT[witness.name])
    assert not lacking, f"add rows to tests/witness/compositions.py, or reasons to tests/witness/absent.py: {lacking}"


def test_no_row_is_of_something_else(witness: Package) -> None:
    known = {title(made, catalogue.find_operation(made.name)) for made in operations()}
    assert set(witness.rows) <= known
    assert set(witness.wired) <= set(catalogue.architectures())
    assert not {*witness.rows, *witness.wired} & set(ABSENT[witness.name])


def test_rows_take_the_operands_and_constants_of_the_operation(witness: Package) -> None:
    for name, row in witness.rows.items():
        made = catalogue.find_operation(name.partition("(")[0])
        assert [*inspect.signature(row).parameters] == [*made.operands, *dict(made.options)], name


def test_the_extra_installs_what_the_tables_are_about() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"]["witness"] == [f"{name}>={oldest}" for name, oldest in OLDEST.items()]
