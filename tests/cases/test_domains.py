"""Tensors lie where the equations have a value, and no operation has to say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sympy import Expr

from gdverify import catalogue
from gdverify.binding.equations.families import cross_entropy, softmax
from gdverify.cases.regimes import REGIMES
from gdverify.cases.strategies import DTYPES, Space, cases
from gdverify.notation import Operation, Tensor, architecture, axis, operation, parameter, target
from gdverify.notation import functions as f
from tests.cases.drawing import drawn
from tests.helpers import EVERY, Source


@operation("y")
def root(z: Expr) -> Expr:
    """Defined for positive numbers."""
    return f.sqrt(z)


@operation("y")
def smooth_root(z: Expr) -> Expr:
    """The same, with a derivative at 0."""
    return f.root(z)


@operation("y")
def logit(p: Expr, q: Expr) -> Expr:
    """The first operand is a probability, the second is positive."""
    return f.log(p) - f.log(1 - p) + f.log(q)


@operation("y")
def bell(z: Expr) -> Expr:
    """A root and a logarithm that exist everywhere."""
    return f.sqrt(z**2 + 1) + f.log(1 + z**2)


def entries(space: Space, name: str) -> np.ndarray:
    """Every number that a tensor has, in all regimes and both precisions."""
    ways = [replace(space, regimes=(regime,), dtypes=(dtype,)) for regime in REGIMES for dtype in DTYPES]
    found = [case for way in ways for case in drawn(cases(way), 8)]
    return np.concatenate([case.arrays[name].ravel().astype(np.float64) for case in found])


@pytest.mark.parametrize("made", [root, smooth_root], ids=str)
def test_what_a_root_is_taken_of_is_positive(made: Operation) -> None:
    assert entries(Space(made), "z").min() > 0


def test_what_a_root_of_is_positive_anyway_may_be_anything() -> None:
    assert entries(Space(bell), "z").min() < 0


def test_each_operand_has_a_domain_of_its_own() -> None:
    p, q = (entries(Space(logit), name) for name in "pq")
    assert p.min() > 0
    assert p.max() < 1
    assert q.min() > 0
    assert q.max() > 1


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "binary_cross_entropy_sum"])
def test_predictions_are_probabilities_and_targets_labels(loss: str) -> None:
    space = Space(catalogue.find(loss))
    y = entries(space, "y")
    assert 0 < y.min() < 0.3
    assert 0.7 < y.max() < 1
    assert {*entries(space, "t")} == {0, 1}


def test_targets_of_a_network_that_predicts_probabilities_are_labels() -> None:
    space = Space(catalogue.find("two_layer_classifier"))
    assert {*entries(space, "t")} == {0, 1}
    assert entries(space, "w1").min() < 0


def test_other_targets_may_be_anything() -> None:
    assert len({*entries(Space(catalogue.find("mlp")), "t")}) > 100


@pytest.mark.parametrize("source", EVERY, ids=str)
def test_every_source_has_a_domain(source: Source) -> None:
    # A strategy that finds none would fail to draw.
    assert drawn(cases(Space(source.made, source.options)), 3)


@architecture
def classes() -> Tensor:
    """Probabilities of classes, and their cross-entropy."""
    y = parameter("y", axis("batch", "n"), axis("outputs"))
    return cross_entropy(softmax(y), target("t", *y.axes))


def test_what_weighs_logarithms_is_one_class_of_each_sample_and_the_last_class_is_among_them() -> None:
    space = Space(classes)
    for regime in REGIMES:
        for case in drawn(cases(replace(space, regimes=(regime,))), 20):
            t = case.arrays["t"]
            assert np.array_equal(np.sort(t, axis=1)[:, :-1], np.zeros_like(t[:, 1:]))
            assert np.array_equal(t.sum(axis=1), np.ones(len(t)))
            assert t[-1, -1] == 1


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge_sum"])
def test_what_is_multiplied_by_a_score_in_a_comparison_is_a_sign(loss: str) -> None:
    assert {*entries(Space(catalogue.find(loss)), "t")} == {-1, 1}


def test_what_has_a_complement_is_one_or_the_other() -> None:
    assert {*entries(Space(catalogue.find("contrastive")), "t")} == {0, 1}
    assert {*entries(Space(catalogue.find("focal")), "t")} == {0, 1}


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "smoothed_cross_entropy", "multiclass_hinge"])
def test_what_chooses_a_class_is_one_hot(loss: str) -> None:
    for case in drawn(cases(Space(catalogue.find(loss))), 20):
        assert np.array_equal(np.sort(case.arrays["t"], axis=1)[:, -1], np.ones(len(case.arrays["t"])))
        assert case.arrays["t"].sum() == len(case.arrays["t"])


def test_what_weighs_its_own_logarithm_is_a_distribution() -> None:
    for case in drawn(cases(Space(catalogue.find("kl_divergence"), regimes=tuple(REGIMES))), 40):
        t = case.arrays["t"]
        assert t.min() > 0
        assert np.allclose(t.sum(axis=1), 1)


@pytest.mark.parametrize("loss", ["huber", "quantile", "poisson", "cosine_distance", "negative_log_likelihood"])
def test_nothing_is_said_of_other_targets(loss: str) -> None:
    found = entries(Space(catalogue.find(loss)), "t")
    assert found.min() < 0 < found.max()
    assert len({*found}) > 100
