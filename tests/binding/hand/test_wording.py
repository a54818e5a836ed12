"""What a binding says of itself: the call that makes it again, and its functions as they are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gdverify
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, TESTED, WRONG
from gdverify.binding.hand.callables import text


class Flat:
    """Weights (in, out) and a loss; its update uses weights that it has just changed."""

    def __init__(self, c: Any) -> None:
        self.w1, self.w2 = np.zeros((c.inputs, c.hidden)), np.zeros((c.hidden, c.outputs))
        self.lr = 0.1

    def train(self, x: Any, t: Any, early: bool) -> None:
        h = 1 / (1 + np.exp(-x @ self.w1))
        o = 1 / (1 + np.exp(-h @ self.w2))
        d = (o - t) * o * (1 - o)
        used = self.w2
        self.w2 = self.w2 - self.lr * h.T @ d
        self.w1 = self.w1 - self.lr * x.T @ (d @ (self.w2 if early else used).T * h * (1 - h))


def trained(early: bool) -> Subject:
    return gdverify.bind(
        lambda c: Flat(c),
        against="two_layer_classifier",
        loss="half_squared_error",
        places={"w1": "w1", "w2": "w2"},
        run=lambda c: c.self.train(c.x, c.t, early),
        rate="lr",
    )


def drawn(rng: Any, sizes: Any) -> Any:
    return rng.normal(size=(sizes["n"], 2))


def forward(c: Any) -> Any:
    return c.self.x.sum()


BOUND: list[Subject] = [
    gdverify.bind(
        lambda c: Flat(c), against="two_layer_classifier", activation="tanh", places={"w1": "w1", "w2": "w2.T"},
        run=lambda c: c.self.train(c.x, c.t, early=False), gradients={"w1": ["self.a", lambda c: c.self.b]},
        rate=2.0**20, set={"options['lr']": 0.5}, seed=3, value="loss[0]", sizes={"outputs": (1, 2)},
        dtypes=["float64"], tolerance=2.0,
    ),
    gdverify.bind(Flat, inputs={"x": drawn, "t": ("n", 3)}, places={"W": ["w1", "w2"]}, run=forward, forward=forward,
                  gradients="grads", sizes={"n": 4}),
    gdverify.bind(run=lambda c: (np.tanh(c.z), c.upstream), against="tanh", gradients={"z": lambda c: c.returned[1]},
                  output="returned[0]", time_limit=3.0, kink="declared"),
    gdverify.bind(lambda c: Flat(c), inputs={"x": ("n", "m")}, steps=2, places={"w": "w1"}, rate="lr", run=forward,
                  forward=lambda c: c.self.x.sum()),
]  # fmt: skip


@pytest.mark.parametrize("bound", BOUND, ids=range(len(BOUND)))
def test_a_binding_prints_the_call_that_makes_it(bound: Subject) -> None:
    again = eval(repr(bound), dict(globals()))
    assert type(again) is type(bound)
    for part in ("sizes", "dtypes", "options", "allowance", "time_limit"):
        assert getattr(again, part) == getattr(bound, part), part
    # A lambda that was read from a text, and not from a file, has no text of its own.
    assert [one.partition(" = ")[0] for one in again.binding.split("; ")] == [
        one.partition(" = ")[0] for one in bound.binding.split("; ")
    ]


def test_a_script_prints_the_call_that_opens_it(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("n = int(input())\nw = 1.0\nfor _ in range(n):\n    w -= 2 * w\n    print(w)\n")
    opened = gdverify.script(tmp_path / "net.py", set={"n": 1}, stub=["print"], replace={"2 * w": "2.0 * w"}, seed=7)
    bound = gdverify.bind(opened, against="quadratic", places={"z": "w"}, rate=1.0)
    again = eval(repr(bound), dict(globals()))
    assert repr(again) == repr(bound)
    assert again.binding == bound.binding
    assert gdverify.audit(again, examples=8, evidence=TESTED).verdict == CORRECT


def test_a_short_function_is_shown_as_it_is_written() -> None:
    assert text(lambda c: c.self.train(c.x, early=False)) == "c.self.train(c.x, early=False)"
    pair = (lambda c: c.one, lambda c: c.two)
    assert [text(one) for one in pair] == ["c.one", "c.two"]
    line = drawn.__code__.co_firstlineno
    assert text(drawn) == f"drawn in test_wording.py:{line}"
    assert text(Flat) == "Flat"
    long = lambda c: (c.self.first.weights, c.self.second.weights, c.self.third.weights, c.self.fourth.weights)  # noqa: E731
    assert text(long) == f"test_wording.py:{long.__code__.co_firstlineno}"


def test_weights_that_are_updated_too_soon_are_named() -> None:
    right = gdverify.audit(trained(early=False), examples=16, evidence=TESTED)
    assert right.verdict == CORRECT
    wrong = gdverify.audit(trained(early=True), examples=16, evidence=TESTED)
    assert wrong.verdict == WRONG
    assert next(one.message for one in wrong.diagnosis if one.kind == "too soon") == (
        "the gradient of w1 depends on the learning rate, and is right in the limit of a small one: weights (w2) are "
        "updated before they are used to back-propagate; compute all gradients first, then update"
    )


def test_a_gradient_that_is_wrong_at_every_rate_is_not_called_too_soon() -> None:
    wrong = gdverify.bind(
        lambda c: Flat(c),
        against="two_layer_classifier",
        places={"w1": "w1", "w2": "w2"},
        run=lambda c: c.self.train(c.x, c.t, early=False),
        rate="lr",
    )
    report = gdverify.audit(wrong, examples=16, evidence=TESTED)
    assert report.verdict == WRONG
    assert not any(one.kind == "too soon" for one in report.diagnosis)
