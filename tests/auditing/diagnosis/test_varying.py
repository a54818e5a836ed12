"""Where nothing explains a wrong gradient, it is known on which parts of the smallest case that depends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.diagnosis import samples, varying
from gdverify.auditing.execution import call
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import WRONG
from gdverify.cases.case import Case
from tests.auditing.subjects import Gradients, by_tests, judged, right, with_gradients

FRESH = 24
ALL = "wrong for any values, batch, inputs, hidden1, outputs, dtype and regime"


@pytest.fixture(autouse=True)
def few_fresh_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "FRESH_CASES", FRESH)
    monkeypatch.setattr(samples, "LOOKED_AT", FRESH)


def spoilt(where: Callable[[Case], Any]) -> Any:
    """A subject whose gradients are off by 1 in some cases."""
    return with_gradients(lambda gradient, case: gradient + np.asarray(bool(where(case)), case.dtype))


def said(function: Any, **options: Any) -> dict[str, str]:
    """What is said after how it was found, by the tensors that it is said of."""
    subject = function if isinstance(function, Subject) else judged(function, **{"hidden": 1, **options})
    report = by_tests(subject, examples=60)
    assert report.verdict == WRONG
    found = [remark.message for remark in report.diagnosis if remark.kind == "varied"]
    parts = [message.partition(": varied part by part from the smallest case (") for message in found]
    return {names: rest.partition(" cases), ")[2] for names, _, rest in parts}


WHERE: dict[str, tuple[Callable[[Case], Any], str]] = {
    "everywhere": (lambda case: True, ALL),
    "two conditions at once": (
        lambda case: case.sizes["batch"] % 2 == 0 and case.sizes["hidden1"] >= 2,
        "wrong for any values, inputs, outputs, dtype and regime, only where batch is even and hidden1 ≥ 2 "
        f"(as on {FRESH} fresh cases)",
    ),
    "two sizes that are equal": (
        lambda case: case.sizes["inputs"] == case.sizes["hidden1"],
        "wrong for any values, batch, outputs, dtype and regime, only where hidden1 = inputs "
        f"(as on {FRESH} fresh cases)",
    ),
    "some sizes": (
        lambda case: case.sizes["batch"] in (3, 4, 7),
        "wrong for any values, inputs, hidden1, outputs, dtype and regime, only where batch is 3, 4 or 7 "
        f"(as on {FRESH} fresh cases)",
    ),
    "a dtype": (
        lambda case: case.dtype == np.float32,
        "wrong for any values, batch, inputs, hidden1, outputs and regime, only in float32",
    ),
    "a regime": (
        lambda case: case.regime in ("huge", "tiny"),
        "wrong for any values, batch, inputs, hidden1, outputs and dtype, only with tiny or huge values",
    ),
    "all regimes but one": (
        lambda case: case.regime != "ties",
        "wrong for any values, batch, inputs, hidden1, outputs and dtype, only with any but ties values",
    ),
}


@pytest.mark.parametrize("name", WHERE)
def test_what_it_depends_on_is_said_and_what_it_does_not(name: str) -> None:
    where, expected = WHERE[name]
    assert said(spoilt(where)) == {"W2, b2, W1, b1": expected}


def test_conditions_that_fresh_cases_cannot_confirm_are_said_without_them() -> None:
    (message,) = said(spoilt(lambda case: case.sizes["batch"] == 9)).values()  # those of fresh cases go up to 8
    assert message.endswith(", only where batch is 9")


def test_cases_that_confirm_are_drawn_as_the_failing_one_was() -> None:
    (message,) = said(spoilt(lambda case: case.sizes["batch"] > 4 and case.regime == "ties")).values()
    confirmed = f"as on {FRESH} fresh cases with ties values in float64"
    assert message.endswith(f", only where batch ≥ 5 ({confirmed}) and with ties values")


def test_options_are_parts_too() -> None:
    found = said(spoilt(lambda case: case.options["hidden"] >= 2), hidden=range(4))
    assert found["W1, b1"].endswith("regime, only where hidden is 2 or 3")
    # With fewer layers there is no W3: nothing is known of what is not there.
    assert "W3, b3" in found
    assert "only" not in found["W3, b3"]


def test_tensors_of_which_other_things_are_known_are_told_apart() -> None:
    def mixed(case: Case) -> Gradients:
        found = right(case)
        off = np.asarray(case.sizes["inputs"] > 1, case.dtype)
        return {**found, "W1": found["W1"] + off, "b2": found["b2"] + 1}

    found = said(mixed)
    assert found["b2"] == ALL
    assert "only where inputs ≥ 2" in found["W1"]


def test_of_what_depends_on_the_values_no_choice_is_said_to_be_right() -> None:
    (message,) = said(spoilt(lambda case: case.inputs["x"].flat[0] > 0)).values()
    draws, _, rest = message.removeprefix("wrong with ").partition(f" of {varying.VALUES} draws of values")
    assert 0 < int(draws) < varying.VALUES
    assert "only" not in rest


def test_where_only_the_values_of_the_smallest_case_are_wrong_that_is_said() -> None:
    # So are the simple numbers of small cases, and none of those that fresh cases have.
    found = said(spoilt(lambda case: float(case.inputs["x"].flat[0]) in (1.0, -1.0, 0.5)))
    assert set(found.values()) == {
        f"right with {varying.VALUES} other draws of values: look at those of the smallest case"
    }


def test_what_is_fixed_is_not_varied() -> None:
    subject = Subject(
        spoilt(lambda case: True), "n", "mlp", {"hidden": 1}, {"batch": 3, "inputs": (2, 4)}, ("float64",)
    )
    (message,) = said(subject).values()
    assert message == "wrong for any values, inputs, hidden1, outputs and regime"


def test_cases_on_which_it_cannot_be_judged_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(subject: Any, derivation: Any, case: Case) -> Any:
        if case.sizes["outputs"] > 1:
            raise Problem("raises", "…")
        return call(subject, derivation, case)

    monkeypatch.setattr(varying, "call", refusing)
    (message,) = said(spoilt(lambda case: True)).values()
    assert message == ALL.replace("outputs, ", "")


def test_work_is_bounded_in_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(varying, "FRESH_ENTRIES", 430)
    (message,) = said(spoilt(lambda case: True)).values()
    assert message == "wrong for any values and batch"


def test_the_same_seed_varies_the_same_cases() -> None:
    subject = judged(spoilt(lambda case: case.sizes["batch"] > 2), hidden=1)
    first, second = (by_tests(subject, examples=30, seed=4) for _ in range(2))
    assert first.diagnosis == second.diagnosis
