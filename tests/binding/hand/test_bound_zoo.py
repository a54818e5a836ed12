"""Exhibits of the zoo that need an adapter, each with a binding of at most ten lines, and the verdict it should get."""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import gdverify
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, PROVED, TESTED
from gdverify.auditing.verdicts import WRONG as FOUND_WRONG
from gdverify.cli import main
from gdverify.loading import load
from tests.zoo.table import FILES, RIGHT, ZOO, Exhibit

BINDINGS = FILES.parent / "bindings"
BOUND = [one for one in ZOO if (BINDINGS / f"{Path(one.file).stem}.py").exists()]
MOST_LINES = 10


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What a binding imports is another file in the next test."""
    path = list(sys.path)
    yield
    sys.path[:] = path
    for exhibit in BOUND:
        sys.modules.pop(Path(exhibit.file).stem, None)


def copied(exhibit: Exhibit, folder: Path) -> Path:
    """The binding of an exhibit, beside its version of the file."""
    written = exhibit.written(folder)
    if written.parent != folder:
        shutil.copy(written, folder)
    stem = Path(exhibit.file).stem
    return Path(shutil.copy(BINDINGS / f"{stem}.py", folder / f"bound_{stem}.py"))


def subject(exhibit: Exhibit, folder: Path) -> Subject:
    found: Subject = getattr(load(str(copied(exhibit, folder))), exhibit.unit)
    return found


def test_every_exhibit_that_needs_lines_has_a_binding() -> None:
    assert {one.id for one in ZOO if one.lines} <= {one.id for one in BOUND}


@pytest.mark.parametrize("path", sorted(BINDINGS.glob("*.py")), ids=lambda path: path.stem)
def test_a_binding_has_at_most_ten_lines(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kept = (ast.FunctionDef, ast.Assign)
    first, *others = [node for node in tree.body if isinstance(node, kept)]
    # Of a function that binds both versions, the line that calls it for each is no part of the binding.
    assert not others or (isinstance(first, ast.FunctionDef) and len(others) == 1)
    lines = ast.get_source_segment(path.read_text(encoding="utf-8"), first)
    assert lines is not None
    assert len([line for line in lines.splitlines() if line.strip()]) <= MOST_LINES


@pytest.mark.parametrize("exhibit", BOUND, ids=lambda exhibit: exhibit.id)
def test_the_verdict_is_that_of_the_table(exhibit: Exhibit, tmp_path: Path) -> None:
    report = gdverify.audit(subject(exhibit, tmp_path), examples=24, evidence=TESTED)
    assert report.verdict == (CORRECT if exhibit.verdict == RIGHT else FOUND_WRONG), str(report)


@pytest.mark.parametrize("stem", ["script_with_reads", "neuron_objects", "flat_parameters", "fixed_sizes"])
def test_code_bound_by_hand_is_proved(stem: str, tmp_path: Path) -> None:
    (exhibit,) = (one for one in BOUND if Path(one.file).stem == stem and one.verdict == RIGHT)
    report = gdverify.audit(subject(exhibit, tmp_path), examples=24)
    assert (report.verdict, report.evidence) == (CORRECT, PROVED)


def test_what_a_script_computes_is_shown_as_a_formula_with_its_line(tmp_path: Path) -> None:
    (exhibit,) = (one for one in BOUND if one.file == "script_globals.py" and one.verdict != RIGHT)
    said = str(gdverify.audit(subject(exhibit, tmp_path), examples=24))
    assert "formula  dw1[0, 0] computes −(1 + a1[0, 0])" in said
    assert "line     script_globals.py:" in said


def test_the_command_audits_what_is_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (right, wrong) = (one for one in BOUND if one.file == "tied_weights.py")
    copied(right, tmp_path)
    monkeypatch.chdir(tmp_path)
    both = CliRunner().invoke(main, ["audit", "bound_tied_weights.py", "--examples", "8"])
    assert both.exit_code == 1, both.output
    assert f"bound_tied_weights.py:{right.unit}   against no documented architecture" in both.output
    assert "dW = returned[2] where self is in W" in both.output
    assert "gdverify audit bound_tied_weights.py:TiedAutoencoderEncoderOnly --seed 0 --examples 8" in both.output
    one = CliRunner().invoke(main, ["audit", f"bound_tied_weights.py:{right.unit}", "--examples", "8"])
    assert one.exit_code == 0, one.output
    assert wrong.unit not in one.output


def test_the_command_audits_a_bound_script_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "below"
    folder.mkdir()
    (right, _) = (one for one in BOUND if one.file == "script_with_reads.py")
    copied(right, folder)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["audit", "below/bound_script_with_reads.py", "--examples", "8"])
    assert result.exit_code == 0, result.output
    assert "self = script_with_reads.py with epochs = 1; learning_rate = 2**20" in result.output
    assert "dW1 = (w[None] before − after) / 2**20" in result.output


def test_check_is_a_gate(tmp_path: Path) -> None:
    (right, wrong) = (one for one in BOUND if one.file == "mangled.py")
    gdverify.check(subject(right, tmp_path), examples=4)
    with pytest.raises(AssertionError, match="WRONG"):
        gdverify.check(subject(wrong, tmp_path), examples=4)
