"""What a unit is given: arrays, unless its code computes with something else."""

from __future__ import annotations

import math
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest

from gdverify.binding.calling.handing import handed


def plain(x: Any) -> Any:
    return [2 * one for one in x]


def doubled(x: Any) -> Any:
    return 2 * x


def rooted(x: Any) -> Any:
    return math.sqrt(x)


def called(x: Any) -> Any:
    return rooted(x)


def package(name: str) -> ModuleType:
    return ModuleType(name)


@pytest.mark.parametrize(
    ("at_hand", "carrier"),
    [
        ({}, "list"),
        ({"math": math}, "list"),
        ({"np": np}, "array"),
        ({"torch": package("torch")}, "tensor"),
        ({"np": np, "torch": package("torch")}, "array"),
        ({"jnp": package("jax.numpy")}, "jax array"),
    ],
)
def test_where_the_code_names_no_package_what_is_at_hand_decides(at_hand: dict[str, Any], carrier: str) -> None:
    assert handed([FunctionType(plain.__code__, at_hand)]).name == carrier


@pytest.mark.parametrize(("root", "carrier"), [("torch", "tensor"), ("numpy", "array")])
def test_what_the_code_calls_decides_before_what_is_at_hand(root: str, carrier: str) -> None:
    space: dict[str, Any] = {"np": np, "math": package(root)}
    space["rooted"] = FunctionType(rooted.__code__, space)
    assert handed([FunctionType(called.__code__, space)]).name == carrier


def test_operators_alone_are_those_of_arrays() -> None:
    assert handed([FunctionType(doubled.__code__, {})]).name == "array"
