"""``gdverify write``: what it writes runs, says what the audit says, and is written over nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gdverify.cli import main
from gdverify.commands import found
from gdverify.loading import load
from tests.zoo.table import FILES, RIGHT, ZOO

pytestmark = pytest.mark.usefixtures("few_fresh_cases")

GOLDEN = Path(__file__).parent.parent / "writing" / "golden" / "layers_in_out.py"
LAYERS = (FILES / "layers_in_out.py").read_text(encoding="utf-8")
MARKED = """\
import gdverify


@gdverify.subject(against="sigmoid")
def by_hand(case):
    import numpy as np

    a = 1 / (1 + np.exp(-case.inputs["z"]))
    return {"z": next(iter(case.upstream.values())) * a * (1 - a)}


@gdverify.subject(against="sigmoid")
def by_hand_too(case):
    return by_hand(case)
"""
BOTH = """\
import numpy as np


class Tanh:
    def forward(self, z):
        self.a = np.tanh(z)
        return self.a

    def backward(self, da):
        return da * (1 - self.a**2)


def tanh(z):
    a = np.tanh(z)
    return a, lambda da: da * (1 - a)
"""

# One for each way of writing a binding out.
SAMPLE = {
    "folded_bias.py:FoldedFirst": "two tensors in an array",
    "list_gradients.py:MLP": "a network of any depth",
    "handed_to_optimiser.py:Regressor": "a rate in an object of the object",
    "train_in_place.py:NeuralNetworkEager": "weights that are updated too soon",
    "training_in_functions.py:train_returning": "a namespace, and weights that are returned",
    "functions_with_cache.py:affine_backward": "a call that needs what another one returned",
    "derivative_flag.py:sigmoid": "a slope, and a flag",
    "regularised.py:LassoNetwork": "a term",
    "losses.py:MSEHalf": "a constant",
    "modes.py:Dropout": "its own forward pass, and random numbers",
    "softmax_loss.py:SoftmaxLabels": "labels",
    "boosting.py:poisson_objective": "a Hessian beside its gradient",
    "closures.py:make_affine_negated": "found again, since nothing leads to it",
    "line.ipynb:Line": "a notebook",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "layers.py").write_text(LAYERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["write", *map(str, arguments)])


def refused(*arguments: object) -> str:
    """The message on standard error of a call that ends with 2."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert not result.stdout
    return result.stderr


def checks_in(path: Path) -> dict[str, Callable[[], None]]:
    """The tests in a written file."""
    return {name: value for name, value in vars(load(str(path))).items() if name.startswith("test_")}


def passes(test: Callable[[], None]) -> bool:
    try:
        test()
    except AssertionError:
        return False
    return True


def test_the_file_of_layers_is_this_one(tmp_path: Path) -> None:
    output = GOLDEN.with_name(f"{GOLDEN.stem}_{os.getpid()}.py")
    try:
        target = os.path.relpath(FILES / "layers_in_out.py", Path.cwd())
        assert run(target, "-o", output).exit_code == 0
        text = output.read_text(encoding="utf-8")
    finally:
        output.unlink(missing_ok=True)
    update = f"update with: gdverify write {target} --force -o {os.path.relpath(GOLDEN, Path.cwd())}"
    assert text == GOLDEN.read_text(encoding="utf-8"), update


@pytest.mark.parametrize("target", SAMPLE)
def test_a_written_test_says_what_the_zoo_says(target: str, tmp_path: Path) -> None:
    output = tmp_path / "test_it.py"
    assert run(FILES / target, "--examples", 20, "-o", output).exit_code == 0
    name, _, unit = target.partition(":")
    (exhibit,) = (one for one in ZOO if (one.file, one.unit, one.edit) == (name, unit, None))
    spelled = "gdverify.bind(" in output.read_text(encoding="utf-8")
    assert spelled != SAMPLE[target].startswith("found again")
    outcomes = [passes(test) for test in checks_in(output).values()]
    assert outcomes
    assert all(outcomes) == (exhibit.verdict == RIGHT)


