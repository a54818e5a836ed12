"""What a subject is allowed beyond the bound: a factor, a coarser precision inside, one choice at kinks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import gdverify
from gdverify.auditing.audit import check
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, WRONG, SubjectReport
from gdverify.cases.case import Array, Case
from gdverify.cli import main
from gdverify.errors import UsageError
from tests.auditing.subjects import RIGHT, Gradients, by_tests, judged, net, right, with_gradients
from tests.conftest import FRESH

pytestmark = pytest.mark.usefixtures("few_fresh_cases")


def said(report: SubjectReport, kind: str) -> str:
    (message,) = [remark.message for remark in report.diagnosis if remark.kind == kind]
    return message


# -- a factor of the bound


def off(relative: float) -> Any:
    return with_gradients(lambda gradient, case: gradient * gradient.dtype.type(1 + relative))


def test_a_factor_widens_the_bound_and_is_said() -> None:
    network = judged(off(1e-12), hidden=0)
    strict, loose = by_tests(network, examples=30), by_tests(network, examples=30, tolerance=1e4)
    assert (strict.verdict, loose.verdict) == (WRONG, CORRECT)
    assert "\n  bound    2 × the rounding error of a correct implementation; tolerance=FACTOR multiplies it\n" in str(
        strict
    )
    assert "\n  bound    2 × 10000 (tolerance=10000) × the rounding error of a correct implementation\n" in str(loose)
    assert "tolerance=10000.0" in loose.command
    assert "tolerance" not in strict.command
    check(network, examples=10, tolerance=1e4)


def test_a_factor_multiplies_every_tolerance_and_leaves_less_to_see() -> None:
    one, four = (by_tests(judged(right, hidden=1), examples=40, tolerance=factor) for factor in (1, 4e9))
    for strict, loose in zip(one.parameters, four.parameters, strict=True):
        assert loose.informative_entries < strict.informative_entries
    assert [row.tolerance / 8 for row in by_tests(judged(right, hidden=0), examples=1, tolerance=8).parameters] == [
        row.tolerance for row in by_tests(judged(right, hidden=0), examples=1).parameters
    ]


def test_a_mark_may_have_one_and_a_call_counts_more() -> None:
    marked = gdverify.subject("mlp", hidden=0, tolerance=1e4)(off(1e-12))
    assert by_tests(marked, examples=30).verdict == CORRECT
    assert by_tests(marked, examples=30, tolerance=1).verdict == WRONG


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf"), True, "2"])
def test_a_factor_that_makes_no_sense_is_refused(factor: Any) -> None:
    expected = r"tolerance=.*: expected a finite number above 0, by which the derived bound is multiplied"
    for refusing in (
        lambda: gdverify.subject("mlp", tolerance=factor),
        lambda: by_tests(right, "mlp", tolerance=factor),
    ):
        with pytest.raises(UsageError, match=expected):
            refusing()


# -- a precision inside


def narrow(case: Case) -> Gradients:
    """Computes in float32, whatever it is given."""
    single = case.replaced(**{name: array.astype(np.float32) for name, array in case.arrays.items()})
    return {name: np.asarray(value, case.dtype) for name, value in right(single).items()}


def rounded_on_the_way(case: Case) -> Gradients:
    """A layer whose activation alone is kept in float32."""
    x, t = case.inputs["x"], case.targets["t"]
    W1, b1, W2, b2 = (case.parameters[name] for name in ("W1", "b1", "W2", "b2"))
    a1 = np.tanh(x @ W1.T + b1).astype(np.float32).astype(x.dtype)
    dy = 2 * (a1 @ W2.T + b2 - t) / t.size
    dz1 = dy @ W2 * (1 - a1**2)
    return {"W1": dz1.T @ x, "b1": dz1.sum(axis=0), "W2": dy.T @ a1, "b2": dy.sum(axis=0)}


@pytest.mark.parametrize("function", [narrow, rounded_on_the_way])
def test_single_precision_inside_is_named(function: Any) -> None:
    report = by_tests(judged(function, hidden=1))
    assert report.verdict == WRONG
    assert [remark.kind for remark in report.diagnosis] == ["single precision"]
    message = said(report, "single precision")
    assert message.startswith("computes in single precision somewhere inside: ")
    assert f"(confirmed on {FRESH} fresh cases)" in message
    assert message.endswith('@gdverify.subject(…, precision="float32") judges by float32\'s bound')


@pytest.mark.parametrize("function", [narrow, rounded_on_the_way])
def test_single_precision_may_be_meant(function: Any) -> None:
    report = by_tests(gdverify.subject("mlp", hidden=1, precision="float32")(function))
    assert report.verdict == CORRECT
    assert "of a correct implementation that computes in float32; tolerance=FACTOR multiplies it\n" in str(report)


def test_what_is_wrong_in_single_precision_stays_wrong() -> None:
    doubled = gdverify.subject("mlp", hidden=1, precision="float32")(
        lambda case: {k: v if k == "loss" else v * v.dtype.type(1.001) for k, v in narrow(case).items()}
    )
    assert by_tests(doubled).verdict == WRONG


@pytest.mark.parametrize("relative", [1e-9, 1e-8, 1e-7])
def test_a_small_constant_is_no_single_precision(relative: float) -> None:
    report = by_tests(judged(off(relative), hidden=1), examples=30)
    assert [remark.kind for remark in report.diagnosis if remark.kind != "witnesses"] == ["ratio"]


def test_one_entry_that_is_off_in_the_ninth_digit_is_no_single_precision() -> None:
    def last(gradient: Array, case: Case) -> Array:
        spoilt = gradient.copy()
        spoilt.flat[-1] *= 1 + 1e-8 * (1 + case.sizes["batch"])
        return spoilt

    report = by_tests(judged(with_gradients(last), hidden=1, activation="tanh"), examples=30)
    assert report.verdict == WRONG
    assert "single precision" not in {remark.kind for remark in report.diagnosis}


def test_a_precision_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match=r"precision='half': expected one of \('float64', 'float32'\)"):
        gdverify.subject("mlp", precision="half")


# -- one choice at kinks


def rectifier(at_zero: float, below: float = 0.0) -> Any:
    def activation(case: Case) -> Gradients:
        z, da = case.inputs["z"], case.upstream["da"]
        return {"z": (da * np.where(z == 0, at_zero, np.where(z > 0, 1, below))).astype(z.dtype)}

    return activation


def difference(at_zero: float) -> Any:
    def loss(case: Case) -> Gradients:
        y, t = case.inputs["y"], case.targets["t"]
        return {"y": np.where(y == t, at_zero, np.sign(y - t)).astype(y.dtype)}

    return loss


KINKS = [
    *((f"relu {s}", rectifier(s), "relu", s) for s in (0.0, 0.25, 1.0)),
    *((f"leaky_relu {s}", rectifier(s, 0.01), "leaky_relu", s) for s in (0.01, 0.5, 1.0)),
    *((f"absolute_error {s}", difference(s), "absolute_error", s) for s in (-1.0, 0.0, 0.5)),
]


@pytest.mark.parametrize(("function", "against", "slope"), [row[1:] for row in KINKS], ids=[row[0] for row in KINKS])
@pytest.mark.parametrize("required", [0.01, 0.5, 1.0, "declared"])
def test_one_choice_may_be_required(function: Any, against: str, slope: float, required: float | str) -> None:
    declared = {"relu": 0.0, "leaky_relu": 0.01, "absolute_error": 0.0}[against]
    wanted = declared if required == "declared" else required
    report = by_tests(function, against, kink=required)
    assert report.verdict == (CORRECT if slope == wanted else WRONG)
    assert report.judged is not None
    assert report.judged.kink == required
    if report.verdict == WRONG:
        message = said(report, "kink only")
        assert message.startswith("wrong only where ")
        assert f"has to be {'1/100' if wanted == 0.01 and required == 'declared' else f'{wanted:g}'}, since" in message
        if slope not in (0.25,):
            assert message.endswith(f"; it takes {slope:g}")
        assert f"kink={required!r}" in report.command


def test_the_required_choice_goes_through_a_network() -> None:
    def perceptron(at_zero: float) -> Any:
        def network(case: Case) -> Gradients:
            x, t = case.inputs["x"], case.targets["t"]
            W1, b1, W2, b2 = (case.parameters[name] for name in ("W1", "b1", "W2", "b2"))
            z1 = x @ W1.T + b1
            a1 = np.maximum(z1, 0)
            dy = 2 * (a1 @ W2.T + b2 - t) / t.size
            dz1 = dy @ W2 * np.where(z1 == 0, at_zero, z1 > 0).astype(x.dtype)
            return {"W1": dz1.T @ x, "b1": dz1.sum(axis=0), "W2": dy.T @ a1, "b2": dy.sum(axis=0)}

        return Subject(network, "n", "mlp", {"hidden": 1, "activation": "relu"})

    assert by_tests(perceptron(0.5), kink=0.5).verdict == CORRECT
    report = by_tests(perceptron(1.0), kink=0)
    assert said(report, "kink only").startswith("wrong only where z1 is exactly 0, in ")


@pytest.mark.parametrize(("slope", "taken"), [(2.0, "; it takes 2"), (-1.0, "; it takes -1")])
def test_outside_of_the_allowed_set_is_wrong_and_said_to_be_so_at_the_kink_only(slope: float, taken: str) -> None:
    report = by_tests(rectifier(slope), "relu")
    assert report.verdict == WRONG
    message = said(report, "kink only")
    assert message.startswith("wrong only where z is exactly 0, in ")
    assert ": the derivative of relu there may be any value from 0 to 1" in message
    assert message.endswith(taken)


def test_what_is_wrong_elsewhere_too_is_not_said_to_be_wrong_at_the_kink() -> None:
    report = by_tests(rectifier(0, below=0.1), "relu")
    assert report.verdict == WRONG
    assert "kink only" not in {remark.kind for remark in report.diagnosis}


@pytest.mark.parametrize("number", [2, -0.1])
def test_a_choice_outside_of_the_allowed_set_is_refused(number: float) -> None:
    with pytest.raises(
        UsageError, match=rf"kink={number}: expected a number from 0 to 1, the subgradients at the kink"
    ):
        by_tests(rectifier(0), "relu", kink=number)


@pytest.mark.parametrize("wanted", ["zero", float("nan"), True])
def test_a_choice_that_is_none_is_refused(wanted: Any) -> None:
    with pytest.raises(
        UsageError, match=r"kink=.*: expected a number, the derivative that has to be taken at kinks, or"
    ):
        gdverify.subject("relu", kink=wanted)


# -- from the command line


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "right.py").write_text(net(("network", RIGHT)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)])


def test_the_command_takes_both_and_replays_them(folder: Path) -> None:
    result = run("right.py", "--examples", 5, "--tolerance", 3, "--kink", "declared", "--json", "-")
    (found,) = json.loads(result.stdout)["subjects"]
    assert found["command"] == "gdverify audit right.py:network --seed 0 --examples 5 --tolerance 3 --kink declared"
    assert found["bound"] == {"safety": 2.0, "tolerance": 3.0, "precision": None, "kink": "declared"}
    (plain,) = json.loads(run("right.py", "--examples", 5, "--json", "-").stdout)["subjects"]
    assert plain["bound"] == {"safety": 2.0, "tolerance": 1.0, "precision": None, "kink": None}


@pytest.mark.parametrize(
    "arguments",
    [("--tolerance", "0"), ("--tolerance", "nan"), ("--tolerance", "-3"), ("--tolerance", "few"), ("--kink", "up")],
    ids=" ".join,
)
def test_the_command_refuses_what_makes_no_sense(folder: Path, arguments: tuple[str, str]) -> None:
    result = run("right.py", *arguments)
    assert result.exit_code == 2
    assert not result.stdout
    assert arguments[0].removeprefix("--") in result.stderr
