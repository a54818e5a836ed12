"""Subjects to audit: a right one, and ways to misbehave."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gdverify.auditing.audit import audit
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import TESTED
from gdverify.cases.case import Array, Case
from tests.twins import twin

Gradients = dict[str, Any]

# An audit by tests alone, and not many of them: what is shown of a subject's code beyond them has tests of its own, and
# what is wrong here is so in most cases.
by_tests = partial(audit, evidence=TESTED, examples=40)

right = twin("mlp")


def layer(case: Case) -> Gradients:
    """A right backward pass of the operation ``affine``."""
    return twin("affine")(case)


def with_gradients(change: Callable[[Array, Case], Any], of: Callable[[Case], Gradients] = right) -> Any:
    """A subject whose gradients are changed; its loss is right."""

    def changed(case: Case) -> Gradients:
        return {k: v if k == "loss" else change(np.asarray(v), case) for k, v in of(case).items()}

    return changed


def with_entries(**entries: Any) -> Any:
    """The layer, with some of what it returns exchanged; a function is called with what was there."""

    def changed(case: Case) -> Gradients:
        found = layer(case)
        return {**found, **{k: v(found.get(k)) if callable(v) else v for k, v in entries.items()}}

    return changed


def judged(function: Any, **options: Any) -> Subject:
    """A perceptron under audit."""
    return Subject(function, "net.py:network", "mlp", options)


NET = """
import numpy as np
import gdverify


@gdverify.subject(against="mlp", hidden=1, activation="tanh", loss="mean_squared_error")
def {name}(case):
    x, t = case.inputs["x"], case.targets["t"]
    W1, b1, W2, b2 = (case.parameters[name] for name in ("W1", "b1", "W2", "b2"))
    a1 = np.tanh(x @ W1.T + b1)
    y = a1 @ W2.T + b2
    dy = 2 * (y - t) / y.size
    dz1 = {dz1}
    return {{
        "loss": np.mean((y - t) ** 2),
        "W1": dz1.T @ x, "b1": dz1.sum(axis=0), "W2": dy.T @ a1, "b2": dy.sum(axis=0),
    }}
"""
RIGHT, WRONG = "dy @ W2 * (1 - a1**2)", "dy @ W2 * (1 - np.tanh(a1) ** 2)"
DEAD = """
import numpy as np
import gdverify
from gdverify.operations.activations import relu
from gdverify.operations.losses import squared_error


@gdverify.operation("z")
def below(w):
    return -(w**2) - 1


@gdverify.architecture
def dead():
    w = gdverify.parameter("w", gdverify.axis("units"))
    return squared_error(relu(below(w)), gdverify.target("t", *w.axes))


@gdverify.subject(against=dead)
def network(case):
    w, t = case.parameters["w"], case.targets["t"]
    return {"loss": np.sum(t**2), "w": np.zeros_like(w)}
"""


def net(*functions: tuple[str, str]) -> str:
    """A file with subjects: their names, and how each writes the gradient through tanh."""
    return "".join(NET.format(name=name, dz1=dz1) for name, dz1 in functions)