def test_pytest_runs_the_file_from_another_folder(folder: Path) -> None:
    (folder / "tests").mkdir()
    assert run("layers.py", "-o", "tests/test_layers.py", "--examples", 10, "--seed", 7).exit_code == 0
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert "1 failed, 1 passed" in done.stdout
    assert "layers.py:DenseAveraged   against affine   WRONG" in done.stdout
    assert "seed 7" in done.stdout


def test_examples_and_seed_stand_in_the_checks(folder: Path) -> None:
    result = run("layers.py:Dense", "--seed", 3, "--examples", 12, "-o", "-")
    assert "gdverify.check(dense, examples=12, seed=3)" in result.stdout
    assert "`gdverify write layers.py:Dense --examples 12 --seed 3`" in result.stdout
    plain = run("layers.py:Dense", "-o", "-").stdout
    assert "    gdverify.check(dense)\n" in plain


def test_a_file_is_named_after_its_target(folder: Path) -> None:
    result = run("layers.py:Dense")
    assert "written: test_layers_gradients.py" in result.stderr
    assert (folder / "test_layers_gradients.py").exists()


def test_a_file_that_exists_is_written_over_only_by_force(folder: Path) -> None:
    (folder / "mine.py").write_text("edited = True\n", encoding="utf-8")
    said = refused("layers.py", "-o", "mine.py")
    assert "mine.py exists already, and may have been edited: name another file, or write over it with --force" in said
    assert (folder / "mine.py").read_text(encoding="utf-8") == "edited = True\n"
    assert run("layers.py", "-o", "mine.py", "--force").exit_code == 0
    assert "gdverify.bind" in (folder / "mine.py").read_text(encoding="utf-8")


def test_a_folder_that_is_missing_is_told_before_anything_is_done(folder: Path) -> None:
    assert "there is no folder nowhere; make it, or name another file" in refused("layers.py", "-o", "nowhere/test.py")


def test_typos_are_told_what_is_close(folder: Path) -> None:
    assert "no such file" in refused("layer.py")
    assert "did you mean Dense" in refused("layers.py:Dens")
    assert "unknown" in refused("layers.py", "--loss", "mean_square_error")
    assert not list(folder.glob("test_*"))


def test_without_a_target_it_asks_for_one(folder: Path) -> None:
    result = run()
    assert result.exit_code == 2
    assert "Missing argument" in result.stderr


def test_where_nothing_is_found_it_says_what_an_audit_says(folder: Path) -> None:
    (folder / "empty.py").write_text("import math\n\nprint(math.pi)\n", encoding="utf-8")
    audited = CliRunner().invoke(main, ["audit", "empty.py"])
    assert audited.exit_code == 2
    assert refused("empty.py") == audited.stderr


def test_what_is_asked_stands_there_as_a_question(folder: Path) -> None:
    (folder / "xor.py").write_bytes((FILES / "fixed_sizes.py").read_bytes())
    result = run("xor.py:XorNet", "-o", "-")
    assert result.exit_code == 0
    assert "# xor.py:XorNet\n# No test yet:" in result.stdout
    assert "def test_" not in result.stdout
    assert "import" not in result.stdout.partition('"""\n')[2].partition("#")[0]


def test_code_is_not_trained(folder: Path) -> None:
    (folder / "layers.py").write_text(LAYERS + "\n\nopen('trained', 'w').close()\nwhile True:\n    pass\n", "utf-8")
    assert run("layers.py:Dense", "-o", "test_it.py", "--examples", 10).exit_code == 0
    checks_in(folder / "test_it.py")["test_dense"]()
    assert not (folder / "trained").exists()


