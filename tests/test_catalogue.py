"""Names of the user's own: a file and a name in it, or a file that defines one thing alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gdverify import catalogue
from gdverify.errors import UsageError

ONE = '''
from gdverify import operation
from gdverify.operations.activations import tanh


@operation("y")
def twice(x):
    """Twice."""
    return 2 * x
'''
TWO = ONE + ONE.partition("\n\n\n")[2].replace("twice", "again")


def written(folder: Path, text: str) -> str:
    place = folder / f"own_{len(text)}.py"
    place.write_text(text, encoding="utf-8")
    return str(place)


def test_a_file_with_one_definition_stands_for_it(tmp_path: Path) -> None:
    place = written(tmp_path, ONE)
    assert catalogue.find(place).name == catalogue.find(f"{place}:twice").name == "twice"


def test_of_several_one_has_to_be_named(tmp_path: Path) -> None:
    place = written(tmp_path, TWO)
    with pytest.raises(UsageError, match=r"defines 2 .*; name one: own_\d+\.py:twice or own_\d+\.py:again\."):
        catalogue.find(place)
    assert catalogue.find(f"{place}:again").name == "again"


def test_what_is_imported_is_no_definition_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="defines 0 architectures and operations; mark one with"):
        catalogue.find(written(tmp_path, "from gdverify.operations.activations import tanh\n"))
