"""``gdverify mutate``: the kill matrix, its exit codes and its JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gdverify.auditing.mutation import score as mutation
from gdverify.auditing.mutation.score import OUTCOMES
from gdverify.cli import main
from gdverify.slips.table import SLIPS

OWN = """
import gdverify
from gdverify import functions as f


@gdverify.operation("a")
def swish(z):
    return z * f.sigmoid(z)
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["mutate", *words])


def test_the_matrix_has_a_row_for_each_slip_and_a_column_for_each_target() -> None:
    result = run("square", "identity")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("  1  square: ")
    assert lines[1].startswith("  2  identity: ")
    for slip in SLIPS:
        (row,) = [line for line in lines if line.startswith(f"{slip.name}  ")]
        assert len(row.removeprefix(slip.name).split()) == 2
    (row,) = [line for line in lines if line.startswith("derivative missing")]
    assert row.split()[-2:] == ["1", "·"]
    assert lines[-1].endswith(" killed.")


def test_what_is_harmless_is_listed_with_its_proof() -> None:
    result = run("relu")
    assert result.exit_code == 0
    assert "equivalent relu: derivative applied twice: the derivative of relu is applied twice" in result.stdout
    assert "entries are equal, at 14 shapes and paths, and at kinks it takes the declared value" in result.stdout
    assert "allowed    relu: other side at the kink:" in result.stdout
    (row,) = [line for line in result.stdout.splitlines() if line.startswith("derivative applied twice")]
    assert row.split()[-1] == "1="


def test_a_survivor_is_listed_and_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutation, "first_failure", lambda *ignored: None)
    result = run("identity")
    assert result.exit_code == 1
    assert "survived   identity: parameter detached: dz is 0: z is cut off from the loss" in result.stdout
    (row,) = [line for line in result.stdout.splitlines() if line.startswith("parameter detached")]
    assert row.split()[-1] == "1!"


def test_the_fates_as_json(tmp_path: Path) -> None:
    to_file, printed = run("square", "--json", str(tmp_path / "fates.json")), run("square", "--json", "-")
    assert to_file.exit_code == printed.exit_code == 0
    assert (tmp_path / "fates.json").read_text(encoding="utf-8") == printed.stdout
    content = json.loads(printed.stdout)
    assert (content["schema_version"], content["seed"], content["examples"]) == (1, 0, 100)
    (mutated,) = content["mutated"]
    assert mutated["name"] == "square"
    assert list(mutated["counts"]) == list(OUTCOMES)
    assert sum(mutated["counts"].values()) == len(mutated["slips"])
    assert {"slip", "says", "outcome", "evidence"} == set(mutated["slips"][0])


def test_a_users_operation_gets_its_slips_from_the_table(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    result = run(f"{tmp_path / 'own.py'}:swish")
    assert result.exit_code == 0
    (row,) = [line for line in result.stdout.splitlines() if line.startswith("one reader forgotten")]
    assert row.split()[-1] == "2"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sqare"], "unknown page, architecture or operation 'sqare': did you mean square"),
        (["--set", "hidden=1"], "--set needs a TARGET: the family whose option it is, for example mlp."),
        (["mlp", "--set", "depth=1"], "unknown option of mlp 'depth'"),
    ],
)
def test_what_makes_no_sense_is_2(words: list[str], message: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.stderr
