"""A function of the file takes the place of a constructor where it makes the parameters; no other one is run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.binding.calling.containers import container, is_maker
from gdverify.binding.calling.running import Function

CODE = """
def create_report(params): ran.append("report")
def get_data(): ran.append("data"); return {"x": np.ones((2, 3))}
def make_nothing_of_weights(): ran.append("nothing"); return None
def init_params(n_in, n_out): ran.append("params"); return {"W": np.ones((n_in, n_out))}
def forward(params, x): return x @ params["W"]
def plain(x, W): return x @ W
"""


def names() -> dict[str, Any]:
    found: dict[str, Any] = {"np": np, "ran": []}
    exec(CODE, found)
    return found


def test_the_function_that_makes_the_parameters_is_found_and_others_are_not_run() -> None:
    found = names()
    made = container({"forward": Function(found["forward"])})
    assert made is not None
    assert (made.make, made.argument) == (found["init_params"], "params")
    assert not {"report", "data"} & set(found["ran"])


def test_what_takes_no_container_has_no_maker() -> None:
    found = names()
    assert container({"forward": Function(found["plain"])}) is None
    assert found["ran"] == []


@pytest.mark.parametrize(
    ("name", "makes"),
    [
        ("init", True),
        ("initialize_parameters", True),
        ("make_weights", True),
        ("create_database", False),
        ("weights", False),
    ],
)
def test_a_maker_is_called_by_what_it_makes(name: str, makes: bool) -> None:
    assert is_maker(name) is makes
