"""Gradients of two arguments of one shape: which is which is said by their names, or else by their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, WRONG
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import LAYER, of_class, of_functions, report


def product(x: Any, y: Any) -> Any:
    return x * y


def named_right(dout: Any, x: Any, y: Any) -> Any:
    dy = dout * x
    dx = dout * y
    return dy, dx


def named_wrong(dout: Any, x: Any, y: Any) -> Any:
    dx = dout * x
    dy = dout * y
    return dx, dy


def in_order(dout: Any, x: Any, y: Any) -> Any:
    return dout * y, dout * x


def reversed_order(dout: Any, x: Any, y: Any) -> Any:
    return dout * x, dout * y


def by_key(dout: Any, x: Any, y: Any) -> Any:
    return {"dx": dout * x, "dy": dout * y}


def rows(x: Any, y: Any) -> Any:
    return np.sum(np.sinh(x) * y, axis=1)


def rows_wrong(dout: Any, x: Any, y: Any) -> Any:
    dx = dout[:, None] * np.sinh(x)
    dy = dout[:, None] * y * np.cosh(x)
    return dx, dy


class Product:
    """Keeps its gradients under the names of each other."""

    def forward(self, x: Any, y: Any) -> Any:
        self.x, self.y = x, y
        return x * y

    def backward(self, dout: Any) -> None:
        self.dx, self.dy = dout * self.x, dout * self.y


def judged(unit: Any) -> tuple[str, list[str]]:
    (found,) = find_subjects(unit)
    made = report(found)
    return made.verdict, [one.message for one in made.diagnosis if one.kind == "remark"]


SWAPPED = "what is called {} is the gradient of {}, and what is called {} that of {}: they are exchanged"
CALLED = SWAPPED.format("dy", "x", "dx", "y")


@pytest.mark.parametrize("backward", [named_wrong, by_key])
def test_what_is_called_after_the_other_argument_is_wrong(backward: Any) -> None:
    assert judged(of_functions(forward=product, backward=backward)) == (WRONG, [CALLED])


def test_so_it_is_in_attributes() -> None:
    assert judged(of_class(Product, **LAYER)) == (WRONG, [CALLED])


def test_so_it_is_where_no_equation_describes_it() -> None:
    assert judged(of_functions(forward=rows, backward=rows_wrong)) == (WRONG, [CALLED])


@pytest.mark.parametrize("backward", [named_right, in_order])
def test_names_or_the_order_of_the_arguments_are_as_good(backward: Any) -> None:
    assert judged(of_functions(forward=product, backward=backward)) == (CORRECT, [])


def test_another_order_without_names_is_remarked_upon() -> None:
    verdict, (said,) = judged(of_functions(forward=product, backward=reversed_order))
    assert verdict == CORRECT
    assert said.startswith(
        "the gradients come in another order than the arguments: backward[0] is that of y, backward[1] that of x;"
    )
