"""A gradient recovered from a change of the weights: how exactly it is known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gdverify.auditing.audit import audit
from gdverify.auditing.subject import Recovered, recovered
from gdverify.auditing.verdicts import CORRECT, UNDECIDED, WRONG
from gdverify.cases.case import Array, Case
from tests.auditing.subjects import Gradients, judged, right

pytestmark = pytest.mark.usefixtures("few_fresh_cases")

RATES = (1e-3, 0.01, 0.1, 0.5, 1.0, 3.0, 2.0**20, 2.0**40)


def weights(rng: np.random.Generator, scale: float, dtype: str) -> Array:
    return (rng.uniform(-2, 2, size=500) * scale).astype(dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rate", RATES)
def test_the_uncertainty_is_honest(rate: float, dtype: str) -> None:
    rng = np.random.default_rng(int(rate * 1000))
    for scale in (1e-6, 1e-3, 1.0, 1e3, 1e6):
        before, gradient = weights(rng, 1.0, dtype), weights(rng, scale, dtype)
        after = before.copy()
        after -= rate * gradient
        found = recovered(before, after, rate)
        assert found.value.dtype == dtype
        for value, uncertainty, true in zip(found.value, found.uncertainty, gradient, strict=True):
            assert abs(Fraction(float(value)) - Fraction(float(true))) <= Fraction(float(uncertainty))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_uncertainty_is_not_more_than_the_update_loses(dtype: str) -> None:
    before = np.array([1.0, -1.5, 0.0], dtype)
    found = recovered(before, before, 0.5)
    assert np.all(found.uncertainty <= 2 * np.spacing(np.abs(before)) / 0.5)


def test_a_large_power_of_two_shows_the_gradient_to_the_last_digits() -> None:
    rng = np.random.default_rng(0)
    before, gradient = weights(rng, 1.0, "float64"), weights(rng, 1.0, "float64")
    found = recovered(before, before - 2.0**40 * gradient, 2.0**40)
    np.testing.assert_allclose(found.value, gradient, rtol=4e-16)
    assert np.all(found.uncertainty <= 4e-16 * np.abs(gradient) + 4e-28)


def descent(rate: float, factor: float = 1.0) -> object:
    """A subject that only updates its weights; what is wrong with it is a factor."""

    def network(case: Case) -> Gradients:
        gradients = right(case)
        found: Gradients = {"loss": gradients.pop("loss")}
        for name, gradient in gradients.items():
            after = case.parameters[name].copy()
            after -= rate * case.dtype.type(factor) * gradient
            found[name] = recovered(case.parameters[name], after, rate)
        return found

    return network


@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "identity"])
@pytest.mark.parametrize("rate", [0.01, 0.3, 2.0**20])
def test_a_right_update_is_correct(rate: float, activation: str) -> None:
    assert audit(judged(descent(rate), activation=activation, hidden=1), examples=60).verdict == CORRECT


@pytest.mark.parametrize(("rate", "factor"), [(0.01, 1 + 1e-6), (0.3, 1 + 1e-8), (2.0**20, 1 + 1e-11), (1e-3, -1)])
def test_a_wrong_update_is_wrong(rate: float, factor: float) -> None:
    assert audit(judged(descent(rate, factor), hidden=1), examples=60).verdict == WRONG


def test_what_is_not_known_at_all_is_undecided() -> None:
    def hopeless(case: Case) -> Gradients:
        found = right(case)
        return {name: v if name == "loss" else Recovered(v, np.full(v.shape, np.inf)) for name, v in found.items()}

    assert audit(judged(hopeless, hidden=0)).verdict == UNDECIDED
