"""What things are called in a written file."""

from __future__ import annotations

import keyword
from pathlib import Path

import pytest

from gdverify.writing.called import Called, called, identifier, numbered


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Linear", "linear"),
        ("Layer_Dense", "layer_dense"),
        ("MSE", "mse"),
        ("TwoLayerNet", "two_layer_net"),
        ("Dense(activation=sigmoid)", "dense_activation_sigmoid"),
        ("logistic_objective (Hessian)", "logistic_objective_hessian"),
    ],
)
def test_names_are_those_of_variables(label: str, name: str) -> None:
    assert identifier(label) == name


def test_a_name_that_is_taken_gets_that_of_its_module_in_front() -> None:
    one = Called("net.py", "net.py", "net")
    assert [one.thing(label) for label in ("Sum", "Net", "np", "Class")] == [
        "net_sum",
        "net_net",
        "net_np",
        "net_class",
    ]


def test_of_several_targets_every_name_begins_with_its_module(tmp_path: Path) -> None:
    places = [str(tmp_path / "a" / "net.py"), str(tmp_path / "b" / "net.py"), "package.layers"]
    first, second, third = called(places, tmp_path / "tests")
    assert [one.module for one in (first, second, third)] == ["net", "net_2", "layers"]
    assert [one.path for one in (first, second, third)] == ["../a/net.py", "../b/net.py", "package.layers"]
    assert first.thing("Linear") != second.thing("Linear")
    assert third.title("Linear") == "package.layers:Linear"


@pytest.mark.parametrize("stem", ["class", "2-layer net", "np", "print", "net-v2", "é"])
def test_a_module_has_a_name_that_python_takes(stem: str) -> None:
    (name,) = numbered([identifier(stem)])
    assert name.isidentifier()
    assert not keyword.iskeyword(name)
    assert name not in ("np", "print")


def test_one_place_twice_is_one_module(tmp_path: Path) -> None:
    first, second = called(["net.py", "net.py"], tmp_path)
    assert first == second
