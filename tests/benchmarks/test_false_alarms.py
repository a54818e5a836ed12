"""A small part of what `false_alarms` measures, and the tables that it makes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import UNDECIDED, WRONG
from gdverify.cases.case import Case
from gdverify.cases.regimes import REGIMES
from tests.benchmarks import false_alarms
from tests.benchmarks.false_alarms import Judged, by_kind, by_way, judge
from tests.benchmarks.right import KINDS, Right, implementations
from tests.twins import twin

EXAMPLES = 6
STEP = 24  # every so many: the figure sees all of them


def test_right_implementations_are_not_flagged() -> None:
    for right in implementations()[::STEP]:
        found = judge(right, EXAMPLES, [0])
        assert found.flagged == [], "\n".join(map(str, found.flagged))
        assert found.examples.total() > 0


def test_every_kind_is_there() -> None:
    found = Counter(right.kind for right in implementations())
    assert set(found) == set(KINDS)
    assert all(count > 1 for count in found.values())


def wrong(case: Case) -> dict[str, Any]:
    return {k: 2 * v if k == "z" else v for k, v in twin("tanh")(case).items()}


def small_batch(case: Case) -> dict[str, Any]:
    if case.sizes["batch"] > 1:
        raise ValueError("too large")
    return twin("tanh")(case)


def test_what_is_wrong_or_fails_is_flagged() -> None:
    doubled = judge(Right("twins", Subject(wrong, "doubled", "tanh")), 20, [0, 1])
    assert [report.verdict for report in doubled.flagged] == [WRONG, WRONG]
    raising = judge(Right("twins", Subject(small_batch, "raising", "tanh")), 20, [0])
    assert [report.diagnosis[0].kind for report in raising.flagged] == ["raises"]


def test_what_is_undecided_is_not_flagged() -> None:
    found = judge(Right("twins", Subject(wrong, "doubled", "tanh")), 20, [0])
    undecided = replace(found, reports=tuple(replace(report, verdict=UNDECIDED) for report in found.reports))
    assert found.flagged
    assert undecided.flagged == []


def test_distinct_examples_are_counted_by_regime_and_dtype() -> None:
    right = Right("twins", Subject(twin("tanh"), "right", "tanh"))
    found = judge(right, 60, [0])
    assert found.examples.total() > 50
    assert judge(right, 60, [0, 0]).examples == found.examples  # the second time it draws the same
    assert judge(right, 60, [0, 1]).examples.total() > 1.8 * found.examples.total()
    assert {dtype for _, dtype in found.examples} == {"float64", "float32"}
    assert {regime for regime, _ in found.examples} <= set(REGIMES)
    assert len(found.examples) > 5


def test_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = Judged("twins", (), Counter({("ordinary", "float64"): 1200, ("ties", "float32"): 30}))
    bad = judge(Right("styles", Subject(wrong, "doubled", "tanh")), 20, [0])
    way = (bad.reports[0].failing_case.regime, bad.reports[0].failing_case.dtype)  # type: ignore[union-attr]
    assert way == ("ordinary", "float64")
    bad = Judged("styles", bad.reports, Counter({way: 20}))
    rows = {row[0]: row[1:] for row in by_way([fine, bad]).rows}
    assert list(rows) == list(REGIMES)
    assert rows["ordinary"] == ["1 in 1,220", "0 in 0"]
    assert rows["ties"] == ["0 in 0", "0 in 30"]
    assert by_kind([fine, bad]).rows == [["twins", "0 of 1", "1,230"], ["styles", "1 of 1", "20"]]
    monkeypatch.setattr(false_alarms, "_everything", lambda: ([fine, bad], 1.0))
    found = false_alarms.flagged()
    assert found.value == 1
    assert found.note.endswith("; doubled: z wrong")
    assert false_alarms.examples().value == 1250
