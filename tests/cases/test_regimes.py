"""Each regime does what its row says, in both precisions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.cases.case import Case
from gdverify.cases.regimes import HAND_SEEDS, REGIMES, SCALES, SIMPLE, values
from gdverify.cases.strategies import DTYPES, Space, build, fresh
from gdverify.derivation.steps import derive
from tests.helpers import interpreted

CASES = 40
SEEDS = range(HAND_SEEDS, HAND_SEEDS + CASES)


def networks(regime: str, dtype: str, name: str = "mlp", **options: object) -> Iterator[Case]:
    """Cases of a network, of many sizes."""
    source = catalogue.find(name)
    derivation = derive(source, **options)
    shapes = fresh(Space(source, options), derivation, options, CASES, seed=5)
    for seed, case in zip(SEEDS, shapes, strict=True):
        yield build(derivation, options, case.sizes, regime, dtype, seed)


def parameters_and_data(regime: str, dtype: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for seed in SEEDS:
        yield (
            values(seed, 0, (4, 3), regime, "parameter", dtype).astype(np.float64),
            values(seed, 1, (4, 3), regime, "input", dtype).astype(np.float64),
        )


def first_layer(case: Case) -> np.ndarray:
    return case.inputs["x"] @ case.parameters["W1"].T + case.parameters["b1"]


def test_the_first_seeds_give_simple_numbers() -> None:
    for seed in range(HAND_SEEDS):
        assert {*values(seed, 2, (3, 5), "ordinary", "input", "float64").flat} <= set(SIMPLE)


def test_tensors_of_one_seed_differ() -> None:
    first, second = (values(7, place, (3, 4), "ordinary", "input", "float64") for place in (0, 1))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("regime", REGIMES)
def test_values_have_shape_and_dtype(regime: str, dtype: str) -> None:
    for shape in ((), (1,), (3, 1), (2, 3, 4)):
        for role in ("parameter", "input", "target", "upstream"):
            made = values(500, 1, shape, regime, role, dtype)
            assert made.shape == shape
            assert made.dtype == dtype
            assert np.isfinite(made).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_ordinary_values_are_of_order_one_and_not_zero(dtype: str) -> None:
    for pair in parameters_and_data("ordinary", dtype):
        for made in pair:
            assert np.all((np.abs(made) >= 0.25) & (np.abs(made) <= 1.75))
            assert len(np.unique(made)) == made.size


@pytest.mark.parametrize("dtype", DTYPES)
def test_on_kinks_many_preactivations_are_exactly_zero(dtype: str) -> None:
    hit = [np.any(first_layer(case) == 0) for case in networks("on kinks", dtype, activation="relu", hidden=1)]
    assert np.mean(hit) > 0.4


@pytest.mark.parametrize("dtype", DTYPES)
def test_near_kinks_many_preactivations_are_next_to_zero(dtype: str) -> None:
    near = 50 * SCALES[dtype].near
    hit = []
    for case in networks("near kinks", dtype, activation="relu", hidden=1):
        z = np.abs(first_layer(case))
        hit.append(np.any((z > 0) & (z < near)))
    assert np.mean(hit) > 0.4


@pytest.mark.parametrize("dtype", DTYPES)
def test_ties_are_tensors_of_one_value(dtype: str) -> None:
    for pair in parameters_and_data("ties", dtype):
        for made in pair:
            assert len(np.unique(made)) == 1
            assert made[0, 0] != 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros_are_some_tensors_but_not_all(dtype: str) -> None:
    zero = [not made.any() for pair in parameters_and_data("zeros", dtype) for made in pair]
    assert 0.4 < np.mean(zero) < 0.9


@pytest.mark.parametrize("dtype", DTYPES)
def test_saturated_sigmoids_are_flat(dtype: str) -> None:
    slopes = []
    for case in networks("saturated", dtype, "fully_connected", hidden=1):
        z = case.parameters["W1"] @ case.inputs["x"] + case.parameters["b1"]
        slopes += [*(np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))) ** 2)]
    assert np.median(slopes) < 1e-3
    assert np.mean(np.array(slopes) < 0.01) > 0.7


@pytest.mark.parametrize("dtype", DTYPES)
def test_mixed_scales_are_decades_apart(dtype: str) -> None:
    spread = [np.ptp(np.log10(np.abs(made))) for pair in parameters_and_data("mixed scale", dtype) for made in pair]
    assert np.median(spread) > SCALES[dtype].decades


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("regime", "scale"), [("tiny", "tiny"), ("huge", "huge")])
def test_tiny_and_huge_are_the_data_not_the_parameters(regime: str, scale: str, dtype: str) -> None:
    size = getattr(SCALES[dtype], scale)
    for parameters, data in parameters_and_data(regime, dtype):
        assert np.all((np.abs(parameters) >= 0.25) & (np.abs(parameters) <= 1.75))
        assert np.all((np.abs(data) >= 0.24 * size) & (np.abs(data) <= 1.76 * size))


@pytest.mark.parametrize("activation", ["identity", "relu", "tanh", "softplus"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("regime", REGIMES)
def test_four_layers_stay_finite(regime: str, dtype: str, activation: str) -> None:
    derivation = derive(catalogue.find("mlp"), activation=activation, hidden=3)
    for case in networks(regime, dtype, activation=activation, hidden=3):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            made = interpreted(derivation, case.arrays)
        assert made["dW1"].dtype == dtype
        assert all(np.isfinite(made[f"d{tensor.name}"]).all() for tensor in derivation.wanted)


@pytest.mark.parametrize("shape", [(2, 3), (40, 40), ()])
@pytest.mark.parametrize("regime", REGIMES)
def test_what_is_written_into_an_array_is_in_no_other(shape: tuple[int, ...], regime: str) -> None:
    given = (HAND_SEEDS, 1, shape, regime, "parameter", "float64")
    first = values(*given)
    expected = first.copy()
    first[...] = np.nan
    assert np.array_equal(values(*given), expected)
