"""``gdverify reproduce``: what it prints where, and what it refuses."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gdverify.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["reproduce", *arguments])


def test_results_go_to_stdout() -> None:
    result = run("--only", "quadratic", "--only", "line")
    assert result.exit_code == 0
    assert "z = -0.0206 after 50 steps" in result.stdout
    assert "a = 0.9364" in result.stdout
    assert "mlp" not in result.stdout
    assert "\x1b" not in result.stdout


def test_the_seed_changes_the_data() -> None:
    assert "a = 0.9965" in run("--only", "line", "--seed", "1").stdout
    assert run("--only", "line", "--seed", "-1").exit_code == 2


def test_an_unknown_name_lists_the_closest() -> None:
    result = run("--only", "quadratik")
    assert result.exit_code == 2
    assert "unknown experiment 'quadratik': did you mean quadratic?" in result.stderr
    assert not result.stdout


def test_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "curves.png"
    result = run("--only", "quadratic", "--plot", str(path))
    assert result.exit_code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["curves.docx", "missing/curves.png"])
def test_a_plot_that_cannot_be_written_ends_with_2(tmp_path: Path, name: str) -> None:
    pytest.importorskip("matplotlib")
    result = run("--only", "quadratic", "--plot", str(tmp_path / name))
    assert result.exit_code == 2
    assert result.stderr.startswith("gdverify: cannot")
    assert "Traceback" not in result.output


def test_a_missing_extra_is_told_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.backend_bases", None)
    result = run("--plot", str(tmp_path / "curves.png"))
    assert result.exit_code == 2
    assert 'plots need the extra "plot": pip install "gdverify[plot]"' in result.stderr
    assert not result.stdout
