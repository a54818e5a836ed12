"""What is put at a place is what is read there, in whatever it is held, and nothing else changes."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gdverify.binding.hand.grammar import path
from gdverify.binding.hand.slots import WrongShape, put, put_value, read, replaces


class Private:
    def __init__(self) -> None:
        self.__w = np.zeros((3, 2))
        self.other = 7.0

    def shown(self) -> Any:
        return self.__w


class Below(Private):
    pass


def _neurons() -> list[Any]:
    return [SimpleNamespace(weights=[0.0, 0.0], bias=0.0, delta=1.0) for _ in range(3)]


# What self is, the place, the shape of what is put there.
HELD: list[tuple[Any, str, tuple[int, ...]]] = [
    (SimpleNamespace(W=np.zeros((3, 2))), "W", (3, 2)),
    (SimpleNamespace(W=np.zeros((2, 3))), "W.T", (3, 2)),
    (SimpleNamespace(W=None), "W", (3, 2)),
    (SimpleNamespace(W=None), "W.T", (3, 2)),
    (SimpleNamespace(b=0.0), "b[None]", (1,)),
    (SimpleNamespace(b=0), "b", ()),
    (SimpleNamespace(t=np.zeros(4)), "t[:, None]", (4, 1)),
    (SimpleNamespace(b=np.zeros((3, 1))), "b[:, 0]", (3,)),
    (SimpleNamespace(b=np.zeros((1, 3))), "b[0]", (3,)),
    (SimpleNamespace(b=np.zeros((1, 1))), "b[0, 0]", ()),
    (SimpleNamespace(W=np.ones((3, 3))), "W[:, 1:]", (3, 2)),
    (SimpleNamespace(W=[[1.0, 2.0, 3.0]] * 2), "W[:, :-1]", (2, 2)),
    (SimpleNamespace(w=[1.0, 2.0, 3.0]), "w[1]", ()),
    (SimpleNamespace(w=[1.0] * 7), "w[:m * n].reshape(m, n)", (2, 3)),
    (SimpleNamespace(w=np.ones(7)), "w[:m * n].reshape(m, n)[:, 1:].T", (2, 2)),
    (SimpleNamespace(W=[np.zeros((3, 2)), np.zeros((1, 3))]), "W[n - 2]", (1, 3)),
    (SimpleNamespace(W=(np.zeros((3, 2)), np.zeros((1, 3)))), "W[-1]", (1, 3)),
    ({"W1": np.zeros((3, 2))}, "self['W1'].T", (2, 3)),
    ({"W3": np.zeros((3, 2))}, "self[f'W{n}'].T", (2, 3)),
    (SimpleNamespace(pairs=[[np.zeros((3, 2)), np.zeros(3)]]), "pairs[0][1]", (3,)),
    (SimpleNamespace(pairs=[{"w": np.zeros((3, 2))}, {"w": np.zeros((1, 2))}]), "pairs[0].w", (3, 2)),
    ({}, "self['W1']", (2, 3)),
    ({"layers": [{"w": np.zeros(2)}]}, "layers[0].w", (2,)),
    (np.ones((3, 4)), "self[:, 0]", (3,)),
    (Private(), "__w", (3, 2)),
    (Below(), "self.__w.T", (2, 3)),
    (SimpleNamespace(layers=[_neurons()]), "layers[0][:].weights", (3, 2)),
    (SimpleNamespace(layers=[_neurons()]), "layers[0][1:].bias", (2,)),
    (SimpleNamespace(layers=tuple(_neurons())), "layers[:].weights", (3, 2)),
]
SIZES = {"m": 2, "n": 3}


@pytest.mark.parametrize(("held", "text", "shape"), HELD, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_put_is_read(held: Any, text: str, shape: tuple[int, ...]) -> None:
    roots, place = {"self": copy.deepcopy(held)}, path(text, "")
    new = np.random.default_rng(0).normal(size=shape)
    put(place, roots, new, SIZES)
    got = read(place, roots, SIZES)
    assert got.shape == shape
    assert np.array_equal(got, new)
    assert type(roots["self"]) is type(held)
    got += 1  # is in memory of its own
    assert np.array_equal(read(place, roots, SIZES), new)


def test_what_is_beside_the_place_stays() -> None:
    net = SimpleNamespace(W=np.arange(6.0).reshape(2, 3), layers=[_neurons()])
    put(path("W[:, 0]", ""), {"self": net}, np.array([-1.0, -2.0]), {})
    assert np.array_equal(net.W, [[-1, 1, 2], [-2, 4, 5]])
    put(path("layers[0][:].weights", ""), {"self": net}, np.ones((3, 2)), {})
    assert [(one.weights, one.bias) for one in net.layers[0]] == [([1.0, 1.0], 0.0)] * 3


def test_a_list_stays_a_list_and_a_number_a_number() -> None:
    net = SimpleNamespace(w=[1.0, 2.0], b=0.5)
    put(path("w", ""), {"self": net}, np.array([3.0, 4.0]), {})
    put(path("b[None]", ""), {"self": net}, np.array([5.0]), {})
    assert net.w == [3.0, 4.0]
    assert type(net.w[0]) is float
    assert np.shape(net.b) == ()


def test_the_private_name_is_that_of_the_class_that_wrote_it() -> None:
    net = Below()
    put(path("__w", ""), {"self": net}, np.ones((3, 2)), {})
    assert np.array_equal(net.shown(), np.ones((3, 2)))


@pytest.mark.parametrize(
    ("held", "text", "there", "shape"),
    [
        (SimpleNamespace(W=np.zeros((2, 3))), "W", (2, 3), (3, 2)),
        (SimpleNamespace(W=np.zeros((2, 3))), "W[:, :-1]", (2, 2), (2, 3)),
        (SimpleNamespace(w=[1.0, 2.0]), "w", (2,), (3,)),
        (SimpleNamespace(layers=_neurons()), "layers[:].bias", (3,), (2,)),
        (SimpleNamespace(t=np.zeros(4)), "t[:, None]", (4, 1), (4, 2)),
    ],
    ids=str,
)  # fmt: skip
def test_another_shape_is_refused(held: Any, text: str, there: tuple[int, ...], shape: tuple[int, ...]) -> None:
    with pytest.raises(WrongShape) as caught:
        put(path(text, ""), {"self": held}, np.zeros(shape), {})
    assert caught.value.shape == there


@pytest.mark.parametrize("text", ["W.sum()", "W[0].mean()", "returned[0]", "self", "missing[0]", "missing.W"])
def test_what_cannot_be_written_is_refused(text: str) -> None:
    roots = {"self": SimpleNamespace(W=np.zeros((2, 3)))}
    with pytest.raises((TypeError, LookupError, AttributeError)):
        put(path(text, ""), roots, np.zeros(()), {})


def test_a_value_is_set_as_it_is() -> None:
    net = SimpleNamespace(options={"lr": 1}, layers=_neurons())
    put_value(path("options['lr']", ""), {"self": net}, 2.0**20, {})
    put_value(path("layers[:].delta", ""), {"self": net}, None, {})
    assert net.options == {"lr": 2.0**20}
    assert [one.delta for one in net.layers] == [None] * 3


def test_whether_all_of_a_name_is_put_anew() -> None:
    assert all(replaces(path(text, "")) for text in ("W", "W.T", "b[None]", "t[:, None]"))
    assert not any(replaces(path(text, "")) for text in ("W[:, :-1]", "b[0]", "net.W", "w.reshape(2, 3)"))


@pytest.mark.parametrize("place", ["b[:, 0]", "b[:, 0][:]", "b.reshape(n)"])
def test_all_of_an_array_is_put_in_the_dtype_of_what_is_put(place: str) -> None:
    roots = {"self": SimpleNamespace(b=np.zeros((3, 1)))}
    put(path(place, "places"), roots, np.ones(3, dtype=np.float32), {"n": 3})
    assert roots["self"].b.dtype == np.float32
    assert read(path(place, "places"), roots, {"n": 3}).sum() == 3


def test_a_part_of_an_array_is_put_in_the_dtype_that_it_has() -> None:
    roots = {"self": SimpleNamespace(W=np.zeros((3, 2)))}
    put(path("W[:, 0]", "places"), roots, np.ones(3, dtype=np.float32), {})
    assert roots["self"].W.dtype == np.float64


def test_pairs_in_a_list_are_read_each() -> None:
    roots = {"returned": [(np.zeros((7, 4)), np.ones(7))]}
    assert read(path("returned[0][1]", "gradients"), roots, {}).sum() == 7
