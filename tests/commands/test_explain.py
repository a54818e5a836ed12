"""``gdverify explain``: one derivation in the terminal, and in the forms that files have."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gdverify.cli import main
from gdverify.pages.files import documented_pages

NET = '''
import gdverify
from gdverify.operations.activations import tanh


@gdverify.operation("a")
def double(z):
    """Twice the value."""
    return 2 * z


@gdverify.operation("a")
def triple(z):
    """Three times the value."""
    return 3 * z
'''


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "net.py").write_text(NET)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments])


def section(output: str, title: str) -> list[str]:
    lines = output.splitlines()
    start = lines.index(title) + 1
    end = next((at for at in range(start, len(lines)) if not lines[at]), len(lines))
    return lines[start:end]


def test_the_whole_of_a_small_one() -> None:
    assert (
        run("leaky_relu", "--set", "alpha=1/5").stdout
        == """\
leaky_relu_alpha1_5
Leaky rectified linear unit, max(z, αz) for 0 < α < 1.
Source: Maas et al. (2013).

tensors
    z   (batch, features)  input
    da  (batch, features)  given
    a   (batch, features)  result
    n runs over batch, j runs over features.

forward
    a = leaky_relu(z, alpha=0.2)
        a[n, j] = (z[n, j] if z[n, j] > 0 else 0.2 z[n, j])

backward
    dz  (batch, features)
        z is read by a = leaky_relu(z, alpha=0.2), so its adjoint is that of a
        times the derivative of leaky_relu, taken at z.
        dz[n, j] = da[n, j] ∂a[n, j]/∂z[n, j]
                 = da[n, j] (1 if z[n, j] > 0 else 0.2)

conventions at kinks
    a = leaky_relu(z, alpha=0.2) has a kink where z[n, j] = 0. The derivative by
    z is declared to be 0.2 there; every value in [0.2, 1] is a subgradient, and
    allowed.
"""
    )


def test_a_network_from_the_loss_to_the_first_weight() -> None:
    result = run("mlp_tanh")
    assert result.exit_code == 0
    steps = [line.split()[0] for line in section(result.stdout, "backward") if line.startswith("    d")]
    assert steps == ["dz3", "dW3", "db3", "da2", "dz2", "dW2", "db2", "da1", "dz1", "dW1", "db1"]
    assert "        dz3[n, o] = ∂/∂z3[n, o] ((z3[n, o] - t[n, o])² / (batch outputs))" in result.stdout
    assert "        dW1[h1, i] = Σ_n dz1[n, h1] ∂z1[n, h1]/∂W1[h1, i]" in result.stdout
    assert "                   = Σ_n x[n, i] dz1[n, h1]" in result.stdout
    assert section(result.stdout, "derivatives of its functions") == ["    ∂tanh(u)/∂u = 1 - tanh(u)²"]
    assert section(result.stdout, "conventions at kinks") == ["    None: no derivative jumps."]


@pytest.mark.parametrize("page", [page.name for page in documented_pages()])
def test_every_page_fits_in_80_columns(page: str) -> None:
    result = run(page)
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "`" not in result.stdout
    assert not result.stderr


def test_options_of_a_family() -> None:
    text = run("mlp", "--set", "hidden=0", "--set", "loss=absolute_error").stdout
    assert "loss = absolute_error(z1, t)" in text
    assert "z2" not in text


def test_the_user_s_own() -> None:
    assert "a[n, j] = 2 z[n, j]" in run("net.py:double").stdout


def test_a_file_with_several_needs_a_name() -> None:
    result = run("net.py")
    assert result.exit_code == 2
    assert "net.py defines 2 of them; name one: net.py:double, net.py:triple." in result.stderr


def test_an_unknown_name_lists_the_closest() -> None:
    result = run("tahn")
    assert result.exit_code == 2
    assert result.stderr == "gdverify: unknown page, architecture or operation 'tahn': did you mean tanh or mlp_tanh?\n"
    assert not result.stdout


@pytest.mark.parametrize(("option", "ending"), [("--markdown", "md"), ("--numpy", "py")])
def test_as_the_file_that_derive_writes(place: Path, option: str, ending: str) -> None:
    CliRunner().invoke(main, ["derive", "mlp_relu"])
    assert run("mlp_relu", option).stdout == (place / f"derivations/mlp_relu.{ending}").read_text(encoding="utf-8")


def test_latex_is_a_formula_a_line() -> None:
    lines = run("linear_map", "--latex").stdout.splitlines()
    assert lines == [
        "% forward",
        r"y = x \, \theta",
        r"L = \frac{{\left(y - t\right)}^{2}}{2}",
        "% backward",
        r"\frac{\partial L}{\partial y} = "
        r"\frac{\partial}{\partial y} \left(\frac{{\left(y - t\right)}^{2}}{2}\right) = y - t",
        r"\frac{\partial L}{\partial \theta} = "
        r"\frac{\partial L}{\partial y} \, \frac{\partial y}{\partial \theta} = x \, \frac{\partial L}{\partial y}",
        r"\frac{\partial L}{\partial x} = "
        r"\frac{\partial L}{\partial y} \, \frac{\partial y}{\partial x} = \theta \, \frac{\partial L}{\partial y}",
    ]


def test_no_colour_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[36m" in run("relu").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in run("relu").stdout


def test_second_derivatives_say_of_each_line_whose_derivative_it_is() -> None:
    found = run("mlp", "--set", "hidden=1", "--hessian", "product").stdout
    assert section(found, "directions")[0].split() == ["vW1", "(hidden1,", "inputs)"]
    beyond = section(found, "second order")
    assert beyond[:2] == [
        "    How z1 changes along the direction.",
        "        vz1[n, h1] = Σ_i x[n, i] vW1[h1, i] + vb1[h1]",
    ]
    assert "    The Hessian times the direction, by W1: how its gradient changes." in beyond
    assert not any("dx" in line for line in section(found, "backward"))


def test_second_derivatives_in_latex_and_as_files() -> None:
    lines = run("squared_error", "--hessian", "diagonal", "--latex").stdout.splitlines()
    assert lines[-1] == r"\frac{\partial^{2} L}{\partial \left(y_{n o}\right)^{2}} = 2"
    assert "def hessian_diagonal(y, t):" in run("squared_error", "--hessian", "diagonal", "--numpy").stdout
    assert "# squared_error_hessian_diagonal" in run("squared_error", "--hessian", "diagonal", "--markdown").stdout
