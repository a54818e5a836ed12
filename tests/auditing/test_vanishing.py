"""Classes of sizes in which a gradient is 0 by the mathematics, which no verdict waits for."""

from __future__ import annotations

import pytest

from gdverify import catalogue
from gdverify.auditing.subject import Subject
from gdverify.auditing.vanishing import vanishes
from gdverify.auditing.verdicts import CORRECT
from gdverify.cases.classes import CLASSES
from gdverify.cases.strategies import Space
from tests.auditing.subjects import by_tests
from tests.helpers import SOURCES
from tests.twins import twin

ROWS = {(row.kind, row.name): row for row in CLASSES}


@pytest.mark.parametrize(
    ("operation", "name", "row", "expected"),
    [
        ("batch_norm", "x", ("batch", "1"), True),
        ("batch_norm", "g", ("batch", "1"), True),
        ("batch_norm", "b", ("batch", "1"), False),
        ("batch_norm", "x", ("batch", "2"), False),
        ("layer_norm", "x", ("batch", "1"), False),
        ("affine", "x", ("batch", "1"), False),
    ],
)
def test_what_is_zero_is_proved(operation: str, name: str, row: tuple[str, str], expected: bool) -> None:
    assert vanishes(name, ROWS[row], Space(catalogue.find(operation)), {}) == expected


def test_a_verdict_does_not_wait_for_them() -> None:
    (source,) = [source for source in SOURCES if str(source) == "batch_norm"]
    report = by_tests(Subject(twin("batch_norm"), "twin", source.made), examples=60)
    assert report.verdict == CORRECT
    for parameter in report.parameters:
        classes = {cell.name for cell in parameter.coverage if cell.kind == "batch"}
        assert ("1" in classes) == (parameter.name in ("b", "loss"))
