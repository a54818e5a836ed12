"""Never vacuous: what a verdict rests on is counted, drawn on purpose where it lacks, and said."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.coverage import MOST_FURTHER, REQUIRED
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, UNDECIDED, WRONG, SubjectReport
from gdverify.cases.case import Case
from gdverify.cases.regimes import REGIMES
from gdverify.notation import Tensor, architecture, axis, indices, operation, parameter, target, total
from gdverify.operations.losses import squared_error
from tests.auditing.subjects import Gradients, by_tests, judged, layer, right, with_gradients
from tests.twins import twin

pytestmark = pytest.mark.usefixtures("few_fresh_cases")


def coverage(report: SubjectReport, name: str) -> dict[str, tuple[int, int]]:
    """Informative cases and cases, by class and regime."""
    (row,) = [row for row in report.parameters if row.name == name]
    return {cell.name: (cell.informative, cell.cases) for cell in row.coverage}


def remarks(report: SubjectReport, kind: str = "undecided") -> list[str]:
    return [remark.message for remark in report.diagnosis if remark.kind == kind]


@pytest.mark.parametrize("examples", [1, 5, 100])
def test_every_class_is_covered_however_few_examples_are_asked_for(examples: int) -> None:
    report = by_tests(judged(right, hidden=1), examples=examples)
    assert report.verdict == CORRECT
    assert report.examples == examples
    for row in report.parameters:
        found = coverage(report, row.name)
        for name in ("1", "2", "odd", "larger", "size-1", "square", "distinct"):
            assert found[name][0] >= REQUIRED["batch"].informative
        assert found["cases"] == (row.informative, row.cases)
        assert row.cases == examples + report.further
        assert sum(found[regime][1] for regime in REGIMES) == row.cases
        assert 0 < row.informative_entries <= row.entries


def test_what_is_missing_is_drawn_and_no_more() -> None:
    plenty, few = (by_tests(judged(right, hidden=1), examples=n).further for n in (400, 5))
    assert plenty < 5 < few <= MOST_FURTHER


def test_each_depth_of_a_family_is_covered() -> None:
    report = by_tests(judged(right), examples=20)
    assert report.verdict == CORRECT
    assert coverage(report, "W4")["square"][0] >= REQUIRED["shape"].informative


def test_only_what_the_subject_can_take_is_asked_for() -> None:
    seen: Counter[int] = Counter()

    def single(case: Case) -> Gradients:
        seen[case.sizes["batch"]] += 1
        return right(case)

    report = by_tests(Subject(single, "net.py:network", "mlp", {"hidden": 1}, {"batch": 1, "outputs": 1}), examples=10)
    assert report.verdict == CORRECT
    assert set(seen) == {1}
    assert not {"2", "odd", "larger", "distinct"} & set(coverage(report, "W1"))


# -- bugs of one class are found, even where the survey did not draw it


@pytest.mark.parametrize(
    ("name", "belongs"),
    [
        ("batch 2", lambda case: case.sizes["batch"] == 2),
        ("square", lambda case: case.parameters["W1"].shape[0] == case.parameters["W1"].shape[1] > 1),
        ("zeros", lambda case: case.regime == "zeros"),
    ],
)
def test_a_bug_in_one_class_is_found_in_a_case_drawn_on_purpose(name: str, belongs: Any) -> None:
    spoilt = with_gradients(lambda gradient, case: gradient + 1 if belongs(case) else gradient)
    report = by_tests(judged(spoilt, hidden=1), examples=1)
    assert report.verdict == WRONG
    assert report.failing_case is not None
    if name == "batch 2":
        assert report.failing_case.sizes["batch"] == 2
    assert all(row.verdict == WRONG for row in report.parameters if row.name != "loss")


def test_what_it_raises_in_one_class_is_found_too() -> None:
    def fragile(case: Case) -> Gradients:
        if case.sizes["batch"] == 2:
            raise ZeroDivisionError("two")
        return right(case)

    report = by_tests(judged(fragile, hidden=1), examples=1)
    assert report.verdict == "error"
    assert report.failing_case is not None
    assert report.failing_case.sizes["batch"] == 2


# -- what cannot be decided


units, samples = axis("units"), axis("batch")


@operation("z", x=(samples, units), gives=(samples, units))
def centred(x: Tensor) -> Any:
    """Each row without its mean: with a single unit nothing is left."""
    n, i, k = indices(samples, units, units)
    return x[n, i] - total(x[n, k], over=k) / units.size


@architecture
def centred_units() -> Tensor:
    """Parameters that are centred."""
    w = parameter("w", samples, units)
    return squared_error(centred(w), target("t", samples, units))


def centred_by_hand(case: Case) -> Gradients:
    w, t = case.parameters["w"], case.targets["t"]
    d = 2 * (w - w.mean(axis=1, keepdims=True) - t)
    return {"w": d - d.mean(axis=1, keepdims=True)}


def test_a_class_in_which_nothing_shows_leaves_no_verdict() -> None:
    report = by_tests(Subject(centred_by_hand, "n", centred_units, sizes={"units": 1}))
    assert report.verdict == UNDECIDED
    (message,) = remarks(report)
    assert message.startswith("w: the true gradient is zero in all of ")
    # Of several classes, one in which the gradient is 0 by the mathematics is not waited for.
    report = by_tests(Subject(centred_by_hand, "n", centred_units, sizes={"batch": range(2, 5)}))
    assert report.verdict == CORRECT
    allowed = {"units": range(2, 6)}
    assert by_tests(Subject(centred_by_hand, "n", centred_units, sizes=allowed)).verdict == CORRECT


def test_a_regime_in_which_nothing_can_be_decided_is_said_and_decides_nothing() -> None:
    report = by_tests(Subject(twin("tanh"), "n", "tanh"))
    assert report.verdict == CORRECT
    informative, cases = coverage(report, "z")["huge"]
    assert (informative, report.verdict) == (0, CORRECT)
    assert cases >= REQUIRED["regime"].draws
    assert f"not decidable in huge (0 of {cases} cases)" in str(report)


def test_the_text_says_what_was_covered() -> None:
    text = str(by_tests(Subject(layer, "n", "affine")))
    row = next(line for line in text.splitlines() if line.startswith("  W  "))
    assert " cases informative, " in row
    assert row.endswith(" entries")
    assert "  covers   batch 1, 2, odd, larger; size-1, square, distinct; 11 regimes" in text
    assert "  bound    2 × the rounding error of a correct implementation; tolerance=FACTOR multiplies it\n" in text


def test_what_is_wrong_needs_no_further_cases() -> None:
    report = by_tests(judged(with_gradients(lambda gradient, case: gradient + 1), hidden=1))
    assert report.verdict == WRONG
    assert [row.verdict for row in report.parameters if row.name == "loss"] == [CORRECT]


def test_the_same_seed_draws_the_same_further_cases() -> None:
    first, second, other = (by_tests(judged(right, hidden=1), seed=seed, examples=5) for seed in (1, 1, 2))
    assert first == second != other


def test_zeros_pass_for_nothing_where_the_gradient_is_not_zero() -> None:
    zeros = with_gradients(lambda gradient, case: np.zeros_like(gradient))
    assert by_tests(judged(zeros, hidden=1), examples=5).verdict == WRONG
