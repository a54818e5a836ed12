"""``gdverify derive``: what it writes, what it compares, and what it refuses."""

from __future__ import annotations

import os
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from gdverify import catalogue
from gdverify.cli import main
from gdverify.commands import progress
from gdverify.pages.files import documented_pages

NET = '''
from gdverify import axis, architecture, functions, input_tensor, operation, parameter, target
from gdverify.operations.affine import linear
from gdverify.operations.activations import tanh
from gdverify.operations.losses import mean_squared_error


@operation("a")
def swish(z):
    """Swish. Source: Ramachandran et al. (2017)."""
    return z * functions.sigmoid(z)


@architecture
def my_net(hidden: int = 1, activation=tanh):
    """A small net."""
    n, i, o = axis("batch", "n"), axis("inputs"), axis("outputs")
    z = linear(input_tensor("x", n, i), parameter("W", o, i))
    return mean_squared_error(activation(z), target("t", n, o))
'''


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    return tmp_path


@pytest.fixture
def net(place: Path) -> Path:
    path = place / "net.py"
    path.write_text(NET)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["derive", *arguments])


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def banner(path: Path) -> str:
    return read(path).splitlines()[0].removesuffix(" -->").partition("Regenerate with: ")[2]


def test_without_a_target_everything_is_written_once(place: Path) -> None:
    result = run()
    assert result.exit_code == 0
    written = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    names = {f"derivations/{page.name}.{end}" for page in documented_pages() for end in ("py", "md")}
    assert written == names | {"derivations/README.md"}
    assert "wrote derivations/operations/relu.md\n" in result.stdout
    again = run()
    assert again.stdout == f"unchanged: {len(written)} of {len(written)} files in derivations\n"
    assert result.stderr == again.stderr == ""


def test_what_takes_longer_says_so_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    result = run("relu", "tanh")
    assert result.stderr == "deriving operations/relu …\nderiving operations/tanh …\n"
    assert "deriving" not in result.stdout


def test_every_file_names_the_command_that_writes_it_again(place: Path) -> None:
    run("--into", "docs/pages")
    files = [path for path in place.rglob("*") if path.is_file() and path.name != "README.md"]
    for path in sorted(files)[::6]:
        text, words = read(path), shlex.split(banner(path))
        path.unlink()
        assert words[0] == "gdverify"
        assert CliRunner().invoke(main, words[1:]).exit_code == 0
        assert read(path) == text
    assert banner(place / "docs/pages/README.md") == "gdverify derive --into docs/pages"


@pytest.mark.parametrize(
    ("arguments", "written", "command"),
    [
        (["relu"], "operations/relu", "gdverify derive relu"),
        (["operations/relu"], "operations/relu", "gdverify derive relu"),
        (["mlp_relu"], "mlp_relu", "gdverify derive mlp_relu"),
        (["mlp"], "mlp", "gdverify derive mlp"),
        (["mlp", "--set", "activation=relu"], "mlp_relu", "gdverify derive mlp_relu"),
        (
            ["mlp", "--set", "activation=relu", "--set", "hidden=3"],
            "mlp_hidden3_relu",
            "gdverify derive mlp --set hidden=3 --set activation=relu",
        ),
        (
            ["leaky_relu", "--set", "alpha=1/5"],
            "operations/leaky_relu_alpha1_5",
            "gdverify derive leaky_relu --set alpha=1/5",
        ),
    ],
)
def test_a_target_of_the_catalogue(place: Path, arguments: list[str], written: str, command: str) -> None:
    result = run(*arguments)
    assert result.stdout == f"wrote derivations/{written}.py\nwrote derivations/{written}.md\n"
    assert banner(place / "derivations" / f"{written}.py") == command
    assert banner(place / "derivations" / f"{written}.md") == command


def test_second_derivatives_are_written_beside_the_page(place: Path) -> None:
    result = run("softmax_cross_entropy", "--hessian", "diagonal")
    written = place / "derivations/operations/softmax_cross_entropy_hessian_diagonal.py"
    page = written.with_suffix(".md")
    assert result.stdout == f"wrote {written.relative_to(place)}\nwrote {page.relative_to(place)}\n"
    assert r"\frac{\partial^{2} L}{\partial \left(y_{n o}\right)^{2}} =" in page.read_text(encoding="utf-8")
    assert banner(written) == "gdverify derive softmax_cross_entropy --hessian diagonal"
    found = runpy.run_path(str(written))["hessian_diagonal"](np.zeros((1, 2)), np.array([[0.0, 1.0]]))
    assert found["y"].tolist() == [[0.25, 0.25]]
    assert run("softmax_cross_entropy", "--hessian", "diagonal", "--check").exit_code == 0
    written.write_text("# Generated by gdverify\n")
    stale = run("softmax_cross_entropy", "--hessian", "diagonal", "--check")
    assert stale.exit_code == 1
    assert stale.stdout.endswith("\nupdate with: gdverify derive softmax_cross_entropy --hessian diagonal\n")


