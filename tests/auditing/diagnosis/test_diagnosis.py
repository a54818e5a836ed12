"""Why a gradient is wrong: witnesses, constants, other losses, slips; and nothing that is not so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.diagnosis.ratios import explain_ratio
from gdverify.auditing.verdicts import WRONG
from gdverify.auditing.wording import told_apart
from gdverify.cases.case import Array, Case
from gdverify.evidence.reference import Bound
from tests.auditing.subjects import Gradients, by_tests, judged, right, with_gradients
from tests.conftest import FRESH

pytestmark = pytest.mark.usefixtures("few_fresh_cases")
CONFIRMED = f"confirmed on {FRESH} fresh cases"


def remarks(function: Any, examples: int = 40, **options: Any) -> dict[str, str]:
    """What is said, by kind."""
    report = by_tests(judged(function, **{"hidden": 1, **options}), examples=examples)
    assert report.verdict == WRONG
    return {remark.kind: remark.message for remark in report.diagnosis}


# -- three witnesses


def other_loss(case: Case) -> Gradients:
    return {name: value**2 if name == "loss" else value for name, value in right(case).items()}


def both_off(case: Case) -> Gradients:
    return {name: value**2 if name == "loss" else value + 1 for name, value in right(case).items()}


def other_architecture(case: Case) -> Gradients:
    return right(replace(case, options={**case.options, "activation": "softplus"}))


WITNESSES = {
    other_loss: "the gradients are those of the declared loss; the loss that is returned beside them is another one: "
    "the loss is off",
    both_off: "both are off: the loss is not the declared one, and the backward pass is not its gradient",
    other_architecture: "the backward pass agrees with finite differences of the subject's own loss, and that is not "
    "the declared loss: the loss is off, or another architecture is meant",
    with_gradients(lambda gradient, case: gradient + 1): "the loss is the declared one, and finite differences of it "
    "agree with the derived gradient: the backward pass is off",
}


@pytest.mark.parametrize("function", WITNESSES, ids=["loss", "both", "architecture", "backward"])
def test_the_witnesses_say_who_is_off(function: Any) -> None:
    assert remarks(function)["witnesses"] == WITNESSES[function]


def test_without_a_loss_there_are_two_witnesses_only() -> None:
    def silent(case: Case) -> Gradients:
        return {name: value + 1 for name, value in right(case).items() if name != "loss"}

    assert "witnesses" not in remarks(silent)


def test_a_loss_that_is_not_always_returned_is_no_witness() -> None:
    def sometimes(case: Case) -> Gradients:
        found = both_off(case)
        return found if case.sizes["batch"] > 1 or float(case.parameters["b1"].flat[0]) % 1 else {**found, "loss": None}

    assert by_tests(judged(sometimes, hidden=1), examples=40).verdict == WRONG


def test_kinks_do_not_mislead_the_witnesses() -> None:
    assert remarks(with_gradients(lambda gradient, case: 2 * gradient), activation="relu")["witnesses"].endswith(
        "the backward pass is off"
    )


# -- constants

RATIOS: dict[str, Any] = {
    "× 2": lambda sizes: 2,
    "× ½": lambda sizes: 0.5,
    "× −1": lambda sizes: -1,
    "× −2": lambda sizes: -2,
    "× batch": lambda sizes: sizes["batch"],
    "× outputs": lambda sizes: sizes["outputs"],
    "× batch outputs": lambda sizes: sizes["batch"] * sizes["outputs"],
    "× 2 batch": lambda sizes: 2 * sizes["batch"],
    "× 1/batch": lambda sizes: 1 / sizes["batch"],
    "× ½/outputs": lambda sizes: 0.5 / sizes["outputs"],
    "× −1/(batch outputs)": lambda sizes: -1 / (sizes["batch"] * sizes["outputs"]),
    "× outputs/batch": lambda sizes: sizes["outputs"] / sizes["batch"],
    "× 3.7": lambda sizes: 3.7,
    "× −0.3": lambda sizes: -0.3,
    "× 10⁴": lambda sizes: 1e4,
    "× 10⁻⁶": lambda sizes: 1e-6,
    "× −10³": lambda sizes: -1e3,
    "× 100": lambda sizes: 100,
    "× 0": lambda sizes: 0,
    "× (1 + 1e-09)": lambda sizes: 1 + 1e-9,
    "× (1 − 2e-11)": lambda sizes: 1 - 2e-11,
}


@pytest.mark.parametrize("said", RATIOS)
def test_a_constant_is_named(said: str) -> None:
    def scaled(gradient: Array, case: Case) -> Array:
        return gradient * case.dtype.type(RATIOS[said](case.sizes))

    found = remarks(with_gradients(scaled), hidden=0)
    assert found["ratio"] == f"the right gradient times a constant: W1 {said}, b1 {said} ({CONFIRMED})"


def test_each_tensor_has_a_constant_of_its_own() -> None:
    factors = {"W1": 3, "W2": 7, "b2": -1}

    def scaled(case: Case) -> Gradients:
        return {name: value * factors.get(name, 1) for name, value in right(case).items()}

    said = remarks(scaled)["ratio"]
    for part in ("W1 × 3", "W2 × 7", "b2 × −1"):
        assert part in said
    assert "b1" not in said


def test_a_constant_beside_what_nothing_explains() -> None:
    def mixed(case: Case) -> Gradients:
        found = right(case)
        return {**found, "W1": 2 * found["W1"], "b2": found["b2"] + 1}

    found = remarks(mixed)
    assert found["ratio"] == f"the right gradient times a constant: W1 × 2 ({CONFIRMED})"
    assert found["unexplained"].startswith(f"b2: wrong on {FRESH} of {FRESH} fresh cases; no constant factor")


def test_a_factor_that_changes_is_no_constant() -> None:
    growing = with_gradients(lambda gradient, case: gradient * case.dtype.type(1 + np.abs(case.inputs["x"]).sum()))
    assert set(remarks(growing, hidden=0)) == {"witnesses", "unexplained", "varied"}


def observation(expected: float, got: float, case: Case) -> Any:
    return np.array(got), Bound(np.array(expected), np.array(1e-12)), case, 0.0


def test_vacuous_cases_name_no_constant(some_case: Case) -> None:
    # 0 is any multiple of 0.
    vacuous = [observation(0, 0, some_case)] * 5
    assert explain_ratio(vacuous) is None
    assert explain_ratio([*vacuous, observation(1, 2, some_case)]) is None
    assert explain_ratio([observation(1, 2, some_case)] * 5 + vacuous) == "× 2"


@pytest.fixture
def some_case() -> Case:
    return Case({}, {}, {}, {}, {}, {}, "ordinary", np.dtype("float64"))


# -- where it is wrong


def test_a_size_that_separates_right_from_wrong_is_named() -> None:
    found = remarks(with_gradients(lambda gradient, case: gradient + (case.sizes["batch"] > 1)), hidden=0)
    assert found["unexplained"].endswith(
        f" of {FRESH} fresh cases: right only for batch in [1]; "
        "no constant factor, other loss or known slip explains it"
    )
    assert found["unexplained"].startswith("W1, b1: wrong on ")


def test_what_is_wrong_in_one_regime_only_is_explained_by_cases_of_that_regime() -> None:
    found = remarks(with_gradients(lambda gradient, case: gradient * (1 + (case.regime == "ties"))), examples=150)
    assert set(found) == {"witnesses", "ratio"}
    assert found["ratio"] == (
        f"the right gradient times a constant: W2 × 2, b2 × 2, W1 × 2, b1 × 2 ({CONFIRMED} with ties values in float64)"
    )


def test_what_no_fresh_case_shows_is_said_with_where_to_look() -> None:
    def once(gradient: Array, case: Case) -> Array:
        return gradient * (1 + (case.sizes["batch"] == 9 and case.regime == "ties"))

    found = remarks(with_gradients(once), examples=600)
    assert found["unexplained"] == (
        f"W2, b2, W1, b1: wrong on 0 of {FRESH} fresh cases, which have ordinary values in float64: "
        "look at ties values in float64; no constant factor, other loss or known slip explains it"
    )


def test_the_first_wrong_link_is_named_where_the_links_are_returned() -> None:
    def broken(case: Case) -> Gradients:
        x, t, p = case.inputs["x"], case.targets["t"], case.parameters
        a1 = np.tanh(x @ p["W1"].T + p["b1"])
        dz2 = 2 * (a1 @ p["W2"].T + p["b2"] - t) / t.size
        da1 = dz2 @ p["W2"]
        dz1 = da1 * (1 - a1)
        return {
            "z2": dz2, "a1": da1, "z1": dz1,
            "W1": dz1.T @ x, "b1": dz1.sum(axis=0), "W2": dz2.T @ a1, "b2": dz2.sum(axis=0),
        }  # fmt: skip

    found = remarks(broken)
    assert found["links"] == "right on the way back: z2, W2, b2, a1; the first wrong one is z1"
    assert "W1, b1" in found["unexplained"].replace("z1, ", "")


# -- numbers


@pytest.mark.parametrize(
    ("first", "second", "texts"),
    [
        (1.5, 2.5, ("1.5", "2.5")),
        (1 / 3, 1 / 3 + 1e-10, ("0.3333333333", "0.3333333334")),
        (92016.15625, 92016.16, ("92016.156", "92016.16")),
        (0.1, 0.1, ("0.1", "0.1")),
        (1e-300, 0.0, ("1e-300", "0")),
    ],
)
def test_numbers_are_shown_as_far_as_they_differ(first: float, second: float, texts: tuple[str, str]) -> None:
    assert told_apart(first, second) == texts
