"""scikit-learn's networks, bound by hand to their own backward pass: what the audit says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import gdverify
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, TESTED, WRONG, SubjectReport

neural = pytest.importorskip(
    "sklearn.neural_network", reason='needs the extra "sklearn": pip install "gdverify[sklearn]"'
)
PENALTIES = (0.0, 0.5)
ACTIVATIONS = ("identity", "logistic", "tanh", "relu")


def classes(rng: np.random.Generator, sizes: Mapping[str, int]) -> Any:
    """Labels, every class among them."""
    return rng.permutation(np.arange(sizes["batch"]) % sizes["outputs"])


def numbers(rng: np.random.Generator, sizes: Mapping[str, int]) -> Any:
    """Targets; those of one output are a vector."""
    drawn = rng.normal(size=(sizes["batch"], sizes["outputs"]))
    return drawn[:, 0] if sizes["outputs"] == 1 else drawn


def backprop(c: Any, targets: Any) -> Any:
    """The loss, and lists of gradients; its lists of activations and deltas are made by who calls it."""
    empty = [None] * len(c.self.coefs_)
    return c.self._backprop(c.x, targets, None, [c.x, *empty], [*empty], [*empty], [*empty])


def encoded(c: Any) -> Any:
    """The targets as its backward pass wants them."""
    found = c.self._label_binarizer.transform(c.t) if hasattr(c.self, "_label_binarizer") else c.t
    return found.reshape(len(c.x), -1)


def bound(cls: type, targets: Any, outputs: int, **options: Any) -> Subject:
    """A network with one hidden layer, against the loss that it returns."""
    return gdverify.bind(
        lambda c: cls(hidden_layer_sizes=(c.hidden,), max_iter=1, **options).fit(c.x, c.t),
        inputs={"x": ("batch", "inputs"), "t": targets},
        sizes={"batch": (4, 5), "hidden": (2, 3), "outputs": outputs},
        places={"W1": "coefs_[0]", "b1": "intercepts_[0]", "W2": "coefs_[1]", "b2": "intercepts_[1]"},
        run=lambda c: backprop(c, encoded(c)),
        value="returned[0]",
        gradients={"W{k}": "returned[1][k - 1]", "b{k}": "returned[2][k - 1]"},
    )


def against(cls: type, targets: Any, loss: str, **more: Any) -> Subject:
    """The same code, against the catalogue; without a penalty, which no entry of it has."""
    return gdverify.bind(
        lambda c: cls(hidden_layer_sizes=c.widths[1:-1], activation="tanh", alpha=0.0, max_iter=1).fit(
            np.zeros((2, c.inputs)), targets(c)
        ),
        against="mlp",
        hidden=(1, 2),
        loss=loss,
        places={"W{k}": "coefs_[k - 1].T", "b{k}": "intercepts_[k - 1]"},
        run=lambda c: backprop(c, c.t),
        gradients={"W{k}": "returned[1][k - 1].T", "b{k}": "returned[2][k - 1]"},
        **more,
    )


def judged(subject: Subject, examples: int = 3) -> SubjectReport:
    return gdverify.audit(subject, examples=examples, evidence=TESTED)


@pytest.mark.parametrize("alpha", PENALTIES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("outputs", [2, 3])
def test_the_classifier_is_right(outputs: int, activation: str, alpha: float) -> None:
    """Binary, by a sigmoid, and of several classes, by a softmax; the penalty is α/2 Σ W² over the batch."""
    subject = bound(neural.MLPClassifier, classes, outputs, activation=activation, alpha=alpha)
    report = judged(subject)
    assert report.verdict == CORRECT, str(report)
    assert {row.name for row in report.parameters} == {"W1", "b1", "W2", "b2"}


@pytest.mark.parametrize("alpha", PENALTIES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_regressor_with_one_output_is_right(activation: str, alpha: float) -> None:
    """Half the squared error, averaged over the batch."""
    assert judged(bound(neural.MLPRegressor, numbers, 1, activation=activation, alpha=alpha)).verdict == CORRECT


def test_the_regressor_with_several_outputs_has_another_loss_than_its_gradient() -> None:
    """The loss that it returns is averaged over the outputs, its gradient is that of their sum."""
    report = judged(bound(neural.MLPRegressor, numbers, 3, activation="tanh", alpha=0.0))
    assert report.verdict == WRONG
    assert any("every gradient is × outputs the right one" in one.message for one in report.diagnosis), str(report)
    penalised = judged(bound(neural.MLPRegressor, numbers, 3, activation="tanh", alpha=0.5))
    assert penalised.verdict == WRONG
    assert not any("× outputs" in one.message for one in penalised.diagnosis)


def test_a_penalty_that_is_left_out_is_seen() -> None:
    def shrunk(c: Any) -> Any:
        return c.returned[1][0] - 0.5 * c.W1 / len(c.x)

    right = bound(neural.MLPClassifier, classes, 3, activation="tanh", alpha=0.5)
    assert judged(right).verdict == CORRECT
    hand = right.function
    hand.gradients["W1"] = (shrunk,)
    assert judged(right).verdict == WRONG


def test_the_classifier_is_the_catalogues_network() -> None:
    subject = against(neural.MLPClassifier, lambda c: [0, 1], "binary_cross_entropy_with_logits", sizes={"outputs": 1})
    assert judged(subject, examples=24).verdict == CORRECT


def test_the_regressor_is_the_catalogues_network_for_one_output_alone() -> None:
    def targets(c: Any) -> Any:
        return np.zeros((2, c.outputs)) if c.outputs > 1 else np.zeros(2)

    one = against(neural.MLPRegressor, targets, "half_mean_squared_error", sizes={"outputs": 1}, value="returned[0]")
    assert judged(one, examples=24).verdict == CORRECT
    report = judged(against(neural.MLPRegressor, targets, "half_mean_squared_error", value="returned[0]"), examples=24)
    assert report.verdict == WRONG
    assert {row.name: row.verdict for row in report.parameters}["loss"] == CORRECT
    assert any("× outputs" in one.message for one in report.diagnosis), str(report)
