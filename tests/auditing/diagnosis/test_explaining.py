"""Slips read backwards: the one that was planted is named, two at once are, and nothing is said that is not so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import WRONG, SubjectReport
from gdverify.cases.case import Array, Case
from gdverify.slips.slip import Slipped
from tests.auditing.planting import slip, slips, subject
from tests.auditing.subjects import Gradients, by_tests, judged, right
from tests.conftest import FRESH

EXAMPLES = 40
NET = "mlp(hidden=1)"

pytestmark = pytest.mark.usefixtures("few_fresh_cases")


def reasons(report: SubjectReport) -> list[tuple[str, str]]:
    """What the report says why, without the witnesses."""
    assert report.verdict == WRONG
    return [(remark.kind, remark.message) for remark in report.diagnosis if remark.kind != "witnesses"]


def said(made: Slipped, name: str = NET) -> list[tuple[str, str]]:
    return reasons(by_tests(subject(name, made), examples=EXAMPLES))


def confirmed(text: str) -> str:
    return f"{text} (confirmed on {FRESH} fresh cases)"


# One of each group of the table; those that a constant says better have their own test.
NAMED = [
    ("derivative at the activated value", ""),
    ("derivative missing", ""),
    ("derivative by the value, at the argument", ""),
    ("derivative of another activation", "of softplus"),
    ("loss term left out", "t is left out"),
    ("first term for the sum", "dW1"),
    ("summed over everything", "db2"),
    ("per column for per row", "db1"),
    ("weight transposed on the way back", "W2"),
    ("gradient transposed", "dW2"),
    ("operand transposed", "a1"),
    ("wrong value read", ""),
    ("one entry off", "dW1"),
    ("one column off", "dW2"),
    ("index off by one", "dW1 is shifted by one along inputs"),
    ("weight updated too early", "0.01"),
    ("cache of the last sample", "dW1"),
    ("right for positive inputs only", "dW1"),
    ("right for one sample only", "db1"),
    ("right for square shapes only", "dW2"),
    ("right for even sizes only", "dW1 is right for even batch"),
]


@pytest.mark.parametrize(("row", "says"), NAMED)
def test_a_slip_is_named(row: str, says: str) -> None:
    planted = slip(NET, row, says)
    assert said(planted) == [("slip", confirmed(planted.says))]


def test_the_gradient_of_another_loss_is_named() -> None:
    planted = slip("two_layer_classifier", "gradient of another loss", "½ Σ (y − t)² (half_squared_error)")
    assert said(planted, "two_layer_classifier") == [("other loss", confirmed(planted.says))]


@pytest.mark.parametrize(
    ("row", "says", "ratio"),
    [
        ("parameter detached", "dW1", "W1 × 0"),
        ("sum for mean", "", "W1 × batch outputs, b1 × batch outputs, W2 × batch outputs, b2 × batch outputs"),
        ("mean for the sum of a bias", "db1", "b1 × 1/batch"),
        ("sign of the derivative", "", "W1 × −1, b1 × −1"),
    ],
)
def test_a_constant_is_said_rather_than_where_it_comes_from(row: str, says: str, ratio: str) -> None:
    ((kind, message),) = said(slip(NET, row, says))
    assert kind == "ratio"
    found = message.removeprefix("the right gradient times a constant: ").removesuffix(confirmed(""))
    assert set(found.split(", ")) == set(ratio.split(", "))


def test_constants_that_differ_by_layer_have_their_reason_named_besides() -> None:
    name = "fully_connected(activation=scaled_sigmoid)"
    every = next(made for made in slips(name) if made.slip.name == "scale inside dropped")
    (ratio, message), (kind, reason) = said(every, name)
    assert ratio == "ratio"
    assert "W1 × 10⁶" in message
    assert (kind, reason) == ("slip", confirmed(every.says))


# -- two at once

PAIRS = [
    (("derivative missing", ""), ("one entry off", "dW2")),
    (("derivative at the activated value", ""), ("first term for the sum", "db2")),
    (("wrong value read", ""), ("gradient transposed", "dW1")),
    (("weight transposed on the way back", "W2"), ("one row off", "dW1")),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_slips_are_named(one: tuple[str, str], other: tuple[str, str]) -> None:
    first, second = slip(NET, *one), slip(NET, *other)
    both = first.joined(second)
    assert both is not None
    ((kind, message),) = said(both)
    assert kind == "slip"
    assert message.startswith("two mistakes: ")
    assert message.endswith(confirmed(""))
    assert first.says in message
    assert second.says in message


def test_a_slip_and_a_constant_are_named() -> None:
    made = slip(NET, "derivative missing")
    planted = subject(NET, made)

    def tripled(case: Case) -> dict[str, Any]:
        return {name: value if name == "loss" else 3 * value for name, value in planted(case).items()}

    report = by_tests(judged(tripled, hidden=1), examples=EXAMPLES)
    assert reasons(report) == [("slip", confirmed(f"{made.says}; and every gradient is × 3 besides"))]


def test_where_one_tensor_is_explained_and_another_is_not_both_are_said() -> None:
    def mixed(case: Case) -> Gradients:
        found = right(case)
        return {**found, "b2": found["b2"] + 1, "W2": found["W2"] * _rows(found["W2"])}

    found = dict(reasons(by_tests(judged(mixed, hidden=1), examples=EXAMPLES)))
    assert "b2: wrong on 16 of 16 fresh cases" in found["unexplained"]
    assert "W2: wrong on" in found["unexplained"]
    assert "each row is the right one times a constant of its own" in found["unexplained"]


def _rows(gradient: Array) -> Array:
    return np.arange(1, len(gradient) + 1, dtype=gradient.dtype)[:, None]