def test_a_product_with_settings_and_a_folder(place: Path) -> None:
    assert run("mlp", "--set", "hidden=1", "--hessian", "product", "--into", "out").exit_code == 0
    assert banner(place / "out/mlp_hidden1_hessian_product.py") == (
        "gdverify derive mlp --set hidden=1 --hessian product --into out"
    )


def test_a_setting_reaches_the_formulas(place: Path) -> None:
    run("leaky_relu", "--set", "alpha=1/5")
    module = runpy.run_path(str(place / "derivations/operations/leaky_relu_alpha1_5.py"))
    assert module["forward"](np.array([-1.0, 2.0])).tolist() == [-0.2, 2.0]


def test_the_user_s_definitions_and_not_what_they_import(place: Path, net: Path) -> None:
    result = run("net.py", "--into", "out")
    assert result.exit_code == 0
    assert {path.name for path in (place / "out").iterdir()} == {"swish.py", "swish.md", "my_net.py", "my_net.md"}
    assert banner(place / "out/my_net.md") == "gdverify derive net.py:my_net --into out"


def test_one_of_the_user_s_by_name_with_an_operation_of_the_user_s(place: Path, net: Path) -> None:
    result = run("net.py:my_net", "--set", "activation=swish")
    assert result.exit_code == 0
    assert "`a = swish(z)`" in read(place / "derivations/my_net_swish.md")
    assert banner(place / "derivations/my_net_swish.md") == "gdverify derive net.py:my_net --set activation=swish"


def test_a_module(place: Path, net: Path) -> None:
    net.rename(place / "own_module.py")
    assert run("own_module:swish").exit_code == 0
    assert banner(place / "derivations/swish.py") == "gdverify derive own_module:swish"


def test_what_is_imported_is_derived_when_it_is_named(place: Path, net: Path) -> None:
    assert run("net.py:tanh").exit_code == 0
    assert (place / "derivations/tanh.py").is_file()


