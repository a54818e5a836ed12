"""Each checker, called as the benchmark calls it, tells a right gradient from a grossly wrong one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gdverify.cases.case import Array, Case
from tests.benchmarks.peers.candidates import Candidate, right, sources
from tests.benchmarks.peers.checkers import CHECKERS, Checker
from tests.benchmarks.peers.points import ORDINARY, ordinary
from tests.helpers import Source

pytestmark = pytest.mark.usefixtures("few_fresh_cases")

# An operation with several operands, an activation, a loss; scalars, vectors and matrices as parameters.
SOURCES = [
    source
    for source in sources()
    if str(source)
    in ("affine", "tanh", "mean_squared_error", "line", "sigmoid_neuron", "mlp(hidden=2,activation=tanh)")
]


@pytest.fixture(params=CHECKERS, ids=lambda checker: checker.name)
def checker(request: pytest.FixtureRequest) -> Checker:
    pytest.importorskip(request.param.package)
    found: Checker = request.param
    return found


def doubled(candidate: Candidate, name: str) -> Candidate:
    """The candidate with one gradient twice as large."""

    def gradients(case: Case) -> dict[str, Array]:
        return {k: 2 * v if k == name else v for k, v in candidate.written()(case).items()}

    return replace(candidate, slip="twice", says=f"{name} twice", written=lambda: gradients)


def misshapen(candidate: Candidate) -> Candidate:
    """The candidate without the last column of each gradient."""

    def gradients(case: Case) -> dict[str, Array]:
        return {k: v[..., :-1] for k, v in candidate.written()(case).items()}

    return replace(candidate, slip="shape", says="a column short", written=lambda: gradients)


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_right_gradient_passes_and_a_doubled_one_does_not(checker: Checker, source: Source) -> None:
    point = ordinary(source)
    assert checker.passes(right(source), point)
    for tensor in source.derivation.wanted:
        assert not checker.passes(doubled(right(source), tensor.name), point), tensor.name


def test_a_gradient_of_the_wrong_shape_does_not_pass(checker: Checker) -> None:
    (source,) = [source for source in SOURCES if source.name == "tanh"]
    assert not checker.passes(misshapen(right(source)), ordinary(source))


def test_the_same_twice(checker: Checker) -> None:
    # No checker's verdict may depend on what was checked before it, nor change what is drawn after it.
    before = np.random.get_state()[1].copy()
    for source in SOURCES[:2]:
        point = ordinary(source)
        wrong = doubled(right(source), source.derivation.wanted[0].name)
        assert [checker.passes(wrong, point) for _ in range(3)] == [False] * 3
        assert checker.passes(right(source), point)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_gdverify_draws_its_own_points() -> None:
    assert CHECKERS[0].points == (ORDINARY,)
    assert all(len(checker.points) > 1 for checker in CHECKERS[1:])
