"""Progress: silent for a second, and slower the longer one thing takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gdverify.commands.progress import Progress


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdverify.commands.progress.PATIENCE", 1.0)


def said(messages: list[tuple[float, str]], capsys: pytest.CaptureFixture[str]) -> list[str]:
    times: Iterator[float] = iter([0.0, *(time for time, _ in messages)])
    progress = Progress(clock=lambda: next(times))
    for _, message in messages:
        progress(message)
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_nothing_is_said_in_the_first_second(capsys: pytest.CaptureFixture[str]) -> None:
    assert said([(0.5, "a"), (0.9, "b")], capsys) == []


def test_different_lines_come_once_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    assert said([(1, "a"), (1.5, "b"), (2, "c"), (3, "d")], capsys) == ["a", "c", "d"]


def test_the_same_line_comes_less_and_less_often(capsys: pytest.CaptureFixture[str]) -> None:
    assert said([(float(t), "a") for t in range(1, 20)], capsys) == ["a"] * 5  # at 1, 2, 4, 8 and 16
