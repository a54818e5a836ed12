"""What the checkers are asked: the same function and the same gradients, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify.evidence.differences import central
from tests.benchmarks.peers.candidates import RIGHT, equivalent, right, sources, wrong
from tests.benchmarks.peers.points import ORDINARY, POINTS, ordinary
from tests.helpers import Source


def of(name: str) -> Source:
    (source,) = [source for source in sources() if str(source) == name]
    return source


@pytest.mark.parametrize("source", sources(), ids=str)
def test_a_question_is_about_a_function_and_its_gradients(source: Source) -> None:
    question = right(source).question(ordinary(source))
    gradients = question.pullback(question.upstream, *question.point)
    for place, array in enumerate(question.point):

        def loss(entry: np.ndarray, place: int = place) -> float:
            moved = [entry if k == place else other for k, other in enumerate(question.point)]
            return float(np.sum(question.upstream * question.value(*moved)))

        np.testing.assert_allclose(gradients[place], central(loss, array), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("source", sources(), ids=str)
def test_the_gradients_follow_the_upstream(source: Source) -> None:
    question = right(source).question(ordinary(source))
    once = question.pullback(question.upstream, *question.point)
    thrice = question.pullback(3 * question.upstream, *question.point)
    for one, three in zip(once, thrice, strict=True):
        np.testing.assert_allclose(three, 3 * one, rtol=1e-14, atol=1e-14 * np.abs(three).max(initial=0))


@pytest.mark.parametrize("name", ["affine", "relu", "mean_squared_error", "sigmoid_neuron"])
def test_a_slip_is_the_same_for_every_checker(name: str) -> None:
    source = of(name)
    case = ordinary(source)
    for candidate in (right(source), *wrong(source)):
        found = candidate.subject()(case)
        question = candidate.question(case)
        pulled = question.pullback(question.upstream, *question.point)
        for tensor, gradient in zip(source.derivation.wanted, pulled, strict=True):
            np.testing.assert_array_equal(gradient, found[tensor.name])


def test_what_changes_nothing_is_left_out() -> None:
    # relu and leaky relu have the signs of their arguments.
    said = {candidate.slip for candidate in wrong(of("relu"))}
    assert RIGHT not in said
    assert "derivative at the activated value" not in said
    assert "derivative missing" in said
    assert equivalent(of("relu")) > 0
    assert equivalent(of("product")) == 0


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("source", sources(), ids=str)
def test_points_are_in_the_domain_and_of_float64(source: Source, point: str) -> None:
    case = POINTS[point](source)
    held = {tensor.name for tensor in source.derivation.positions}
    assert all(array.dtype == np.float64 for name, array in case.arrays.items() if name not in held)
    question = right(source).question(case)
    assert np.isfinite(question.value(*question.point)).all()
    # A logarithm of a saturated sigmoid is infinite: such a network stays at its ordinary point.
    moved = "x" in case.inputs and "z" not in case.inputs and source.name != "logistic_regression"
    if point != ORDINARY and moved:
        assert not np.array_equal(case.inputs["x"], ordinary(source).inputs["x"])
