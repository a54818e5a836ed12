"""Lines that are written for speed: the same values, from whole arrays at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Expr

from gdverify import catalogue
from gdverify.codegen.moved import (
    combined,
    largest_at,
    one_by_one,
    overlapped,
    overlapped_at,
    overlapped_product,
    stacked,
    windows,
)
from gdverify.codegen.nodes import Node, name, number, render
from gdverify.codegen.program import Statement
from gdverify.codegen.quickening import quickened, unmasked
from gdverify.derivation.steps import derive
from gdverify.notation import Tensor, at, axis, indices, operation, spread, total
from tests.helpers import code, source_of

batch, rows, columns = axis("batch", "n"), axis("rows", "p"), axis("columns", "q")
height, width = axis("height", "k"), axis("width", "l")

RNG = np.random.default_rng(0)
ONE, ZERO = sympy.Integer(1), sympy.Integer(0)
SEEN = Statement("s", Node("windows", (name("x"), name("p"), number(2)), (1, 1, ONE, ONE, ZERO)), "")


def written(*readers: Node) -> list[str]:
    statements = [SEEN, *(Statement(f"r{k}", node, "") for k, node in enumerate(readers))]
    return [render(statement.node) for statement in quickened(statements, [], {})][1:]


def test_sums_within_windows_take_whole_arrays() -> None:
    assert written(Node("sum", (name("s"),), (1,))) == ["combined(np.add, s, (1,))"]
    assert written(Node("sum", (name("x"),), (1,))) == ["x.sum(axis=1)"]
    assert written(Node("sum", (name("s"),), (0, 2))) == ["s.sum(axis=(0, 2))"]
    assert written(Node("sum", (name("s"),), None)) == ["s.sum()"]


def test_the_largest_is_not_looked_up_where_it_stands_apart() -> None:
    at = Node("largest_at", (name("x"),), (1,))
    assert written(at, Node("picked", (name("x"), name("r0")), 1))[1] == "x.max(axis=1)"
    assert written(at, Node("picked", (name("y"), name("r0")), 1))[1] == "picked(y, r0, 1)"


def test_pooling_makes_no_array_of_its_windows() -> None:
    lines = code(derive(catalogue.find("average_pooling_2d")), "loss_and_gradients")
    assert "y = combined(np.add, y_at, (2, 3)) / 4" in lines
    assert "y_at = windows(x, 2, (rows2, columns2), (2, 2), stride=2)" in lines


def test_the_largest_within_windows_makes_no_array_of_them_either() -> None:
    derivation = derive(catalogue.find("max_pooling_2d"))
    lines = code(derivation, "loss_and_gradients")
    assert "y_winner = largest_at(y_at, (2, 3))" in lines
    assert "y = combined(np.maximum, y_at, (2, 3))" in lines
    assert "dx = overlapped_at(dy, y_winner, 2, (rows, columns), (2, 2), stride=2)" in lines
    assert not any(line.startswith(("y_entries", "dy_entries", "dy_at")) for line in lines)
    # What is returned is computed.
    assert {"dy_entries", "dy_at"} <= {line.split(" ")[0] for line in code(derivation, "adjoints")}


def test_the_formulas_of_what_is_passed_over_stand_above_the_line() -> None:
    text = source_of(derive(catalogue.find("max_pooling_2d")))
    backward = text.split("def loss_and_gradients")[1].split("# backward")[1].split("return")[0]
    comments = [line.strip() for line in backward.splitlines() if line.strip().startswith("#")]
    assert [line.split("[")[0] for line in comments] == ["# dy_entries", "# dy_at", "# dx"]


def test_a_view_is_copied_only_where_somebody_else_sees_the_array() -> None:
    derivation = derive(catalogue.find("global_max_pooling"))
    (mine,) = (line for line in code(derivation, "loss_and_gradients") if line.startswith("dx ="))
    (theirs,) = (line for line in code(derivation, "adjoints") if line.startswith("dx ="))
    assert mine == "dx = dy_entries.reshape(batch, channels, rows, columns)"
    assert theirs == f"{mine}.copy()"


def test_two_views_of_one_array_are_not_both_handed_out() -> None:
    made = Node("matmul", (name("x"), name("y")))
    view = Node("copy", (Node("transpose", (name("r0"),), (1, 0)),))
    assert written(made, view, view) == ["x @ y", "r0.T", "r0.T.copy()"]
    assert written(Node("sum", (name("x"),), (1,)), view)[1] == "r0.T.copy()"  # not known to be new


@pytest.mark.parametrize(("function", "expected"), [(np.add, np.sum), (np.maximum, np.max)])
def test_combined(function: np.ufunc, expected: object) -> None:
    x = RNG.normal(size=(2, 3, 4, 5))
    np.testing.assert_allclose(combined(function, x, (1, 2)), expected(x, axis=(1, 2)), rtol=1e-14)  # type: ignore[operator]


def test_the_first_of_equal_ones_is_the_largest() -> None:
    x = RNG.integers(0, 3, (4, 5, 6))
    for along in (0, 1):
        np.testing.assert_array_equal(largest_at(x, (along,)), x.argmax(axis=along))
    np.testing.assert_array_equal(largest_at(x, (0, 1)), x.reshape(20, 6).argmax(axis=0))


def test_there_may_be_more_entries_than_a_byte_counts() -> None:
    x = RNG.normal(size=(300, 2))
    np.testing.assert_array_equal(largest_at(x, (0,)), x.argmax(axis=0))


@pytest.mark.parametrize("spec", ["ac,abcd->abd", "abcd,abd->ac", "bacd,ab->abcd", "ab,ac->abc", "abc,cba->b"])
def test_stacked_is_einsum(spec: str) -> None:
    sizes = dict(zip("abcd", (2, 3, 4, 5), strict=True))
    arrays = [RNG.normal(size=[sizes[letter] for letter in own]) for own in spec.split("->")[0].split(",")]
    np.testing.assert_allclose(stacked(spec, *arrays), np.einsum(spec, *arrays), rtol=1e-12)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("start", [-1, 0, 1])
def test_windows_along_two_axes_are_those_along_each(stride: int, dilation: int, start: int) -> None:
    x, counts, widths = RNG.normal(size=(2, 9, 8, 3)), (2, 3), (3, 2)
    seen = windows(x, 1, counts, widths, stride, dilation, start)
    wide = np.pad(x, ((0, 0), (1, 9), (1, 9), (0, 0)))
    for k, m, p, q in np.ndindex(*widths, *counts):
        row, column = (stride * at + dilation * tap + start + 1 for at, tap in ((p, k), (q, m)))
        np.testing.assert_array_equal(seen[:, k, m, p, q], wide[:, row, column])
    # What goes back is the transpose: <windows(x), dy> = <x, overlapped(dy)>.
    dy = RNG.normal(size=seen.shape)
    back = overlapped(dy, 1, x.shape[1:3], stride, dilation, start)
    assert back.shape == x.shape
    assert np.vdot(seen, dy) == pytest.approx(np.vdot(x, back), rel=1e-12)
    number = RNG.integers(0, 6, (2, *counts, 3))
    placed = np.where(number[:, None] == np.arange(6).reshape(-1, 1, 1, 1), dy[:, 0, :1], 0).reshape(dy.shape)
    alone = overlapped_at(dy[:, 0, 0], number, 1, x.shape[1:3], widths, stride, dilation, start)
    np.testing.assert_allclose(alone, overlapped(placed, 1, x.shape[1:3], stride, dilation, start), rtol=1e-14)


@operation(
    "z",
    x=(batch, rows, columns),
    w=(height, width),
    gives=(spread(columns, width), batch, spread(rows, height)),
)
def apart(x: Tensor, w: Tensor) -> Expr:
    """What lands along two axes that do not lie side by side in the result."""
    across, n, down = indices(spread(columns, width), batch, spread(rows, height))
    p, q, k, m = indices(rows, columns, height, width)
    return total(x[n, p, q] * w[k, m] * at(down, p + k) * at(across, q + m), over=(p, q, k, m))


def test_brackets_along_axes_that_lie_apart() -> None:
    x, w, dz = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 3)), RNG.normal(size=(6, 2, 4))
    names: dict[str, Any] = {}
    exec(source_of(derive(apart)), names)
    loss, gradients = names["loss_and_gradients"](x, w, dz)
    met = {(k, m): dz[m : m + 4, :, k : k + 3].transpose(1, 2, 0) for k, m in np.ndindex(2, 3)}
    np.testing.assert_allclose(gradients["x"], sum(w[tap] * seen for tap, seen in met.items()), rtol=1e-12)
    for tap, seen in met.items():
        assert gradients["w"][tap] == pytest.approx(np.vdot(x, seen))
    assert loss == pytest.approx(np.vdot(w, gradients["w"]))


def test_a_case_that_says_nothing_is_left_out() -> None:
    rectified = Statement("r", Node("relu", (name("x"),)), "")
    positive = Node("gt", (name("r"), number(0)))
    twice = Node("neg", (Node("mul", (name("t"), Node("mul", (number(2), name("r"))))),))
    reader = Statement("dx", Node("where", (positive, twice, number(0))), "")
    assert render(unmasked([rectified, reader])[1].node) == "-(t * (2 * r))"
    others = [
        Node("where", (positive, name("t"), number(0))),  # not a multiple of it
        Node("where", (positive, twice, number(1))),  # not 0 elsewhere
        Node("where", (positive, Node("div", (name("t"), name("r"))), number(0))),
        Node("where", (Node("gt", (name("x"), number(0))), Node("mul", (name("t"), name("x"))), number(0))),
    ]
    for other in others:
        assert unmasked([rectified, Statement("dx", other, "")])[1].node == other


def test_a_squared_hinge_has_no_case() -> None:
    lines = code(derive(catalogue.find("squared_hinge_sum")), "loss_and_gradients")
    assert "dy = -(t * (2 * loss_relu))" in lines


@pytest.mark.parametrize(
    ("spec", "letters"), [("bef,abefcd->abcd", "ef"), ("dabcef,daef->abc", "bc"), ("ab,ab->b", "b")]
)
def test_one_by_one_is_einsum(spec: str, letters: str) -> None:
    sizes = dict(zip("abcdef", (2, 3, 4, 2, 3, 5), strict=True))
    arrays = [RNG.normal(size=[sizes[letter] for letter in own]) for own in spec.split("->")[0].split(",")]
    np.testing.assert_allclose(one_by_one(spec, letters, *arrays), np.einsum(spec, *arrays), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("start", [-1, 0, 2])
def test_what_goes_back_as_a_product_is_what_goes_back(stride: int, start: int) -> None:
    a, b = RNG.normal(size=(2, 1, 1, 3, 4)), RNG.normal(size=(3, 2, 1, 1))
    whole = overlapped(a * b, 1, (9, 10), stride, 1, start)
    np.testing.assert_allclose(overlapped_product(a, b, 1, (9, 10), stride, 1, start), whole, rtol=1e-14, atol=1e-15)


def test_a_depthwise_convolution_makes_no_array_of_its_windows() -> None:
    lines = code(derive(catalogue.find("depthwise_convolution_2d")), "loss_and_gradients")
    assert 'dW = one_by_one("dabcef,daef->abc", "bc", z_at, dz)' in lines
    assert "dx = overlapped_product(dz[:, :, None, None], W[:, :, :, None, None], 2, (rows, columns))" in lines
    # Where more is summed over than the windows, matrix products are quicker.
    grouped = code(derive(catalogue.find("grouped_convolution_2d")), "loss_and_gradients")
    assert not any("one_by_one" in line for line in grouped)


@pytest.mark.parametrize("name", ["max_pooling_1d", "max_pooling_2d_channels_last"])
def test_other_layouts_are_as_quick(name: str) -> None:
    lines = code(derive(catalogue.find(name)), "loss_and_gradients")
    assert any(line.startswith("dx = overlapped_at(dy, y_winner, ") for line in lines)
    assert not any(line.startswith(("y_entries", "dy_at")) for line in lines)


def test_the_factors_of_what_goes_back_are_seen_in_its_order() -> None:
    lines = code(derive(catalogue.find("depthwise_convolution_2d_channels_last")), "loss_and_gradients")
    (line,) = (line for line in lines if line.startswith("dx ="))
    assert "overlapped_product(dz[:, :, :, None, None].transpose(0, 3, 4, 1, 2, 5), W[None, None, None]" in line