def test_no_path_of_this_machine_is_written(place: Path, net: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert run(str(net), "--into", str(elsewhere)).exit_code == 0
    for path in elsewhere.iterdir():
        assert str(place) not in read(path)
        assert str(elsewhere) not in read(path)
        assert banner(path) == f"gdverify derive net.py:{path.stem}"


REFUSED = {
    "a typo": (["mlp_rely"], "unknown page, architecture or operation 'mlp_rely': did you mean mlp_relu"),
    "no such name in the file": (["net.py:my_nte"], "in net.py: 'my_nte': did you mean my_net?"),
    "no such file": (["nowhere.py"], "nowhere.py: no such file; expected a Python file"),
    "nothing in it": (["empty.py"], "empty.py defines neither an architecture nor an operation; mark a function"),
    "a module with nothing in it": (["json"], "json defines neither an architecture nor an operation"),
    "a file that raises": (["broken.py"], "broken.py:2: while importing: ZeroDivisionError"),
    "an unknown option": (
        ["mlp", "--set", "width=3"],
        "unknown option of mlp 'width': known: activation, hidden, loss",
    ),
    "no options": (["relu", "--set", "alpha=3"], "relu has no options"),
    "a word for a number": (
        ["mlp", "--set", "hidden=two"],
        "--set hidden=two: expected a whole number; the default is 2",
    ),
    "a word for a constant": (["leaky_relu", "--set", "alpha=x"], "expected a number such as 0.05 or 1/20"),
    "no such operation": (["mlp", "--set", "activation=rely"], "unknown operation 'rely': did you mean relu"),
    "half a setting": (["mlp", "--set", "hidden"], "--set hidden: expected NAME=VALUE"),
    "a setting twice": (["mlp", "--set", "hidden=1", "--set", "hidden=2"], "hidden is already set to 1"),
    "a setting of nothing": (["--set", "hidden=1"], "--set needs a TARGET"),
    "second derivatives of nothing": (["--hessian", "product"], "--hessian needs a TARGET: the loss or network"),
    "a diagonal through a recurrence": (["rnn", "--hessian", "diagonal"], "it goes round a recurrence"),
    "two for one file": (["net.py:tanh", "other.py:tanh"], "two targets would be written to tanh.py"),
    "a folder that is a file": (["relu", "--into", "net.py"], "cannot write to net.py"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_is_written(place: Path, net: Path, case: str) -> None:
    (place / "empty.py").write_text("from gdverify.operations.activations import tanh\n")
    (place / "other.py").write_text("from gdverify.operations.activations import tanh\n")
    (place / "broken.py").write_text("x = 1\n1 / 0\n")
    arguments, message = REFUSED[case]
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not result.stdout
    assert not (place / "derivations").exists()


def test_a_file_that_a_person_wrote_is_not_overwritten(place: Path) -> None:
    source = NET.replace("def swish", "def net")
    (place / "net.py").write_text(source)
    result = run("net.py", "--into", ".")
    assert result.exit_code == 2
    assert "net.py is in the way: it was not generated by gdverify" in result.stderr
    assert read(place / "net.py") == source
    assert not (place / "my_net.py").exists()


@pytest.mark.parametrize("closed", ["derivations", "derivations/operations"])
def test_nothing_is_half_written(place: Path, monkeypatch: pytest.MonkeyPatch, closed: str) -> None:
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != closed and real(path, mode))
    result = run()
    assert result.exit_code == 2
    assert f"gdverify: cannot write to {closed}: no permission" in result.stderr
    assert not [path for path in place.rglob("*") if path.is_file()]


def test_check_of_what_is_up_to_date(place: Path) -> None:
    run()
    result = run("--check")
    assert result.exit_code == 0
    assert result.stdout.endswith("files in derivations are as they would be generated\n")


def test_check_shows_what_is_stale_and_the_command(place: Path) -> None:
    run()
    path = place / "derivations/mlp_relu.py"
    planted = read(path).replace("da2 = dz3 @ W3", "da2 = dz3 @ W3.T")
    path.write_text(planted, encoding="utf-8")
    result = run("--check")
    assert result.exit_code == 1
    assert "stale derivations/mlp_relu.py\n--- derivations/mlp_relu.py\n" in result.stdout
    assert "\n-    da2 = dz3 @ W3.T\n+    da2 = dz3 @ W3\n" in result.stdout
    assert result.stdout.endswith("\nupdate with: gdverify derive\n")
    assert read(path) == planted
    assert run().exit_code == 0
    assert run("--check").exit_code == 0


def test_check_names_what_is_missing_and_what_is_extra(place: Path) -> None:
    run()
    (place / "derivations/line.md").unlink()
    (place / "derivations/operations/old.md").write_text("")
    result = run("--check")
    assert result.exit_code == 1
    assert result.stdout == (
        "missing derivations/line.md\n"
        "extra derivations/operations/old.md\n"
        "update with: gdverify derive\n"
        "remove what is extra with: rm derivations/operations/old.md\n"
    )
    assert not (place / "derivations/line.md").exists()


def test_check_of_one_target_leaves_the_others_alone(place: Path) -> None:
    run("relu", "--into", "out")
    (place / "out/extra.md").write_text("")
    assert run("relu", "--into", "out", "--check").exit_code == 0
    (place / "out/operations/relu.md").write_text("old\n")
    result = run("relu", "--into", "out", "--check")
    assert result.exit_code == 1
    assert "\n-old\n" in result.stdout
    assert result.stdout.endswith("update with: gdverify derive relu --into out\n")


def test_check_writes_no_folder(place: Path) -> None:
    result = run("relu", "--check")
    assert result.exit_code == 1
    assert result.stdout.startswith("missing derivations/operations/relu.py\n")
    assert not (place / "derivations").exists()


def test_the_generated_modules_run(place: Path) -> None:
    run("mlp_tanh", "tanh")
    mlp = runpy.run_path(str(place / "derivations/mlp_tanh.py"))
    rng = np.random.default_rng(0)
    shapes = {"W1": (4, 3), "b1": (4,), "W2": (5, 4), "b2": (5,), "W3": (2, 5), "b3": (2,)}
    weights = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    loss, gradients = mlp["loss_and_gradients"](rng.normal(size=(6, 3)), **weights, t=rng.normal(size=(6, 2)))
    assert np.isfinite(loss)
    assert {name: gradient.shape for name, gradient in gradients.items()} == shapes
    assert "tanh" in catalogue.operations()
