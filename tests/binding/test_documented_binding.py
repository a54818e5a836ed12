"""The classes and functions of the four documents are bound with no adapter, and judged as on record."""

from __future__ import annotations

from typing import Any

import pytest

from gdverify.auditing.audit import audit
from gdverify.auditing.verdicts import CORRECT, WRONG
from gdverify.binding.finding.units import Unit
from gdverify.binding.subject import BoundSubject, find_subject
from gdverify.binding.subjects import find_subjects
from gdverify.documented import classifier, fully_connected, layers, neuron
from tests.binding.bound import LAYER, of_class, of_functions, report

TRAINED: dict[str, str] = {"forward": "predict", "train": "train"}
BOTH = {**LAYER, "train": "train"}


def pair(**roles: Any) -> Unit:
    return of_functions("loss and gradient", **roles)


ROWS: list[tuple[Unit, str, str]] = [
    (of_class(layers.Linear, **LAYER), "affine", CORRECT),
    (of_class(layers.ReLU, **LAYER), "relu", CORRECT),
    (of_class(layers.Tanh, **LAYER), "tanh", CORRECT),
    (of_class(layers.MeanSquaredError, **LAYER), "mean_squared_error", CORRECT),
    (of_class(layers.MLP, **LAYER), "mlp", CORRECT),
    (of_class(classifier.CorrectedClassifier, **BOTH), "two_layer_classifier", CORRECT),
    (of_class(fully_connected.FullyConnected, **TRAINED), "fully_connected", CORRECT),
    (of_class(fully_connected.LeakyReLU, **TRAINED), "fully_connected", CORRECT),
    (of_class(fully_connected.CorrectedFlattened, **TRAINED), "fully_connected", CORRECT),
    (of_class(fully_connected.Flattened, **TRAINED), "fully_connected", WRONG),
    (pair(loss=neuron.loss, gradient=neuron.gradient), "sigmoid_neuron", WRONG),
    (pair(loss=neuron.loss, gradient=neuron.corrected_gradient), "sigmoid_neuron", CORRECT),
    (pair(loss=layers.line_loss, gradient=layers.line_gradient), "line", CORRECT),
    (pair(loss=classifier.linear_map_loss, gradient=classifier.linear_map_gradient), "linear_map", CORRECT),
    (pair(forward=layers.quadratic, gradient=layers.quadratic_gradient), "square", CORRECT),
]


@pytest.mark.parametrize(("unit", "against", "verdict"), ROWS, ids=[unit.name for unit, _, _ in ROWS])
def test_each_is_recognised_and_judged(unit: Unit, against: str, verdict: str) -> None:
    found = find_subject(unit)
    assert found.subject.source.name == against
    assert found.constant is None
    assert report(found, examples=100).verdict == verdict


def classifier_as_documented(**stated: Any) -> BoundSubject:
    return find_subject(of_class(classifier.Classifier, **BOTH), **stated)


def test_the_classifier_states_no_loss_so_the_one_that_fits_is_inferred() -> None:
    found = classifier_as_documented()
    assert found.remarks == ("no loss is stated: the gradients are those of half_squared_error, which is inferred",)
    assert report(found).verdict == CORRECT


def test_the_classifier_is_wrong_against_its_documents_loss() -> None:
    found = classifier_as_documented(loss="binary_cross_entropy")
    assert found.remarks == ()
    assert report(found).verdict == WRONG


def test_the_line_says_where_everything_is() -> None:
    line = find_subject(of_class(fully_connected.FullyConnected, **TRAINED)).line
    assert "W1[hidden1, inputs] = self.weights[0][:, :-1]; b1[hidden1] = self.weights[0][:, -1]" in line
    assert "x[inputs] = data" in line
    assert "loss[] = train" in line
    assert "dW1[hidden1, inputs] = (self.weights[0] before − after) / 2**20[:, :-1]" not in line
    assert "dW1[hidden1, inputs] = ((self.weights[0] before − after) / 2**20)[:, :-1]" in line


def test_a_gradient_in_an_attribute_goes_before_one_that_shows_in_the_weights() -> None:
    assert "dw1[inputs, hidden] = self.dC_dw1" in classifier_as_documented().line


def test_a_network_of_any_depth_is_judged_at_every_depth() -> None:
    found = find_subject(of_class(layers.MLP, **LAYER))
    assert found.subject.options["hidden"] == (0, 1, 2, 3)
    assert found.subject.sizes == {}


def test_every_activation_that_the_constructor_offers_is_a_subject() -> None:
    found = find_subjects(of_class(layers.MLP, **LAYER))
    assert [str(one.subject.options["activation"]) for one in found] == ["relu", "tanh"]
    assert [one.subject.name for one in found] == ["net.py:MLP", "net.py:MLP(activation=Tanh)"]


def test_the_verdict_does_not_depend_on_chance() -> None:
    unit = of_class(fully_connected.Flattened, **TRAINED)
    first, second = find_subject(unit), find_subject(unit)
    assert first.line == second.line
    assert audit(first.subject, examples=20) == audit(second.subject, examples=20)
