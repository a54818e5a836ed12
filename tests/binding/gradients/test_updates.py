"""What an update does beside the gradient is named, and is no reason to call the gradient wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, UNDECIDED, WRONG
from gdverify.binding.subject import BoundSubject, find_subject
from tests.binding.bound import of_class, of_functions, report
from tests.binding.networks import Network


class Decaying(Network):
    def update(self, dW1: Any, dW2: Any) -> None:
        super().update(dW1 + 0.02 * self.W1, dW2 + 0.02 * self.W2)


class Clipping(Network):
    def update(self, dW1: Any, dW2: Any) -> None:
        super().update(np.clip(dW1, -0.125, 0.125), np.clip(dW2, -0.125, 0.125))


class Hurrying(Network):
    def train(self, x: Any, t: Any) -> Any:
        y = self.predict(x)
        dy = self.slope(y, t)
        self.W2 = self.W2 - self.lr * dy.T @ self.h
        self.W1 = self.W1 - self.lr * ((dy @ self.W2) * (1 - self.h**2)).T @ x
        return np.mean((y - t) ** 2)


class Fixed(Network):
    def update(self, dW1: Any, dW2: Any) -> None:
        self.W1 = self.W1 - 0.3 * dW1
        self.W2 = self.W2 - 0.3 * dW2


class FixedRight(Fixed):
    def __init__(self, n_in: int, n_hidden: int, n_out: int) -> None:
        super().__init__(n_in, n_hidden, n_out)
        del self.lr


class Moving(Network):
    def __init__(self, n_in: int, n_hidden: int, n_out: int, lr: float = 0.1) -> None:
        super().__init__(n_in, n_hidden, n_out, lr)
        self.v1, self.v2 = np.zeros_like(self.W1), np.zeros_like(self.W2)

    def update(self, dW1: Any, dW2: Any) -> None:
        self.v1, self.v2 = 0.9 * self.v1 + dW1, 0.9 * self.v2 + dW2
        super().update(self.v1, self.v2)


class Averaging(Moving):
    def update(self, dW1: Any, dW2: Any) -> None:
        self.v1, self.v2 = 0.75 * self.v1 + 0.25 * dW1, 0.75 * self.v2 + 0.25 * dW2
        Network.update(self, self.v1, self.v2)


class Adam(Moving):
    """Its first moment shows the gradient; the change of the weights shows signs alone."""

    def __init__(self, n_in: int, n_hidden: int, n_out: int, lr: float = 0.1) -> None:
        super().__init__(n_in, n_hidden, n_out, lr)
        self.s1, self.s2, self.k = np.zeros_like(self.W1), np.zeros_like(self.W2), 0

    def update(self, dW1: Any, dW2: Any) -> None:
        self.k += 1
        self.v1, self.v2 = 0.9 * self.v1 + 0.1 * dW1, 0.9 * self.v2 + 0.1 * dW2
        self.s1, self.s2 = 0.99 * self.s1 + 0.01 * dW1**2, 0.99 * self.s2 + 0.01 * dW2**2
        m, s = 1 - 0.9**self.k, 1 - 0.99**self.k
        Network.update(self, self.v1 / m / (np.sqrt(self.s1 / s) + 1e-8), self.v2 / m / (np.sqrt(self.s2 / s) + 1e-8))


class ScalingEach(Network):
    def update(self, dW1: Any, dW2: Any) -> None:
        super().update(self.cut(dW1), self.cut(dW2))

    def cut(self, g: Any) -> Any:
        return g * min(1.0, 0.25 / np.linalg.norm(g))


class ScalingTogether(Network):
    def update(self, dW1: Any, dW2: Any) -> None:
        factor = min(1.0, 0.25 / np.sqrt(np.sum(dW1**2) + np.sum(dW2**2)))
        super().update(dW1 * factor, dW2 * factor)


class Signs(Network):
    def update(self, dW1: Any, dW2: Any) -> None:
        super().update(dW1 / np.abs(dW1), dW2 / np.abs(dW2))


def bound(cls: type) -> BoundSubject:
    return find_subject(of_class(cls, "trained in place", forward="predict", train="train"))


SAID = {
    Network: "",
    Moving: "the update has momentum, β = 0.9: judged by its first step, in which there is none yet",
    Averaging: "the update is by a moving average, β = 0.75: judged by its first step, which is 0.25 of the gradient",
    Adam: "the update is by a moving average, β = 0.9: judged by its first step, which is 0.1 of the gradient",
    ScalingEach: "each gradient is scaled down to a norm of 0.25",
    ScalingTogether: "the gradients are scaled down together to a norm of 0.25",
    Decaying: "the update decays W2, W1 by 0.02 · w beside the gradient",
    Clipping: "the update clips each entry of the gradient at ±0.125",
    FixedRight: "the learning rate 0.3 is written into the code",
}


@pytest.mark.parametrize("cls", SAID, ids=lambda cls: cls.__name__)
def test_right_gradients_behind_any_update_are_correct(cls: type) -> None:
    found = bound(cls)
    assert [remark.split(";")[0] for remark in found.remarks] == [SAID[cls]] * bool(SAID[cls]) or set(
        SAID[cls].split()
    ) <= set(" ".join(found.remarks).replace("W1, W2", "W2, W1").replace(";", "").split())
    assert found.constant is None
    assert report(found, examples=100).verdict == CORRECT


@pytest.mark.parametrize("cls", SAID, ids=lambda cls: cls.__name__)
def test_wrong_gradients_behind_any_update_are_wrong(cls: type) -> None:
    class Wrong(cls):  # type: ignore[misc]
        def slope(self, y: Any, t: Any) -> Any:
            return np.sign(y - t) / y.size

    Wrong.__name__ = f"Wrong{cls.__name__}"
    assert report(bound(Wrong)).verdict == WRONG


def test_where_signs_alone_are_left_there_is_no_verdict() -> None:
    found = bound(Signs)
    assert found.remarks[0].startswith("the update divides each entry by its own size, as Adam does: the signs are")
    judged = report(found, examples=20)
    assert {row.verdict for row in judged.parameters if row.name != "loss"} == {UNDECIDED}


def eager(w1: Any, w2: Any, x: Any, t: Any, lr: float) -> Any:
    """A function in place of a class."""
    h = np.tanh(x @ w1)
    y = h @ w2
    dy = 2 * (y - t) / y.size
    w2 -= lr * h.T @ dy
    w1 -= lr * x.T @ (dy @ w2.T * (1 - h**2))
    return np.mean((y - t) ** 2)


def eager_function() -> BoundSubject:
    return find_subject(of_functions("training function", train=eager))


@pytest.mark.parametrize("made", [lambda: bound(Hurrying), eager_function], ids=["class", "function"])
def test_weights_updated_too_soon_have_a_message_of_their_own(made: Callable[[], BoundSubject]) -> None:
    found = made()
    assert report(found).verdict == WRONG
    assert found.remarks == (
        "the gradient of W1 depends on the learning rate, and is right in the limit of a small one: weights (W2) are "
        "updated before they are used to back-propagate; compute all gradients first, then update",
    )