def test_marked_subjects_are_checked_as_they_are(folder: Path) -> None:
    (folder / "marked.py").write_text(MARKED, encoding="utf-8")
    assert run("marked.py", "-o", "test_it.py").exit_code == 0
    assert "    gdverify.check(marked.by_hand)\n" in (folder / "test_it.py").read_text(encoding="utf-8")
    tests = checks_in(folder / "test_it.py")
    assert [*tests] == ["test_by_hand", "test_by_hand_too"]
    tests["test_by_hand"]()


def test_several_targets_are_in_one_file(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "layers.py").write_text(LAYERS, encoding="utf-8")
    result = run("layers.py:Dense", "sub/layers.py", "layers.py:Dense", "-o", "-")
    assert re.findall(r"def (test_\w+)", result.stdout) == [
        "test_layers_dense",
        "test_layers_2_dense",
        "test_layers_2_dense_averaged",
    ]
    assert 'layers_2 = gdverify.definitions("sub/layers.py")' in result.stdout


def test_a_module_is_named_as_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder)
    (folder / "package_of_mine").mkdir()
    (folder / "package_of_mine" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "package_of_mine" / "dense.py").write_text(LAYERS, encoding="utf-8")
    result = run("package_of_mine.dense:Dense", "-o", "-")
    assert 'dense = gdverify.definitions("package_of_mine.dense")' in result.stdout
    assert "test_dense_dense" in result.stdout


def test_what_is_named_is_kept_in_the_file(folder: Path) -> None:
    text = run(FILES / "boosting.py:squared_objective", "--loss", "squared_error", "-o", "-").stdout
    assert 'against=gdverify.hessian_diagonal("squared_error", operand="y")' in text


def test_an_audit_saves_what_it_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(main, ["audit", "layers.py", "--examples", "20", "--save-binding", "test_saved.py"])
    assert result.exit_code == 1
    assert "WRONG" in result.stdout
    assert "written: test_saved.py" in result.stderr
    saved = (folder / "test_saved.py").read_text(encoding="utf-8")
    written = run("layers.py", "--examples", 20, "-o", "-").stdout
    assert saved.replace("gdverify audit", "gdverify write") == written
    why = [line.strip() for line in result.stdout.splitlines() if line.startswith(("  why", "  formula", "  line"))]
    assert len(why) > 2
    with pytest.raises(AssertionError) as failed:
        checks_in(folder / "test_saved.py")["test_dense_averaged"]()
    assert all(line in str(failed.value) for line in why)


def test_an_audit_refuses_to_save_over_a_file_before_it_begins(folder: Path) -> None:
    (folder / "mine.py").write_text("", encoding="utf-8")
    result = CliRunner().invoke(main, ["audit", "layers.py", "--save-binding", "mine.py"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mine.py exists already" in result.stderr


def test_without_a_target_there_is_nothing_to_save() -> None:
    result = CliRunner().invoke(main, ["audit", "--save-binding", "test_saved.py"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--save-binding needs a TARGET" in result.stderr


def test_two_things_of_one_name_are_both_tested(folder: Path) -> None:
    (folder / "both.py").write_text(BOTH, encoding="utf-8")
    assert run("both.py", "-o", "test_both.py").exit_code == 0
    text = (folder / "test_both.py").read_text(encoding="utf-8")
    assert re.findall(r"def (\w+)", text) == ["test_tanh", "run_tanh_2", "test_tanh_2"]
    assert "run=run_tanh_2" in text
    assert [passes(test) for test in checks_in(folder / "test_both.py").values()] == [True, False]


def test_nothing_is_bound_twice_when_it_is_saved(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = folder / "counted"
    original = found.find_subjects

    def counting(unit: object, **asked: object) -> object:
        with counted.open("a", encoding="utf-8") as stream:  # it runs in a process of its own
            stream.write("x")
        return original(unit, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(found, "find_subjects", counting)
    CliRunner().invoke(main, ["audit", "layers.py:Dense", "--examples", "10", "--save-binding", "test_saved.py"])
    assert counted.read_text(encoding="utf-8") == "x"
