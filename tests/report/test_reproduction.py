"""Showing the training runs: on the terminal and as a plot."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from gdverify.documented.experiments import Outcome, Result
from gdverify.documented.runs.training import Curve, Experiment
from gdverify.errors import UsageError
from gdverify.extras import MissingExtra
from gdverify.files import CannotWrite
from gdverify.report.reproduction import plot, plot_format, render


def result(name: str, source: str = "A tutorial", losses: tuple[float, ...] = (2, 1)) -> Result:
    curve = Curve(np.arange(len(losses)), np.array(losses))
    return Result(
        Experiment(name, source, f"{name} [red]learns[/red]", ()),
        (Outcome("documented", "ends at 1", curve), Outcome("right", "ends at [2]", curve)),
    )


def rendered(*results: Result) -> list[str]:
    console = Console(file=StringIO(), width=60)
    render(results, console)
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_render_shows_claims_and_outcomes_document_by_document() -> None:
    # Square brackets are text here, not markup.
    assert rendered(result("one"), result("two"), result("three", source="Another")) == [
        "A tutorial",
        "",
        "one",
        "  claim                     one [red]learns[/red]",
        "  documented                ends at 1",
        "  right                     ends at [2]",
        "",
        "two",
        "  claim                     two [red]learns[/red]",
        "  documented                ends at 1",
        "  right                     ends at [2]",
        "",
        "Another",
        "",
        "three",
        "  claim                     three [red]learns[/red]",
        "  documented                ends at 1",
        "  right                     ends at [2]",
        "",
    ]


def test_render_wraps_within_its_column() -> None:
    (claim,) = [line for line in rendered(result("word " * 9)) if line.startswith("  claim")]
    assert len(claim) <= 60


def test_plot_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.backend_bases", None)
    with pytest.raises(MissingExtra) as caught:
        plot([result("one")], tmp_path / "curves.png")
    assert str(caught.value) == 'plots need the extra "plot": pip install "gdverify[plot]"'
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "begins"),
    [("curves.png", b"\x89PNG"), ("curves", b"\x89PNG"), ("curves.SVG", b"<?xml")],
)
def test_plot_writes_the_format_of_the_suffix(tmp_path: Path, name: str, begins: bytes) -> None:
    pytest.importorskip("matplotlib")
    # Four panels: a second row; a loss of 0 has no logarithm.
    results = [result(str(number), losses=(1, 0.5, number)) for number in range(4)]
    plot(results, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begins)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_plot_refuses_an_unknown_format() -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(UsageError, match=r"format 'docx' of curves\.docx: known: .*png, "):
        plot_format(Path("curves.docx"))


def test_plot_into_a_missing_folder(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(CannotWrite, match="missing"):
        plot([result("one")], tmp_path / "missing" / "curves.png")
