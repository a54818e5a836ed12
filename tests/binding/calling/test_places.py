"""Places: every number inside an object is found, written as its user would, read and exchanged."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify.binding.calling.places import Place, Unwritable, get, leaves, put


class Inner:
    def __init__(self) -> None:
        self.W = np.ones((2, 3))


class Outer:
    def __init__(self) -> None:
        self.layers = [Inner(), Inner()]
        self.params = {"b": np.zeros(2), "name": "net"}
        self.pair = (np.array([1.0]), 2.5)
        self.rows = [[1.0, 2.0], [3.0, 4.0]]
        self.__hidden = np.arange(4.0)
        self.again = self.layers[0]
        self.rate = 0.1
        self.on = True

    @property
    def total(self) -> float:
        return 1.0


def found() -> dict[str, tuple[int, ...]]:
    return {str(leaf.place): leaf.array.shape for leaf in leaves("self", Outer())}


def test_all_numbers_are_found_once_and_written_as_in_the_class() -> None:
    assert found() == {
        "self.layers[0].W": (2, 3),
        "self.layers[1].W": (2, 3),
        "self.params['b']": (2,),
        "self.pair[0]": (1,),
        "self.pair[1]": (),
        "self.rows": (2, 2),
        "self.__hidden": (4,),
        "self.rate": (),
    }


def test_what_is_put_is_got_in_tuples_and_lists_too() -> None:
    environment = {"self": Outer()}
    for leaf in leaves("self", environment["self"]):
        put(environment, leaf.place, leaf.carrier.make(leaf.array + 1))
        assert np.array_equal(leaf.carrier.read(get(environment, leaf.place)), leaf.array + 1)
        assert type(get(environment, leaf.place)) is type(leaf.carrier.make(leaf.array))


def test_a_root_is_a_place() -> None:
    environment: dict[str, object] = {}
    put(environment, Place("x"), 3.0)
    assert get(environment, Place("x")) == 3.0


def test_a_property_without_a_setter_is_refused() -> None:
    place = leaves("self", Outer())[0].place
    with pytest.raises(Unwritable, match=r"self\.total cannot be set: .* expected an attribute or entry that can"):
        put({"self": Outer()}, Place("self", (type(place.steps[0])("total"),)), 1.0)


def test_an_object_that_holds_itself_ends() -> None:
    one = Inner()
    one.self = one  # type: ignore[attr-defined]
    assert [str(leaf.place) for leaf in leaves("self", one)] == ["self.W"]


def test_no_more_than_the_first_numbers_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdverify.binding.calling.places.MOST_LEAVES", 3)
    reached = []

    class Deep:
        def __getattribute__(self, name: str) -> object:
            reached.append(name)
            return object.__getattribute__(self, name)

    assert [str(leaf.place) for leaf in leaves("r", [1.0, {"a": 2.0, "b": (3.0, 4.0)}, Deep()])] == [
        "r[0]", "r[1]['a']", "r[1]['b'][0]",
    ]  # fmt: skip
    assert reached == []
