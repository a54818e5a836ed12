"""Places of a network's layers at every depth as one rule, and what has none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gdverify.binding.hand import slots
from gdverify.binding.hand.grammar import named, path
from gdverify.writing.depths import same, unified
from gdverify.writing.scope import Unspellable

RULES: dict[str, Callable[[int, int], str]] = {
    "weights[k - 1]": lambda k, layers: f"weights[{k - 1}]",
    "weights[k - 1].T": lambda k, layers: f"weights[{k - 1}].T",
    "params[f'W{k}'].T": lambda k, layers: f"params['W{k}'].T",
    "layers[2 * k - 2]['W']": lambda k, layers: f"layers[{2 * k - 2}]['W']",
    "returned[2][k - 1][0]": lambda k, layers: f"returned[2][{k - 1}][0]",
    "grads[-k]": lambda k, layers: f"grads[{layers - k}]",
    "theta": lambda k, layers: "theta",
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("depths", [(0, 1, 2, 3), (1, 2)])
def test_the_rule_holds_at_every_depth(rule: str, depths: tuple[int, ...]) -> None:
    every = {d: {f"W{k}": RULES[rule](k, d + 1) for k in range(1, d + 2)} for d in depths}
    assert unified(every) == {"W{k}": rule}


def test_what_is_no_layer_keeps_its_name() -> None:
    assert unified({d: {"x": "returned[1]"} for d in (0, 1)}) == {"x": "returned[1]"}


def test_at_one_depth_names_stay() -> None:
    assert unified({1: {"W1": "first", "W2": "second"}}) == {"W1": "first", "W2": "second"}


@pytest.mark.parametrize("places", [("first", "second"), ("a[3]", "a[1]"), ("a[0]", "a[0][1]")])
def test_without_a_rule_it_is_refused(places: tuple[str, str]) -> None:
    every = {0: {"W1": places[0]}, 1: {"W1": places[0], "W2": places[1]}, 2: {"W1": places[1], "W2": places[0]}}
    with pytest.raises(Unspellable, match=r"W\{k\} follow no rule: "):
        unified(every)


def test_texts_that_differ_are_no_text_for_all() -> None:
    assert same(["a", "a"]) == "a"
    with pytest.raises(Unspellable, match="different depths"):
        same(["a", "b"])


def test_a_key_with_the_number_of_a_layer_is_read() -> None:
    place = path("params[f'W{k + 1}'].T", "places")
    found = named({"W{k}": place}, "W1")
    assert found is not None
    assert slots.read(place, {"self": {"params": {"W2": [[1.0, 2.0]]}}}, found[1]).shape == (2, 1)
