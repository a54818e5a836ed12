"""A case as NumPy that can be pasted gives every array again, to the last bit."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.cases.case import literal
from gdverify.cases.strategies import Space, cases
from tests.cases.drawing import drawn


def rebuilt(text: str) -> np.ndarray:
    """What the expression means, read as a tree: nothing is evaluated."""
    return meaning(ast.parse(text, mode="eval").body)


def meaning(node: ast.expr) -> np.ndarray:
    match node:
        case ast.Call(ast.Attribute(ast.Name("np"), "array"), [numbers], keywords):
            (dtype,) = [k.value.attr for k in keywords if isinstance(k.value, ast.Attribute)] or ["float64"]
            return np.array(plain(numbers), dtype)
        case ast.Call(ast.Attribute(ast.Name("np"), "resize"), [array, shape], []):
            return np.resize(meaning(array), ast.literal_eval(shape))
        case ast.Call(ast.Attribute(array, "reshape"), [shape], []):
            return meaning(array).reshape(ast.literal_eval(shape))
    raise AssertionError(ast.dump(node))


def plain(node: ast.expr) -> object:
    match node:
        case ast.List(elements):
            return [plain(element) for element in elements]
        case ast.UnaryOp(ast.USub(), operand):
            return -plain(operand)  # type: ignore[operator]
        case ast.Attribute(ast.Name("np"), "inf" | "nan" as name):
            return float(name)
    return ast.literal_eval(node)


def same(first: np.ndarray, second: np.ndarray) -> bool:
    return (first.dtype, first.shape, first.tobytes()) == (second.dtype, second.shape, second.tobytes())


def test_every_array_of_every_regime_comes_back() -> None:
    for case in drawn(cases(Space(catalogue.find("mlp"))), 200):
        for array in case.arrays.values():
            assert same(rebuilt(literal(array)), array), literal(array)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "numbers",
    [
        0.1,
        -0.0,
        [1 / 3, -1e-310, 1e300],
        [[np.inf], [-np.inf]],
        np.zeros((0, 3)),
        np.ones((3, 7)),
        np.arange(40.0).reshape(4, 10) / 3,
        np.resize([1.0, -0.5], (9, 3)),
        [0.0, -0.0] * 10,
        [0.0] * 19 + [-0.0],
        [np.inf] * 20,
        [1.0, np.inf] * 20,
    ],
    ids=repr,
)
def test_awkward_arrays_come_back(numbers: object, dtype: str) -> None:
    with np.errstate(over="ignore"):
        array = np.array(numbers, np.float64).astype(dtype)
    assert same(rebuilt(literal(array)), array), literal(array)


def test_nan_comes_back() -> None:
    assert np.isnan(rebuilt(literal(np.array([np.nan, 1.0])))).tolist() == [True, False]


def test_what_is_simple_reads_simply() -> None:
    assert literal(np.array(0.5)) == "np.array(0.5)"
    assert literal(np.array([[1.0, -2.0]], np.float32)) == "np.array([[1.0, -2.0]], dtype=np.float32)"
    assert (
        literal(np.resize([1.0, -1.0], (10, 20))) == "np.resize(np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0]), (10, 20))"
    )


def test_lines_name_every_array() -> None:
    (case, *_) = drawn(cases(Space(catalogue.find("line"))), 3)
    assert [line.split(" = ")[0] for line in case.lines()] == ["x", "a", "b", "t"]
    assert repr(case) == f"Case({'; '.join(case.lines())})"
