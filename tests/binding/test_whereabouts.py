"""The line of a wrong gradient, read off the syntax of the function that gives it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from gdverify.auditing.verdicts import CORRECT, WRONG, Diagnosis
from gdverify.binding.calling.places import Attribute, Item, Place, Step
from gdverify.binding.calling.running import SELF, Held
from gdverify.binding.finding.units import Unit
from gdverify.binding.gradients.gradients import Found
from gdverify.binding.recognising.layouts import SINGLE
from gdverify.binding.whereabouts import LINE, lines
from gdverify.notation.tensors import Tensor
from tests.binding.bound import of_class, of_functions


class Layer:
    def backward(self, dy: Any) -> None:
        grad_y = 2 * dy
        self.dy = grad_y / 2
        self.dW = 0 * dy
        self.dW = self.x.T @ dy
        self.db, self.dx = dy.sum(0), dy @ self.W
        self.grads["b"] = dy.sum()
        if dy.any():
            self.dW /= 2
        self.dW += 1


class Trained:
    def train(self, x: Any, dy: Any) -> None:
        grad_W = x.T @ dy
        grad_b = dy.sum(0)
        self.W -= self.lr * grad_W
        step = self.lr / 2
        self.b -= step * dy.mean()
        return grad_b


def paired(x: Any, dy: Any) -> Any:
    dW = x.T @ dy
    if x is dy:
        return None
    return dW, dy.sum(0)


def by_name(x: Any, dy: Any) -> Any:
    dW = x.T @ dy
    return {"W": dW, "b": dy.sum(0)}


def pulled_back(x: Any) -> Any:
    def back(dy: Any) -> Any:
        dW = x.T @ dy
        return dW

    return x, back


def empty(x: Any, dy: Any) -> None:
    x += dy


LAYER = replace(of_class(Layer, backward="backward"), file=__file__)
TRAINED = replace(of_class(Trained, train="train"), file=__file__)


def function(one: Callable[..., Any]) -> Unit:
    return replace(of_functions(backward=one), file=__file__)


def gradient(name: str, root: str, *steps: Step, rate: float | None = None) -> Found:
    return Found(Held((Tensor(name, ()),), SINGLE[0], Place(root, steps)), rate, False, None, "by name")


def said(unit: Unit, role: str, *gradients: Found, wrong: Sequence[str] = ("W", "b"), before: Any = ()) -> list[str]:
    rows = [SimpleNamespace(name=name, verdict=WRONG if name in wrong else CORRECT) for name in ("W", "b", "x")]
    found = lines(unit, role, gradients, SimpleNamespace(parameters=rows, diagnosis=before))  # type: ignore[arg-type]
    assert {one.kind for one in found} <= {LINE}
    return [one.message for one in found]


def at(owner: Any, text: str) -> str:
    """The last line of the source with a text, as a message names it."""
    source, first = inspect.getsourcelines(owner)
    number = max(k for k, line in enumerate(source) if line.strip() == text)
    return f"test_whereabouts.py:{first + number}: {text}"


ATTRIBUTES = {
    "the last assignment": (LAYER, Layer, Attribute("dW"), None, "self.dW += 1"),
    "the assignment itself, where it is no update": (LAYER, Layer, Attribute("dy"), None, "self.dy = grad_y / 2"),
    "one of several targets": (LAYER, Layer, Attribute("db"), None, "self.db, self.dx = (dy.sum(0), dy @ self.W)"),
    "the gradient that an update takes": (TRAINED, Trained, Attribute("W"), 0.1, "grad_W = x.T @ dy"),
    "the update, where it names none": (TRAINED, Trained, Attribute("b"), 0.1, "self.b -= step * dy.mean()"),
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_attribute_is_where_it_is_assigned(name: str) -> None:
    unit, owner, step, rate, text = ATTRIBUTES[name]
    written = text.replace("(dy.sum(0), dy @ self.W)", "dy.sum(0), dy @ self.W")
    expected = at(owner, written).replace(written, text)
    assert said(unit, "train" if rate else "backward", gradient("W", SELF, step, rate=rate)) == [expected]


def test_an_entry_of_an_attribute_is_where_it_is_assigned() -> None:
    place = (Attribute("grads"), Item("b"))
    (found,) = said(LAYER, "backward", gradient("b", SELF, *place))
    assert found == at(Layer, 'self.grads["b"] = dy.sum()').replace('"', "'")


RETURNED = {
    "a name, where it is assigned": (paired, Item(0), "dW = x.T @ dy"),
    "an expression, where it is returned": (paired, Item(1), "return dW, dy.sum(0)"),
    "in a function that is called later": (pulled_back, None, "dW = x.T @ dy"),
    "a key": (by_name, Item("W"), "dW = x.T @ dy"),
}


@pytest.mark.parametrize("name", RETURNED)
def test_what_is_returned_is_where_its_part_is_written(name: str) -> None:
    owner, step, text = RETURNED[name]
    (found,) = said(function(owner), "backward", gradient("W", "backward", *[step] * bool(step)))
    assert found.replace("(dW, dy.sum(0))", "dW, dy.sum(0)") == at(owner, text)


def test_a_key_that_is_not_returned_is_the_return_itself() -> None:
    (found,) = said(function(by_name), "backward", gradient("W", "backward", Item("V")))
    assert "return {'W': dW" in found


def test_each_line_is_said_once_and_only_of_what_is_wrong() -> None:
    both = [gradient("W", "backward", Item(0)), gradient("b", "backward", Item(1))]
    assert len(said(function(paired), "backward", *both)) == 2
    assert said(function(paired), "backward", *both, wrong=["W"]) == [at(paired, "dW = x.T @ dy")]
    assert len(said(function(paired), "backward", both[0], replace(both[0]))) == 1


def test_nothing_is_said_where_nothing_can_be() -> None:
    one = gradient("W", "backward", Item(0))
    assert said(function(empty), "backward", one) == []
    assert said(function(paired), "backward", one, before=[Diagnosis(LINE, "known")]) == []
    assert said(replace(function(paired), file="net.py"), "backward", one) == []
    assert said(replace(function(paired), objects=(abs,)), "backward", one) == []
    assert said(LAYER, "backward", gradient("W", SELF, Attribute("dV"))) == []
