"""The tables of the comparison, made of checkers whose verdicts are known."""

from __future__ import annotations

import pytest

from gdverify.cases.case import Case
from tests.benchmarks.peers import figures
from tests.benchmarks.peers.candidates import RIGHT, Candidate, equivalent, sources, wrong
from tests.benchmarks.peers.checkers import Checker
from tests.benchmarks.peers.comparing import Check, Outcome, outcome
from tests.benchmarks.peers.points import POINTS
from tests.benchmarks.peers.tables import by_checker, by_slip, flagged, missed

(RELU,) = [source for source in sources() if str(source) == "relu"]


def large(candidate: Candidate, case: Case) -> bool:
    return max(abs(array).max() for array in case.inputs.values()) < 100


FAKES = (
    Checker("credulous", "numpy", "says yes", lambda candidate, case: True),
    Checker("suspicious", "numpy", "says no", lambda candidate, case: False, ("ordinary",)),
    Checker("oracle", "numpy", "knows", lambda candidate, case: candidate.slip == RIGHT),
    Checker("timid", "numpy", "only small numbers", large),
)


@pytest.fixture(scope="module")
def checks() -> tuple[Check, ...]:
    return outcome(RELU, FAKES).checks


def test_every_checker_is_asked_about_everything(checks: tuple[Check, ...]) -> None:
    slips = [candidate.says for candidate in wrong(RELU)]
    for checker in FAKES:
        of_checker = [check for check in checks if check.checker == checker.name]
        assert [check.says for check in of_checker if not check.is_right] == slips
        assert [check.point for check in of_checker if check.is_right] == list(checker.points)
        assert all(check.source == "relu" and check.seconds > 0 for check in of_checker)


def test_the_table_of_checkers(checks: tuple[Check, ...]) -> None:
    table = by_checker(checks, FAKES)
    count = len(list(wrong(RELU)))
    assert table.headings[3:6] == [f"right ones flagged, {point}" for point in POINTS]
    cells = {row[0]: row[1:6] for row in table.rows}
    none, all_of_them, zero, one = f"0 of {count}, 0.0 %", f"{count} of {count}, 100 %", "0 of 1", "1 of 1"
    assert cells == {
        "credulous": ["says yes", none, zero, zero, zero],
        "suspicious": ["says no", all_of_them, one, "drawn too", "drawn too"],
        "oracle": ["knows", all_of_them, zero, zero, zero],
        "timid": ["only small numbers", none, zero, zero, one],
    }


def test_the_table_of_slips(checks: tuple[Check, ...]) -> None:
    table = by_slip(checks, FAKES)
    assert table.headings[1:] == [checker.name for checker in FAKES]
    counts = dict.fromkeys(dict.fromkeys(candidate.slip for candidate in wrong(RELU)), 0)
    for candidate in wrong(RELU):
        counts[candidate.slip] += 1
    assert table.rows == [[slip, f"0 of {n}", f"{n} of {n}", f"{n} of {n}", f"0 of {n}"] for slip, n in counts.items()]


def test_almost_all_is_not_all() -> None:
    caught = Check("credulous", "relu", "slip", "says", "ordinary", False, 1.0)
    through = Check("credulous", "relu", "slip", "says", "ordinary", True, 1.0)
    fine = Check("credulous", "relu", RIGHT, "says", "ordinary", True, 0.001)
    row = by_checker([*[caught] * 9999, through, fine], FAKES[:1]).rows[0]
    assert row[2] == "9999 of 10000, 99.9 %"
    assert row[-2:] == ["1.00", "1000"]
    assert missed([caught, through, fine], FAKES[0]) == [through]
    assert flagged([caught, through, fine], FAKES[0]) == []


def test_the_figures_are_those_of_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    audit, other, missing = (
        Checker("audit", "numpy", "", FAKES[0].passes),
        Checker("other", "numpy", "", FAKES[1].passes),
        Checker("missing", "no_such_package", "", FAKES[1].passes),
    )
    checks = (
        Check("audit", "relu", RIGHT, "", "ordinary", False, 0.1),
        Check("audit", "tanh", RIGHT, "", "ordinary", True, 0.1),
        Check("audit", "relu", "slip", "z is doubled", "ordinary", True, 0.1),
        *[Check("audit", "tanh", "slip", "", "ordinary", False, 0.1)] * 3,
        *[Check("other", source, slip, "", "ordinary", False, 0.1) for source in ("relu", "tanh") for slip in "ab"],
        Check("other", "relu", RIGHT, "", "ordinary", True, 0.1),
    )
    monkeypatch.setattr(figures, "CHECKERS", (audit, other, missing))
    monkeypatch.setattr(figures, "GDVERIFY", audit)
    monkeypatch.setattr(figures, "_outcome", lambda: Outcome(checks, 7))
    found = figures.caught()
    assert found.value == 0.75
    assert found.note.startswith("4 slips in 2 operations and architectures; 7 more change no gradient")
    assert 'left out, not installed: no_such_package (pip install "gdverify[peers]")' in found.note
    assert found.note.endswith("; missed in relu: z is doubled")
    assert [row[0] for row in found.breakdowns[0].rows] == ["audit", "other"]
    assert figures.false_alarms().value == 1
    assert figures.false_alarms().note.endswith("; relu")


def test_what_changes_nothing_is_counted() -> None:
    assert outcome(RELU, FAKES[:1]).equivalent == equivalent(RELU) > 0
