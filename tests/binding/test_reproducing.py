"""A wrong verdict is tried once more in a process of its own, where nothing is left of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gdverify.auditing.verdicts import CORRECT, TESTED, UNDECIDED, WRONG, SubjectReport
from gdverify.binding import reproducing
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.reporting import reported
from gdverify.binding.subjects import find_subjects

TEXT = '''
import numpy as np


class Linear:
    kept = None

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def slope(self):
        return 1.0

    def backward(self, dy):
        self.dW = self.x.T @ dy
        return dy @ self.W.T * self.slope()


class LinearOnClass(Linear):
    """From its second object on it is wrong."""

    calls = 0

    def slope(self):
        LinearOnClass.calls = min(LinearOnClass.calls + 1, 2)
        return 1.0 if LinearOnClass.calls == 1 else 1.5


class LinearWrong(Linear):
    def slope(self):
        return 1.5


class Bump:
    def forward(self, x):
        self.x = x
        return np.exp(-x * x)

    def scale(self):
        return 2.0

    def backward(self, dy):
        return -self.scale() * dy * (self.x + 0.1 * (self.scale() - 2)) * np.exp(-self.x * self.x)


class BumpOnClass(Bump):
    seen = []

    def scale(self):
        if len(BumpOnClass.seen) < 3:
            BumpOnClass.seen.append(1)
        return 2.0 if len(BumpOnClass.seen) < 3 else 3.0


class BumpWrong(Bump):
    def scale(self):
        return 3.0
'''


@pytest.fixture
def report_of(tmp_path: Path) -> Any:
    path = tmp_path / "keeping.py"
    path.write_text(TEXT, encoding="utf-8")

    def report(name: str) -> SubjectReport:
        (unit,) = discover(load(str(path)), name).found
        (one,) = find_subjects(unit)
        return reported(one, unit, {}, examples=20, seed=0, command="", evidence=TESTED)

    return report


@pytest.mark.parametrize(
    ("name", "tensor", "kept"),
    [("LinearOnClass", "x", "LinearOnClass.calls"), ("BumpOnClass", "x", "BumpOnClass.seen")],
)
def test_what_is_right_in_a_process_of_its_own_is_undecided(report_of: Any, name: str, tensor: str, kept: str) -> None:
    judged = report_of(name)
    assert judged.verdict == UNDECIDED
    assert {row.name: row.verdict for row in judged.parameters}[tensor] == UNDECIDED
    (remark,) = [one.message for one in judged.diagnosis if one.kind == UNDECIDED]
    assert remark == (
        "wrong in the run, right in a process of its own: it keeps something between objects, such as "
        f"{kept}; keep it on the object, or set it anew before each call"
    )
    assert not {one.kind for one in judged.diagnosis} & {"line", "ratio"}


@pytest.mark.parametrize("name", ["LinearWrong", "BumpWrong"])
def test_what_is_wrong_there_too_stays_wrong(report_of: Any, name: str) -> None:
    assert report_of(name).verdict == WRONG


@pytest.mark.parametrize(("name", "forks"), [("Linear", 0), ("Bump", 0), ("LinearWrong", 1), ("BumpWrong", 1)])
def test_only_what_is_wrong_costs_a_process(
    report_of: Any, name: str, forks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def isolated(work: Any, waiting: Any) -> Any:
        made.append(work)
        return work()

    monkeypatch.setattr(reproducing, "isolated", isolated)
    judged = report_of(name)
    assert (judged.verdict, len(made)) == (WRONG if forks else CORRECT, forks)


def test_what_cannot_be_loaded_again_stays_as_it_was_found(report_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reproducing, "_anew", lambda unit: None)
    assert report_of("LinearOnClass").verdict == WRONG
