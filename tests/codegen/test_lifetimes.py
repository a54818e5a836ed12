"""Arrays are released below the last line that reads them, and only where a function would hold many."""

from __future__ import annotations

import itertools
import re

import sympy

from gdverify import catalogue
from gdverify.codegen.lifetimes import FEW, releases
from gdverify.codegen.nodes import Node, name
from gdverify.codegen.program import Statement
from gdverify.codegen.source import python_source
from gdverify.derivation.steps import derive
from gdverify.notation.axes import axis

GRID = (axis("rows"), axis("columns"))


def released(length: int, kept: list[str]) -> dict[str, list[str]]:
    """Of a chain, whose arrays are all of a size."""
    return releases(chain(length), kept, {f"a{k + 1}": GRID for k in range(length)})


def chain(length: int) -> list[Statement]:
    """``a1 = x²; a2 = a1²; …``."""
    names = ["x", *(f"a{k + 1}" for k in range(length))]
    return [
        Statement(new, Node("pow", (name(old),), sympy.Integer(2)), "formula") for old, new in itertools.pairwise(names)
    ]


def test_each_name_goes_below_its_last_reader_but_what_is_returned_stays() -> None:
    found = released(FEW + 3, ["a3", f"a{FEW + 3}"])
    assert found == {f"a{k + 1}": [f"a{k}"] for k in range(1, FEW + 2) if k != 3}


def test_below_the_last_line_nothing_is_released() -> None:
    length = FEW + 3
    assert f"a{length}" not in released(length, [f"a{length}"])


def test_in_the_text_the_line_stands_there_and_not_at_the_end_of_the_pass() -> None:
    source = python_source(derive(catalogue.find("mlp"), hidden=5), "gdverify derive")
    assert "    del a4, dz5\n    # dW4[" in source


def test_a_function_that_holds_few_arrays_has_no_such_lines() -> None:
    assert released(FEW + 1, [f"a{FEW + 1}"]) == {}


def test_what_is_small_beside_another_stays() -> None:
    length = FEW + 4
    axes = {f"a{k + 1}": GRID if k != 1 else GRID[:1] for k in range(length)}
    found = releases(chain(length), [f"a{length}"], axes)
    assert ["a1"] in found.values()
    assert ["a2"] not in found.values()


def test_what_is_many_times_as_large_as_the_result_goes_even_where_there_are_few() -> None:
    axes = {"a1": GRID, "a2": (*GRID, axis("taps")), "a3": GRID, "a4": GRID}
    assert releases(chain(4), ["a4"], axes) == {"a3": ["a2"]}
    source = python_source(derive(catalogue.find("transposed_convolution_2d")), "gdverify derive")
    assert "del z_total" in source
    assert "del dz_total" not in source  # windows, which take no memory


def test_a_release_stands_below_the_line_that_is_the_last_to_read() -> None:
    source = python_source(derive(catalogue.find("attention")), "gdverify derive")
    assert re.search(r"    dy_mean = .*y_weights.*\n    del y_weights, dy_weights\n", source)


def test_a_deep_network_holds_no_adjoint_but_the_last_ones() -> None:
    source = python_source(derive(catalogue.find("mlp"), hidden=5), "gdverify derive")
    assert "    del a4, dz5\n" in source
    forward, _, adjoints = source.partition("def loss_and_gradients")[2].partition("def adjoints")
    assert "del " in forward
    assert "del " not in adjoints, "adjoints() returns every one"


def test_below_a_loop_one_line_releases_what_has_every_step() -> None:
    source = python_source(derive(catalogue.find("lstm")), "gdverify derive")
    backward = source.split("def loss_and_gradients")[1].split("def adjoints")[0]
    assert "    del xi, xf, xo, xg, c\n" in backward
    # zi is there for one step, and the next one takes its place.
    assert not re.search(r"del .*\bzi\b", backward)
