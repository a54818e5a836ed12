"""``gdverify list``: what there is, with its equations."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from click.testing import CliRunner, Result

from gdverify import catalogue
from gdverify.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["list", *arguments])


def names(output: str) -> list[str]:
    """What stands in the first column."""
    return [line.split()[0] for line in output.splitlines() if line[:1].strip()]


def test_everything() -> None:
    result = run()
    assert result.exit_code == 0
    losses = catalogue.losses()
    others = [name for name in catalogue.operations() if name not in losses]
    expected = ["operations", *others, "losses", *losses, "architectures", *catalogue.architectures()]
    assert names(result.stdout) == expected


@pytest.mark.parametrize("kind", ["operations", "losses", "architectures"])
def test_one_kind(kind: str) -> None:
    shown = names(run(kind).stdout)
    assert shown[0] == kind
    assert ("relu" in shown) == (kind == "operations")
    assert ("squared_error" in shown) == (kind == "losses")
    assert ("mlp" in shown) == (kind == "architectures")


def test_equations_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    operations, architectures = run("operations").stdout, run("architectures").stdout
    assert "z[n, o] = Σ_i W[o, i] x[n, i] + b[o]" in operations
    assert "options: alpha=0.01" in operations
    assert "options: hidden=2, activation=tanh, loss=mean_squared_error" in architectures
    assert "a2[n, h2] = tanh(z2[n, h2])" in architectures


def test_what_is_declared_at_kinks_and_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    listed = " ".join((run("operations").stdout + run("losses").stdout).split())  # however it is broken into lines
    found = Counter(re.findall(r"derivative where .*?; allowed: \[.*?\]", listed))
    assert found["derivative where z = 0: 0; allowed: [0, 1]"] == 1  # relu
    assert found["derivative where z = 0: 0.01; allowed: [0.01, 1]"] == 1
    assert found["derivative where z = 0: alpha; allowed: [Min(1, alpha), Max(1, alpha)]"] == 2
    assert found["derivative where y = t: 0; allowed: [-1, 1]"] == 2
    assert "jump" not in listed
    # Smooth, unless options say otherwise; but for the rectifier of the CNN.
    assert run("architectures").stdout.count("derivative where") == 1


def test_nothing_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in (80, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert max(map(len, run().stdout.splitlines())) <= columns


def test_no_entry_is_broken_over_two_lines() -> None:
    assert not [line for line in run().stdout.splitlines() if line.count("[") != line.count("]")]


def test_another_kind_is_a_usage_error() -> None:
    result = run("layers")
    assert result.exit_code == 2
    assert "'operations', 'losses', 'architectures'" in result.stderr


def test_no_colour_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[36m" in run("losses").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in run("losses").stdout
    monkeypatch.delenv("FORCE_COLOR")
    assert "\x1b" not in run("losses").stdout
