"""``gdverify new``: what it writes works as it is, in every command that takes a definition."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gdverify.cli import main

LAYER = """
import numpy as np


class Layer:
    def __init__(self, inputs, outputs):
        self.W, self.b = np.ones((outputs, inputs)), np.zeros(outputs)

    def forward(self, x):
        self.x, self.y = x, np.tanh(x @ self.W.T + self.b)
        return self.y

    def backward(self, dy):
        dz = dy * (1 - self.y{power})
        self.dW, self.db = dz.T @ self.x, dz.sum(axis=0)
        return dz @ self.W
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_what_is_written_is_derived_explained_and_mutated(folder: Path) -> None:
    result = ran("new", "gate")
    assert (result.exit_code, result.stdout) == (0, "wrote gate.py\n")
    assert "gdverify explain gate.py:gate" in result.stderr
    assert "dW[o, i] = Σ_n" in ran("explain", "gate.py:gate_layer").stdout
    derived = ran("derive", "gate.py")
    assert derived.exit_code == 0
    assert {path.name for path in (folder / "derivations").iterdir()} >= {"gate.py", "gate.md", "gate_layer.py"}
    mutated = ran("mutate", "gate.py:gate_layer")
    assert (mutated.exit_code, "0 survived" in mutated.stdout or "killed" in mutated.stdout) == (0, True)


@pytest.mark.parametrize(("power", "code", "verdict"), [("**2", 0, "CORRECT"), ("", 1, "WRONG")])
def test_code_is_judged_against_it(folder: Path, power: str, code: int, verdict: str) -> None:
    ran("new", "gate")
    (folder / "layer.py").write_text(LAYER.replace("{power}", power))
    result = ran("audit", "layer.py", "--against", "gate.py:gate_layer")
    assert result.exit_code == code
    assert f"against gate_layer   {verdict}" in result.stdout


def test_a_file_is_not_written_over(folder: Path) -> None:
    (folder / "gate.py").write_text("mine")
    result = ran("new", "gate")
    assert (result.exit_code, "gate.py exists; give another name, or --force" in result.stderr) == (2, True)
    assert (folder / "gate.py").read_text() == "mine"
    assert ran("new", "gate", "--force").exit_code == 0
    assert (folder / "gate.py").read_text() != "mine"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("3x", "name='3x': expected a Python identifier"),
        ("class", "name='class': expected a Python identifier"),
        ("mlp", "name='mlp' is taken by the catalogue"),
    ],
)
def test_refused_names(folder: Path, name: str, message: str) -> None:
    result = ran("new", name)
    assert (result.exit_code, message in result.stderr) == (2, True)
    assert not [*folder.iterdir()]


@pytest.mark.parametrize(
    ("against", "message"),
    [
        ("gate.py:gat_layer", "unknown architecture or operation in"),
        ("none.py:layer", "none.py: no such file"),
    ],
)
def test_a_definition_that_is_not_there(folder: Path, against: str, message: str) -> None:
    ran("new", "gate")
    (folder / "layer.py").write_text(LAYER.replace("{power}", "**2"))
    result = ran("audit", "layer.py", "--against", against)
    assert (result.exit_code, message in result.stderr) == (2, True)
