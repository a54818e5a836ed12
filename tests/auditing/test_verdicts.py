"""From subject to verdict: correct, wrong, undecided, error; and what the verdict rests on."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import hypothesis.core
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import FailedHealthCheck

import gdverify
from gdverify.auditing.audit import audit, check
from gdverify.auditing.subject import Subject, name_of
from gdverify.auditing.verdicts import CORRECT, ERROR, UNDECIDED, WRONG, Report, SubjectReport
from gdverify.cases.case import Array, Case
from gdverify.notation import Tensor, architecture, axis, operation, parameter, target
from gdverify.operations.activations import relu
from gdverify.operations.losses import squared_error
from tests.auditing.subjects import Gradients, by_tests, judged, layer, right, with_gradients

pytestmark = pytest.mark.usefixtures("few_fresh_cases")

wrong = with_gradients(lambda gradient, case: gradient + 1)


def rows(report: SubjectReport) -> dict[str, str]:
    return {row.name: row.verdict for row in report.parameters}


def test_correct() -> None:
    report = audit(judged(right, hidden=1))
    assert report.verdict == CORRECT
    assert rows(report) == dict.fromkeys(("W1", "b1", "W2", "b2", "loss"), CORRECT)
    assert (report.subject, report.architecture) == ("net.py:network", "mlp(hidden=1)")
    assert (report.evidence, report.examples, report.seed) == ("proved", 100, 0)
    assert report.failing_case is None
    assert all(row.cases == 100 + report.further and row.informative > 60 for row in report.parameters)
    assert all(row.largest_error <= row.tolerance for row in report.parameters)


def test_wrong() -> None:
    report = audit(judged(wrong, hidden=1))
    assert report.verdict == WRONG
    assert rows(report) == {**dict.fromkeys(("W1", "b1", "W2", "b2"), WRONG), "loss": CORRECT}
    for row in report.parameters:
        if row.verdict == WRONG:
            assert row.largest_error == pytest.approx(1) == row.got - row.expected
            assert row.largest_error > row.tolerance


def test_only_what_is_wrong_is_called_wrong() -> None:
    def first_layer(case: Case) -> Gradients:
        return {name: -value if name == "W1" else value for name, value in right(case).items()}

    found = rows(audit(judged(first_layer, hidden=1), examples=40))
    assert found == {"W1": WRONG, "b1": CORRECT, "W2": CORRECT, "b2": CORRECT, "loss": CORRECT}


def test_the_smallest_failing_case_is_simple() -> None:
    report = by_tests(judged(wrong, hidden=(0, 1)))
    case = report.failing_case
    assert case is not None
    assert set(case.sizes.values()) == {1}
    # The case in which most is wrong: the deeper network.
    assert (case.options, case.regime, case.dtype) == ({"hidden": 1}, "ordinary", "float64")
    assert [line.split(" = ")[0] for line in case.numpy] == ["x", "W1", "b1", "W2", "b2", "t"]
    numbers = {float(line.split("[")[-1].split("]")[0]) for line in case.numpy}
    assert {abs(number) for number in numbers} <= {0.5, 1, 2}


def test_a_bug_of_large_batches_only_shrinks_to_the_smallest_of_them() -> None:
    late = with_gradients(lambda gradient, case: gradient + (case.sizes["batch"] > 3))
    report = by_tests(judged(late, hidden=0))
    assert report.failing_case is not None
    assert report.failing_case.sizes["batch"] == 4
    assert sorted(report.failing_case.sizes.values())[:-1] == [1, 1]


@operation("z")
def below(w: Any) -> Any:
    """Always negative."""
    return -(w**2) - 1


@architecture
def dead() -> Tensor:
    """Has units that are never active."""
    w = parameter("w", axis("units"))
    return squared_error(relu(below(w)), target("t", *w.axes))


def silent(case: Case) -> Gradients:
    return {"w": np.zeros_like(case.parameters["w"])}


def test_undecided_where_no_case_could_have_shown_an_error() -> None:
    report = audit(silent, dead)
    assert report.verdict == UNDECIDED
    assert rows(report) == {"w": UNDECIDED}
    assert [remark.message for remark in report.diagnosis if remark.kind == "undecided"] == [
        "w: the true gradient is zero in all of the 100 cases: the loss does not depend on it, or only where it is "
        "flat, so that any code which returns zeros would pass; judge against an architecture in which it matters"
    ]
    with pytest.raises(AssertionError, match=r"UNDECIDED   tested on 100 cases, seed 0\n  w       undecided"):
        check(silent, dead)


def test_a_wrong_gradient_of_dead_units_is_still_wrong() -> None:
    assert audit(lambda case: {"w": np.ones_like(case.parameters["w"])}, dead).verdict == WRONG


def test_five_informative_cases_decide() -> None:
    mostly = {"activation": "relu", "hidden": 3}
    report = audit(judged(right, **mostly), examples=100)
    assert min(row.informative for row in report.parameters) < 90
    assert report.verdict == CORRECT


def test_a_problem_in_one_case_is_an_error() -> None:
    def fragile(case: Case) -> Gradients:
        if case.sizes["batch"] == 5:
            raise ZeroDivisionError("five")
        return right(case)

    report = by_tests(judged(fragile))
    assert (report.verdict, report.parameters) == (ERROR, ())
    assert report.failing_case is not None
    assert report.failing_case.sizes["batch"] == 5
    assert {size for axis, size in report.failing_case.sizes.items() if axis != "batch"} == {1}


def test_an_error_of_ours_is_never_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever stops the cases from being examined must not pass for agreement.
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("in the reference")

    monkeypatch.setattr("gdverify.auditing.examination.reference", broken)
    with pytest.raises(RuntimeError, match="in the reference"):
        audit(judged(right))


# -- what a subject may do


def test_intermediate_tensors_may_be_returned_and_are_compared() -> None:
    def with_layers(case: Case, spoil: float = 0) -> Gradients:
        x, t = case.inputs["x"], case.targets["t"]
        found = right(case)
        y = np.tanh(x @ case.parameters["W1"].T + case.parameters["b1"]) @ case.parameters["W2"].T
        dz2 = 2 * (y + case.parameters["b2"] - t) / t.size
        return {**found, "z2": dz2, "da1": dz2 @ case.parameters["W2"] + case.dtype.type(spoil)}

    assert rows(by_tests(judged(with_layers, hidden=1)))["a1"] == CORRECT
    report = by_tests(judged(lambda case: with_layers(case, 1), hidden=1))
    assert [name for name, verdict in rows(report).items() if verdict == WRONG] == ["a1"]


def test_keys_may_have_a_d() -> None:
    assert (
        by_tests(judged(lambda case: {f"d{k}" if k != "loss" else k: v for k, v in right(case).items()})).verdict
        == CORRECT
    )


def test_the_loss_may_be_left_out() -> None:
    report = audit(judged(without_loss, hidden=1), examples=40)
    assert report.verdict == CORRECT
    assert "loss" not in rows(report)


def without_loss(case: Case) -> Gradients:
    return {name: value for name, value in right(case).items() if name != "loss"}


def test_scalars_may_be_python_numbers() -> None:
    def quadratic(case: Case) -> Gradients:
        z = float(case.parameters["z"])
        return {"loss": z * z, "z": 2 * z}

    assert audit(quadratic, "quadratic", examples=60).verdict == CORRECT


def test_what_it_prints_and_warns_of_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    def noisy(case: Case) -> Gradients:
        print("x" * 100_000)
        warnings.warn("look out", stacklevel=1)
        np.float64(1) / np.float64(0)
        return right(case)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert audit(judged(noisy, hidden=1), examples=30).verdict == CORRECT
    captured = capfd.readouterr()
    assert not captured.out
    assert not captured.err


def test_it_may_empty_the_case() -> None:
    def thief(case: Case) -> Gradients:
        found = right(case)
        for mapping in (case.inputs, case.parameters, case.sizes, case.options):
            mapping.clear()  # type: ignore[attr-defined]
        return found

    assert by_tests(judged(thief)).verdict == CORRECT


def test_it_may_take_one_dtype_only() -> None:
    seen: Counter[str] = Counter()

    def single(case: Case) -> Gradients:
        seen[case.dtype.name] += 1
        return right(case)

    assert by_tests(replace(judged(single), dtypes=("float32",))).verdict == CORRECT
    assert set(seen) == {"float32"}


def test_single_precision_inside_is_seen_in_double() -> None:
    def narrow(case: Case) -> Gradients:
        single = case.replaced(**{name: array.astype(np.float32) for name, array in case.arrays.items()})
        return {name: np.asarray(value, case.dtype) for name, value in right(single).items()}

    assert audit(judged(narrow, hidden=1), examples=20).verdict == WRONG
    assert audit(replace(judged(narrow, hidden=1), dtypes=("float32",)), examples=60).verdict == CORRECT


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_any_subgradient_at_a_kink_is_correct_and_reported(slope: float) -> None:
    def activation(case: Case) -> Gradients:
        z, da = case.inputs["z"], case.upstream["da"]
        return {"z": da * np.where(z == 0, slope, z > 0).astype(z.dtype)}

    report = by_tests(activation, "relu")
    assert report.verdict == CORRECT
    remarks = [remark.message for remark in report.diagnosis if remark.kind == "kink"]
    if slope == 0.3:
        assert remarks == []  # neither side
    else:
        (remark,) = remarks
        assert remark.startswith(f"at the kink of relu it takes {slope:.0f} (in ")
        assert remark.endswith(" cases) as the derivative; 0 is declared, every value from 0 to 1 is a subgradient")


# -- reproducible, and as the user's project says


def test_the_same_seed_gives_the_same_report() -> None:
    for function in (right, wrong):
        first, second = (audit(judged(function, hidden=1), seed=3, examples=20) for _ in range(2))
        assert first == second
    assert audit(judged(right, hidden=1), seed=4, examples=20) != audit(judged(right, hidden=1), seed=3, examples=20)


@pytest.fixture
def profile() -> Iterator[str]:
    """A Hypothesis profile, in force for one test."""
    settings.register_profile("before", settings())
    settings.register_profile("seven", max_examples=7)
    settings.load_profile("seven")
    yield "seven"
    settings.load_profile("before")


def test_the_profile_says_how_many_cases(profile: str) -> None:
    calls: list[Case] = []

    def counting(case: Case) -> Gradients:
        calls.append(case)
        return right(case)

    check(counting, "mlp", hidden=0)
    seen = len(calls)
    report = audit(counting, "mlp", hidden=0)
    assert report.examples == 7
    tried = 3 * 4 + 7 + 1  # on three cases: as they are and three layouts; their order; an empty batch
    # Twice each, to see whether it is repeatable; and once on symbols.
    assert seen == 2 * (7 + report.further) + tried + 1
    assert audit(counting, "mlp", examples=9).examples == 9


def test_the_seed_of_the_test_run_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hypothesis.core, "global_force_seed", 5)
    assert audit(judged(right), examples=5).seed == 5
    assert audit(judged(right), examples=5, seed=6).seed == 6


def test_inside_a_test_of_hypothesis() -> None:
    def nested(seed: int) -> None:
        check(judged(right, hidden=0), seed=seed, examples=20)

    chosen = settings(max_examples=2, database=None, deadline=None)
    settings(chosen, suppress_health_check=list(HealthCheck))(given(st.integers(0, 3))(nested))()
    if hasattr(HealthCheck, "nested_given"):
        with pytest.raises(FailedHealthCheck, match="Nesting @given"):  # and not a verdict
            chosen(given(st.integers(0, 3))(nested))()


# -- check


def test_check_passes() -> None:
    check(judged(right), examples=20)
    check(layer, "affine", examples=20)


def test_check_raises_with_the_report() -> None:
    with pytest.raises(AssertionError) as caught:
        check(judged(wrong, hidden=1), seed=2, examples=10)
    assert str(caught.value) == f"\n{audit(judged(wrong, hidden=1), seed=2, examples=10)}"
    assert "W1      wrong     worst at W1[0, 0]: got " in str(caught.value)


# -- marks and names


def test_a_mark_is_a_callable_subject() -> None:
    @gdverify.subject("mlp", hidden=(1, 2), sizes={"outputs": 1}, dtypes=["float64"], time_limit=3)
    def network(case: Case) -> Gradients:
        return right(case)

    assert isinstance(network, Subject)
    assert network.name == "tests.auditing.test_verdicts:test_a_mark_is_a_callable_subject.<locals>.network"
    assert (network.dtypes, network.time_limit) == (("float64",), 3)
    report = audit(network)
    assert report.verdict == CORRECT
    assert report.architecture == "mlp(hidden=(1, 2))"


def test_what_is_said_in_the_call_counts_more_than_the_mark() -> None:
    marked = gdverify.subject("affine", hidden=1)(right)
    assert audit(marked, "mlp", hidden=2, examples=10).architecture == "mlp(hidden=2)"


def test_names_of_things_that_are_not_functions() -> None:
    class Network:
        def __call__(self, case: Case) -> Gradients:
            return right(case)

    assert name_of(layer) == "tests.auditing.subjects:layer"
    assert name_of(Network()).endswith("Network")
    assert audit(Network(), "mlp", hidden=0, examples=20).verdict == CORRECT


# -- the exit code of a run


def outcome(verdict: str, expected: str | None = None) -> SubjectReport:
    return SubjectReport("name", "mlp", verdict, "tested", 1, 0, "again", expected=expected)


@pytest.mark.parametrize(
    ("subjects", "code"),
    [
        ([], 0),
        ([outcome(CORRECT), outcome(CORRECT)], 0),
        ([outcome(CORRECT), outcome(WRONG)], 1),
        ([outcome(ERROR), outcome(WRONG)], 1),
        ([outcome(CORRECT), outcome(UNDECIDED)], 2),
        ([outcome(ERROR)], 2),
        ([outcome(WRONG, WRONG), outcome(CORRECT, CORRECT)], 0),
        ([outcome(CORRECT, WRONG)], 1),
        ([outcome(WRONG, CORRECT)], 1),
        ([outcome(ERROR, WRONG)], 2),
    ],
)
def test_exit_codes(subjects: list[SubjectReport], code: int) -> None:
    assert Report(tuple(subjects)).exit_code == code


def test_arrays_of_many_entries_are_judged_in_full() -> None:
    def last(gradient: Array, case: Case) -> Array:
        spoilt = gradient.copy()
        spoilt.flat[-1] += 1
        return spoilt

    sizes = {"batch": 2, "inputs": 40, "outputs": 30}
    report = audit(Subject(with_gradients(last, layer), "net.py:layer", "affine", sizes=sizes), examples=5)
    assert [row.worst_index for row in report.parameters if row.name != "loss"] == [(1, 39), (29, 39), (29,)]
