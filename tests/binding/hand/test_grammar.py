"""Places: what may be written, what it means for each layer, and what is refused."""

from __future__ import annotations

import pytest

from gdverify.binding.hand.grammar import named, path
from gdverify.errors import UsageError


@pytest.mark.parametrize(
    "text",
    [
        "self.W", "W", "__W.T", "params['W1']", "layers[k - 1].W[:, :-1]", "returned[2]['dW']", "self[: a * (b + 1)]",
        "theta[2 * n:].reshape(n, -1)", "loss.mean()", "W[None, ..., 0]", "t[n // 2]",
    ],
)  # fmt: skip
def test_what_may_be_written(text: str) -> None:
    place = path(text, "places=…")
    assert place.root in ("self", "returned")
    assert str(place) == text


def test_self_may_be_left_out() -> None:
    assert path("W.T", "").root == "self"
    assert [type(step).__name__ for step in path("W.T", "").steps] == ["Name", "View"]
    assert len(path("self.W.T", "").steps) == 2


@pytest.mark.parametrize(
    "text",
    [
        "", "W +", "W + 1", "f(x)", "self.f()", "open('x')", "W[f(1)]", "W[lambda: 0]", "W[a.b]", "W[a ** b]",
        "W.reshape(n, order=0)", "__import__('os').system('x')", "W[[0, 1]]", "3",
    ],
)  # fmt: skip
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        path(text, "places={'W1': …}")
    said = str(caught.value)
    assert said.startswith(f"places={{'W1': …}}: {text!r} is not a place (")
    assert "expected attributes, keys, slices" in said
    assert said.endswith("give a function of the case: lambda c: ….")


def test_a_pattern_says_it_for_every_layer() -> None:
    patterns = {"W{k}": "weights", "b2": "bias", "b{k}": "biases"}
    assert named(patterns, "W12") == ("weights", {"k": 12})
    assert named(patterns, "b2") == ("bias", {})
    assert named(patterns, "b3") == ("biases", {"k": 3})
    assert named(patterns, "W") is None
    assert named(patterns, "dW1") is None
    assert named({"x": 0}, "x1") is None
