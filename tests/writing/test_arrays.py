"""Arrays in words: every layout has an expression for what is stored, and a place for each tensor that is found."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from gdverify.binding.calling.carriers import CARRIERS
from gdverify.binding.calling.places import Attribute, Item, Place
from gdverify.binding.calling.running import Held
from gdverify.binding.hand import slots
from gdverify.binding.hand.grammar import path
from gdverify.binding.recognising.layouts import LAYOUTS, Layout
from gdverify.notation.axes import Axis
from gdverify.notation.tensors import Tensor
from gdverify.writing.arrays import CARRIED, STORED, expression, place, places
from gdverify.writing.scope import Unspellable

SIZES = {"batch": 1, "outputs": 1, "inputs": 3}
OPTIONS = [
    [Tensor("W", [Axis("outputs", "o"), Axis("inputs", "i")]), Tensor("b", [Axis("outputs", "o")])],
    [Tensor("x", [Axis("batch", "n"), Axis("inputs", "i")])],
    [Tensor("x", [Axis("inputs", "n"), Axis("outputs", "i")])],
    [Tensor("W", [Axis("outputs", "n"), Axis("inputs", "i")])],
    [Tensor("b", [Axis("outputs", "o")])],
    [Tensor("a", [])],
]


def held(layout: Layout) -> Held:
    """Tensors to which the layout applies."""
    for tensors in OPTIONS:
        if len(tensors) == layout.tensors and layout.shape(tensors, SIZES) is not None:
            return Held(tuple(tensors), layout, Place("self", (Attribute("p"),)))
    raise AssertionError(f"no tensors for {layout.name}")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_what_is_stored_is_what_the_layout_stores_and_is_found_again(layout: Layout) -> None:
    one = held(layout)
    rng = np.random.default_rng(0)
    values = {tensor.name: rng.normal(size=[SIZES[axis.name] for axis in tensor.axes]) for tensor in one.tensors}
    text = STORED[layout.name].format(*(f"c.{name}" for name in values))
    stored = eval(text, {"np": np, "c": SimpleNamespace(**values)})
    expected = layout.store(*values.values())
    np.testing.assert_array_equal(stored, expected)
    assert np.shape(stored) == np.shape(expected)
    roots = {"self": SimpleNamespace(p=np.array(expected))}
    for name, where in places(one, place(one.place, {})).items():
        found = slots.read(path(where, "place"), roots, {})
        np.testing.assert_array_equal(found, values[name])
        assert found.shape == values[name].shape


def test_every_carrier_has_a_text() -> None:
    assert {one.name for one in CARRIERS} == set(CARRIED)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Place("self", (Attribute("W"),)), "W"),
        (Place("self", (Attribute("_Net__W"),)), "__W"),
        (Place("self", (Attribute("params"), Item("W1"))), "params['W1']"),
        (Place("self", (Attribute("returned"),)), "self.returned"),
        (Place("self", (Item(0),)), "self[0]"),
        (Place("backward", (Item(1), Item("dW"))), "returned[1][1]['dW']"),
        (Place("w"), "w"),
    ],
)
def test_a_place_is_written_as_a_binding_by_hand_reads_it(where: Place, text: str) -> None:
    assert place(where, {"backward": "returned[1]", "w": "self.w"}) == text


def test_an_expression_has_the_name_that_python_gives_an_attribute() -> None:
    where = Place("self", (Attribute("_Net__W"), Item("k")))
    assert expression(where, {"self": "c.self"}) == 'c.self._Net__W["k"]'


def test_what_has_no_root_or_no_key_has_no_expression() -> None:
    with pytest.raises(Unspellable, match="later is not at hand"):
        expression(Place("later"), {"self": "c.self"})
    with pytest.raises(Unspellable, match="has no text"):
        expression(Place("self", (Item(object()),)), {"self": "c.self"})
