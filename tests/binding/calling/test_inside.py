"""What is said of weights that come into being inside ``fit`` is a binding that judges them, but for the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gdverify
from gdverify.auditing.verdicts import CORRECT, WRONG
from gdverify.binding.ambiguity import Unbound
from gdverify.binding.calling.inside import advice
from gdverify.binding.calling.parts import parts
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import of_class

TRAINED = "trained in place"


class Regression:
    def __init__(self, learning_rate: float = 0.01, epochs: int = 100) -> None:
        self.learning_rate, self.epochs = learning_rate, epochs
        self.W: Any = None

    def fit(self, X: Any, y: Any) -> Any:
        self.W, self.bias = np.random.default_rng(3).normal(size=(X.shape[1], 1)), 0.0
        for _ in range(self.epochs):
            error = X @ self.W + self.bias - y[:, None]
            self.W = self.W - self.learning_rate * self.slope(X.T @ error) / len(X)
            self.bias -= self.learning_rate * error.mean()
        return self

    def slope(self, gradient: Any) -> Any:
        return gradient

    def predict(self, X: Any) -> Any:
        return (X @ self.W + self.bias)[:, 0]


class Doubled(Regression):
    def slope(self, gradient: Any) -> Any:
        return 2 * gradient


class Told(Regression):
    """Is told of its steps when it is trained."""

    def __init__(self) -> None:
        super().__init__()

    def fit(self, X: Any, y: Any, alpha: Any = 0.01, iterations: Any = 100) -> Any:
        self.learning_rate, self.epochs = alpha, iterations
        return super().fit(X, y)


class Held(Regression):
    """Has its weights before it is trained."""

    def __init__(self, n_in: int, lr: float = 0.01, epochs: int = 10) -> None:
        super().__init__(lr, epochs)
        self.W = np.zeros((n_in, 1))


class Endless(Regression):
    """Nothing says for how many steps."""

    def __init__(self, lr: float = 0.01) -> None:
        super().__init__(lr, 1)


def said(cls: type) -> str:
    return advice(parts(of_class(cls, TRAINED, forward="predict", train="fit")), 2)


def bound(cls: type) -> Any:
    """What is said, with the loss in the place that is left."""
    loss = "lambda c: np.mean((c.self.predict(c.x) - c.t) ** 2) / 2"
    text = said(cls).partition("\n")[2].strip().replace("lambda c: …", loss)
    return eval(text, {"gdverify": gdverify, "np": np, cls.__name__: cls})


@pytest.mark.parametrize(("cls", "verdict"), [(Regression, CORRECT), (Told, CORRECT), (Doubled, WRONG)])
def test_the_binding_that_is_said_judges_the_code(cls: type, verdict: str) -> None:
    assert gdverify.audit(bound(cls), examples=4).verdict == verdict


@pytest.mark.parametrize("cls", [Held, Endless])
def test_nothing_is_said_of_what_that_would_not_bind(cls: type) -> None:
    assert said(cls) == ""


def test_it_is_said_where_the_code_is_not_bound() -> None:
    with pytest.raises(Unbound) as refused:
        find_subjects(of_class(Regression, TRAINED, forward="predict", train="fit"))
    assert (
        "The weights come into being inside self.fit, anew in each call, so that none can be put there. What a step "
        "takes off them shows when it is run for 2 steps and for one more, under one seed; say so by hand, with the "
        "loss for …:\n    gdverify.bind(lambda c: Regression(learning_rate=2.0, epochs=c.steps), steps=2, rate=2.0, "
        "inputs={'x': ('batch', 'features'), 't': ('batch',)}, run=lambda c: c.self.fit(c.x, c.t), "
        "places={'W': 'W', 'bias': 'bias'}, forward=lambda c: …)"
    ) in str(refused.value)
