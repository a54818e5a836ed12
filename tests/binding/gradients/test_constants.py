"""The constant that is common to all gradients: which one it is, and what it means for the verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import UP_TO_CONSTANT, WRONG, Report
from gdverify.binding.subject import find_subject
from tests.binding.bound import of_class, of_functions, report
from tests.binding.networks import Network


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


SAID: dict[str, Callable[..., Any]] = {
    "batch": lambda x, t, lr: len(x),
    "inputs": lambda x, t, lr: x.shape[1],
    "½": lambda x, t, lr: 0.5,
    "lr": lambda x, t, lr: lr,
    "2 lr/batch": lambda x, t, lr: 2 * lr / len(x),
    "0.37": lambda x, t, lr: 0.37,
}


class Gradient:
    """A network of one layer that returns the gradient of its weights, times a factor."""

    factor: Callable[..., Any]

    def __init__(self, n_in: int, n_out: int, lr: float = 0.1) -> None:
        self.lr = lr
        self.W = np.ones((n_in, n_out))

    def forward(self, x: Any) -> Any:
        self.x, self.p = x, sigmoid(x @ self.W)
        return self.p

    def gradient(self, t: Any) -> Any:
        dz = (self.p - t) / t.size
        return type(self).factor(self.x, t, self.lr) * self.x.T @ dz


def found(factor: Callable[..., Any]) -> Any:
    cls = type("Scaled", (Gradient,), {"factor": staticmethod(factor)})
    return find_subject(of_class(cls, "value and derivative", forward="forward", gradient="gradient"))


@pytest.mark.parametrize("said", SAID)
def test_the_constant_is_identified_and_needs_no_action_where_no_loss_is_stated(said: str) -> None:
    one = found(SAID[said])
    assert one.constant.constant.factor == said
    judged = report(one)
    assert (judged.verdict, judged.exit_code) == (UP_TO_CONSTANT, 0)
    (message,) = (remark.message for remark in judged.diagnosis if remark.kind == "constant")
    assert message == (
        f"every gradient is the right one × {said}; no loss is stated, so that × {said} may be meant: "
        "--loss makes the size count"
    )


def test_a_constant_that_turns_the_gradient_is_acted_upon() -> None:
    judged = report(found(lambda x, t, lr: -1))
    assert (judged.verdict, judged.exit_code) == (UP_TO_CONSTANT, 1)
    assert "× −1: a step against it ascends; turn the sign" in str(judged)


class Halved(Network):
    def slope(self, y: Any, t: Any) -> Any:
        return super().slope(y, t) / 2


class HalvedFirst(Network):
    def update(self, dW1: Any, dW2: Any) -> None:
        super().update(dW1 / 2, dW2)


def trained(cls: type) -> Any:
    return find_subject(of_class(cls, "trained in place", forward="predict", train="train"))


def test_a_constant_beside_a_loss_that_the_code_states_is_acted_upon() -> None:
    judged = report(trained(Halved), examples=30)
    assert (judged.verdict, judged.exit_code) == (UP_TO_CONSTANT, 1)
    assert Report((judged,)).exit_code == 1
    text = str(judged)
    assert "CORRECT UP TO A CONSTANT" in text
    assert (
        "constant every gradient is the right one × ½; divide by ½, or name the loss that is meant with --loss" in text
    )
    assert "the right gradient times a constant" not in text


def test_different_constants_are_wrong() -> None:
    judged = report(trained(HalvedFirst), examples=30)
    assert (judged.verdict, judged.exit_code) == (WRONG, 1)
    assert judged.constant is None


def test_a_wrong_loss_beside_a_constant_is_wrong() -> None:
    def loss(y: Any, t: Any) -> Any:
        return np.mean((y - t) ** 2) * (1 + (len(y) == 2))

    def gradient(y: Any, t: Any) -> Any:
        return (y - t) / y.size

    judged = report(find_subject(of_functions("loss and gradient", loss=loss, gradient=gradient)), examples=60)
    assert judged.verdict == WRONG
