"""Positions, windows and sizes that do not fit are refused with the equation, the place and the reason."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sympy import Expr

from gdverify import catalogue
from gdverify.cases.strategies import Space, fresh
from gdverify.derivation.steps import derive
from gdverify.errors import NotationError, UsageError
from gdverify.notation import Operation, Tensor, axis, fixed, indices, leading, operation, share, windows

inputs = axis("inputs")


def reading(position: Any) -> Operation:
    @operation("y", x=(leading, inputs), gives=(leading,))
    def read(x: Tensor) -> Expr:
        (n,) = indices(leading)
        return x[n, position]

    return read


@pytest.mark.parametrize("position", [0, inputs.size - 1])
def test_positions_that_lie_on_the_axis(position: Any) -> None:
    assert reading(position)


@pytest.mark.parametrize(("position", "said"), [(-1, "-1"), (inputs.size, "inputs"), (inputs.size + 2, "inputs + 2")])
def test_positions_outside(position: Any, said: str) -> None:
    message = (
        f"read: x[leading0, inputs]: axis inputs (place 1) got position={said}: expected one that lies on the axis"
    )
    with pytest.raises(NotationError, match=re.escape(message)):
        reading(position)


def test_a_part_behind_the_last_one() -> None:
    with pytest.raises(NotationError, match=re.escape("split: x[leading0, features]: axis features (place 1) got")):
        derive(catalogue.find("split"), parts=2, part=2)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("max_pooling_2d", {"stride": 0}, "stride=0: expected a whole number, 1 or more"),
        ("max_pooling_2d", {"stride": 1.5}, "stride=3/2: expected a whole number, 1 or more"),
        ("convolution_2d", {"stride": -1}, "stride=-1: expected a whole number, 1 or more"),
        ("convolution_2d", {"dilation": 0}, "dilation=0: expected a whole number, 1 or more"),
        ("convolution_1d", {"padding": -1}, "padding=-1: expected a whole number, 0 or more"),
        ("transposed_convolution_2d", {"stride": 0}, "stride=0: expected a whole number, 1 or more"),
        ("upsampling_2d", {"scale": 0}, "times=0: expected a whole number, 1 or more"),
        ("split_heads", {"heads": 0}, "size=0): expected a size of 1 or more"),
        ("max_pooling_2d", {"width": 0}, "size=0): expected a size of 1 or more"),
    ],
)
def test_windows_that_stand_still_or_are_empty(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(NotationError, match=f"{name}: .*{re.escape(message)}"):
        derive(catalogue.find(name), **options)


def test_parts_of_no_axis() -> None:
    with pytest.raises(NotationError, match=re.escape("share('part', inputs): count=0: expected a whole number")):
        share("part", inputs, 0)
    with pytest.raises(NotationError, match="stride=0"):
        windows(inputs, fixed("width", 2, inputs), stride=0)


def test_a_size_that_may_be_zero_divides_nothing() -> None:
    with pytest.raises(NotationError, match=re.escape("spread_out divides by inputs - 1, which may be 0")):

        @operation("y", x=(leading, inputs), gives=(leading, inputs))
        def spread_out(x: Tensor) -> Expr:
            n, i = indices(leading, inputs)
            return x[n, i] / (inputs.size - 1)


@pytest.mark.parametrize(
    ("name", "sizes", "message"),
    [
        ("split", {"features": 3}, "split: size features=3 does not fit (part = features/2)"),
        ("convolution_1d", {"time": 1, "taps": 3}, "convolution_1d: size time=1 does not fit"),
        ("max_pooling_2d", {"rows": 1}, "max_pooling_2d: size rows=1 does not fit"),
    ],
)
def test_sizes_that_do_not_fit(name: str, sizes: dict[str, int], message: str) -> None:
    space = Space(catalogue.find(name), {}, sizes)
    with pytest.raises(UsageError, match=re.escape(message) + ".*the next that fits is [234]"):
        next(fresh(space, derive(space.source), {}, 1, 0))
