"""Second derivatives, exactly or in 75 digits: against differences of the gradient, SymPy's own, and each other."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.derivation import second
from gdverify.derivation.second import SecondOrder
from gdverify.notation import (
    Architecture,
    Tensor,
    architecture,
    axis,
    input_tensor,
    parameter,
    recurrent,
    target,
)
from gdverify.operations.activations import tanh
from gdverify.operations.affine import linear
from gdverify.operations.losses import mean_squared_error
from tests.derivation.test_recurrences import plus
from tests.helpers import EVERY, TIES, Case, Source, case
from tests.oracles import unrolled
from tests.oracles.exact import added, agree, mp, multiplied, real
from tests.oracles.loops import Values, evaluated

LOSSES = [Source(name, made) for name, made in catalogue.losses().items()]
STEP = Fraction(1, 10**25)  # truncation and rounding are both about 1e-50 of the value


@cache
def orders(source: Source) -> SecondOrder:
    """The Hessian-vector product of a source, derived once."""
    return second.product(source.derivation)


@cache
def first_order(given: Case) -> Values:
    """The forward pass and the gradients, by their definitions."""
    derivation = given.derivation
    known = evaluated(derivation.forward, given.exact, given.sizes)
    return evaluated(derivation.gradients.values(), known, given.sizes)


def computed(given: Case, order: SecondOrder, directions: Values) -> Values:
    """The second derivatives by their definitions, by what they are taken by."""
    known = first_order(given) | directions
    found = evaluated([definition for definition, _ in order.definitions], known, given.sizes)
    return {tensor: found[made] for tensor, made in order.results.items()}


def direction(given: Case, order: SecondOrder, seed: int) -> Values:
    """A random direction of halves and whole numbers."""
    rng = np.random.default_rng(seed)
    shapes = [given.exact[tensor].shape for tensor in order.results]
    drawn = (
        np.vectorize(lambda n: Fraction(int(n), 2), otypes=[object])(rng.integers(-3, 4, shape)) for shape in shapes
    )
    return dict(zip(order.directions, drawn, strict=True))


def times(first: Values, then: Values) -> mp.mpf:
    """The inner product of arrays in the same order."""
    pairs = zip(first.values(), then.values(), strict=True)
    return real(added([multiplied([a, b]) for u, v in pairs for a, b in zip(u.flat, v.flat, strict=True)]))


def gradients_at(given: Case, along: Values, order: SecondOrder, step: Fraction) -> Values:
    """The gradients where the wanted tensors have gone a step along a direction."""
    moved = {
        t: np.asarray(given.exact[t] + step * v, object) for t, v in zip(order.results, along.values(), strict=True)
    }
    return first_order(Case(given.derivation, given.sizes, {**given.exact, **moved}))


@pytest.mark.parametrize("source", EVERY, ids=str)
def test_the_product_is_how_the_gradient_changes_along_the_direction(source: Source) -> None:
    check_product(source, (2, 1))


def check_product(source: Source, shape: tuple[int, ...]) -> None:
    """Compare every entry of a product with a central difference of the gradient."""
    order, given = orders(source), case(source, shape, seed=5)
    along = direction(given, order, seed=1)
    ahead, behind = (gradients_at(given, along, order, step) for step in (STEP, -STEP))
    for tensor, found in computed(given, order, along).items():
        gradient = given.derivation.gradients[tensor].tensor
        for at in np.ndindex(found.shape):
            change = (real(ahead[gradient][at]) - real(behind[gradient][at])) / real(2 * STEP)
            assert abs(real(found[at]) - change) < mp.mpf(10) ** -40, (tensor, at)


@pytest.mark.parametrize("source", [s for s in EVERY if s.name in ("mlp", "lstm", "small_cnn", "triplet")], ids=str)
def test_the_hessian_is_symmetric(source: Source) -> None:
    order, given = orders(source), case(source, (1, 2), seed=2)
    u, v = (direction(given, order, seed) for seed in (3, 4))
    difference = times(u, computed(given, order, v)) - times(v, computed(given, order, u))
    assert abs(difference) < mp.mpf(10) ** -50


# Sums over one index of a tensor and not another, sums of sums, products of what is aligned with what is not.
FOLLOWED = {"softmax", "log_softmax", "layer_norm", "batch_norm", "attention", "mlp(hidden=1)", "softmax_regression"}
DIAGONALS = [*LOSSES, *(source for source in EVERY if str(source) in FOLLOWED)]


@pytest.mark.parametrize("source", DIAGONALS, ids=str)
def test_the_diagonal_is_the_product_with_unit_vectors(source: Source) -> None:
    order, given = orders(source), case(source, (2,), seed=6)
    diagonal = computed(given, second.diagonal(given.derivation), {})
    for tensor, found in diagonal.items():
        for at in [*np.ndindex(found.shape)][:3]:
            unit = {vector: np.full(vector_shape(given, t), Fraction(0)) for t, vector in directed(order)}
            unit[dict(directed(order))[tensor]][at] = Fraction(1)
            expected = computed(given, order, unit)[tensor][at]
            assert agree(np.array(found[at], dtype=object), np.array(expected, dtype=object)), (tensor, at)


def directed(order: SecondOrder) -> list[tuple[Tensor, Tensor]]:
    """What is differentiated by, with its direction."""
    return [*zip(order.results, order.directions, strict=True)]


def vector_shape(given: Case, tensor: Tensor) -> tuple[int, ...]:
    """The shape of a tensor, and so of its direction."""
    return given.exact[tensor].shape


@pytest.mark.parametrize("regime", ["ordinary", TIES])
@pytest.mark.parametrize("source", LOSSES, ids=str)
def test_losses_against_second_derivatives_of_unrolled_scalars(source: Source, regime: str) -> None:
    given = case(source, (2,), regime, seed=3)
    (y, *_) = given.derivation.wanted
    hessian = unrolled.second_derivatives(given.derivation, given.exact, given.sizes, y)
    diagonal = computed(given, second.diagonal(given.derivation), {})[y]
    order = second.product(given.derivation)
    along = direction(given, order, seed=7)
    flat = along[order.directions[0]].ravel()
    product = np.array([added([multiplied([h, v]) for h, v in zip(row, flat, strict=True)]) for row in hessian], object)
    assert agree(diagonal.ravel(), hessian.diagonal())
    assert agree(computed(given, order, along)[y].ravel(), product)


@architecture
def from_a_given_state() -> Tensor:
    """A recurrence whose first state is no parameter: what changes in it is known after its second turn."""
    batch, time, hidden = axis("batch", "n"), axis("time", "t"), axis("hidden", "j")
    x, h0, U = input_tensor("x", batch, time, hidden), input_tensor("h0", batch, hidden), parameter("U", hidden, hidden)
    h = recurrent(lambda before: tanh(plus(x, linear(before, U)), name="h"), h0, over=time)
    return mean_squared_error(h, target("t", batch, time, hidden))


@pytest.mark.parametrize("made", [catalogue.find("lstm"), catalogue.find("bidirectional_rnn"), from_a_given_state])
def test_products_through_several_steps(made: Architecture) -> None:
    check_product(Source(made.name, made), (1, 3, 2))
