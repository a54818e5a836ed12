"""Functions of one flat vector: what tells them, at which shapes they run, and that they are never read as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, WRONG
from gdverify.binding.calling.parts import parts
from gdverify.binding.equations.families import network
from gdverify.binding.equations.labelled import of_classes
from gdverify.binding.own.forward import Own
from gdverify.binding.recognising.labels import LABELLED
from gdverify.binding.recognising.leading import vectors
from gdverify.binding.recognising.ways import ways
from gdverify.binding.subject import BoundSubject
from gdverify.binding.subjects import find_subjects
from gdverify.cases.domains import domains
from gdverify.derivation.steps import derive
from gdverify.notation.architecture import Architecture
from tests.binding.bound import of_functions, report

BOTH = "loss and gradients"


def logistic(theta: Any, X: Any, y: Any) -> Any:
    h = 1 / (1 + np.exp(-X @ theta))
    return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h)), X.T @ (h - y) / len(y)


def entry_by_entry(theta: Any, X: Any, y: Any) -> Any:
    """Targets in a column would make it wrong, and its cost no other one."""
    h = 1 / (1 + np.exp(-X @ theta))
    cost = -(np.log(h) @ y + np.log(1 - h) @ (1 - y)) / len(y)
    return cost, np.array([np.mean((h - y) * X[:, j]) for j in range(len(theta))])


def fair(w: Any, X: Any, y: Any, c: float = 1.0) -> Any:
    r = X @ w[1:] + w[0] - y
    loss = np.mean(c * np.abs(r) - c**2 * np.log(1 + np.abs(r) / c))
    d = r / (1 + np.abs(r) / c) / len(y)
    return loss, np.r_[d.sum(), X.T @ d]


def fair_unweighted(w: Any, X: Any, y: Any, c: float = 1.0) -> Any:
    loss, _ = fair(w, X, y, c)
    d = (X @ w[1:] + w[0] - y) / len(y)
    return loss, np.r_[d.sum(), X.T @ d]


def clipped(theta: Any, X: Any, y: Any) -> Any:
    h = np.clip(1 / (1 + np.exp(-X @ theta)), 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h)), X.T @ (h - y) / len(y)


def with_epsilon(theta: Any, X: Any, y: Any) -> Any:
    h = 1 / (1 + np.exp(-X @ theta))
    return -np.mean(y * np.log(h + 1e-9) + (1 - y) * np.log(1 - h + 1e-9)), X.T @ (h - y) / len(y)


def scalar_cost(theta: Any, x: Any, y: Any) -> Any:
    return (theta * x - y) ** 2 / 2


def scalar_gradient(theta: Any, x: Any, y: Any) -> Any:
    return (theta * x - y) * x


def too_short(theta: Any, X: Any, y: Any) -> Any:
    """No gradient of the intercept."""
    cost, grad = logistic(theta, X, y)
    return cost, grad[1:]


def bound(function: Any) -> BoundSubject:
    (found,) = find_subjects(of_functions(BOTH, loss_and_gradients=function))
    assert isinstance(found, BoundSubject)
    return found


@pytest.mark.parametrize("function", [logistic, entry_by_entry])
def test_the_entries_of_a_vector_are_the_weights_of_its_inputs(function: Any) -> None:
    found = bound(function)
    assert "W1[outputs, inputs] = theta.reshape(outputs, inputs); x[batch, inputs] = X" in found.line
    assert "t[batch, outputs] = y[:, None]" in found.line
    assert report(found).verdict == CORRECT


@pytest.mark.parametrize(("function", "verdict"), [(fair, CORRECT), (fair_unweighted, WRONG)])
def test_what_no_equation_describes_is_judged_with_its_vector_as_one_array(function: Any, verdict: str) -> None:
    (own,) = find_subjects(of_functions(BOTH, loss_and_gradients=function))
    assert isinstance(own, Own)
    assert {at.shape_of(one.tensors[0]) for one in own.held[:1] for at in own.resized} == {(4,), (3,), (2,)}
    assert report(own).verdict == verdict


@pytest.mark.parametrize("function", [clipped, with_epsilon])
def test_a_probability_that_is_cut_off_is_judged_as_the_code_has_it(function: Any) -> None:
    (own,) = find_subjects(of_functions(BOTH, loss_and_gradients=function))
    assert isinstance(own, Own)
    assert report(own).verdict == CORRECT


def test_one_number_called_theta_stays_one() -> None:
    (found,) = find_subjects(of_functions("loss and gradient", loss=scalar_cost, gradient=scalar_gradient))
    assert isinstance(found, BoundSubject)
    assert found.subject.source.name == "linear_map"


def test_a_vector_runs_only_at_shapes_with_a_gradient_as_long_as_it_is() -> None:
    (vector,) = vectors(parts(of_functions(BOTH, loss_and_gradients=logistic)))
    assert {way.shapes["theta"] for way in ways(vector, 2)} == {(3,), (3, 1)}
    (vector,) = vectors(parts(of_functions(BOTH, loss_and_gradients=too_short)))
    assert not any(ways(vector, 2))


def matrices(W1: Any, b1: Any, X: Any, y: Any) -> Any:
    return np.sum((X @ W1 + b1 - y) ** 2)


@pytest.mark.parametrize("function", [matrices, lambda theta, w, X, y: 0.0, lambda theta, y: 0.0])
def test_a_call_with_other_parameters_or_no_data_is_of_no_vector(function: Any) -> None:
    assert vectors(parts(of_functions(BOTH, loss_and_gradients=function))) == []


def test_labels_are_classes_of_one_each() -> None:
    source = of_classes(network)
    assert isinstance(source, Architecture)
    (drawn,) = [domains(derive(source, hidden=0))["t"](np.array([[0.5, -1.0, 2.0], [3.0, 1.0, 0.0]]))]
    np.testing.assert_array_equal(drawn.sum(axis=1), [1, 1])


@pytest.mark.parametrize("layout", LABELLED, ids=lambda layout: layout.name)
def test_labels_are_read_as_they_were_stored(layout: Any) -> None:
    t = np.eye(5)[[3, 0, 4]]
    np.testing.assert_array_equal(layout.read(layout.store(t), [t.shape])[0], t)
    assert layout.store(t).size == 3
    assert layout.store(t).min() == ("from 1" in layout.name)
