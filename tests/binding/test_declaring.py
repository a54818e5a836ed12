"""What a message advises is said where the code was declared: in a mark, in a binding by hand, or in a written one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gdverify
from gdverify.auditing.audit import audit
from gdverify.binding.subject import find_subject
from gdverify.cases.case import Case
from tests.binding.bound import LAYER, of_class


class Picky:
    """Takes no single sample."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.W, self.b = np.ones((n_in, n_out)), np.zeros(n_out)

    def forward(self, x: Any) -> Any:
        if len(x) == 1:
            raise ValueError("one sample")
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy: Any) -> Any:
        self.dW, self.db = self.x.T @ dy, dy.sum(axis=0)
        return dy @ self.W.T


def found() -> Any:
    return find_subject(of_class(Picky, **LAYER)).subject


def by_hand() -> Any:
    def run(c: Any) -> None:
        c.self.forward(c.x)
        c.dx = c.self.backward(c.upstream)

    places = {"W": "self.W.T", "b": "self.b"}
    gradients = {"W": "self.dW.T", "b": "self.db", "x": lambda c: c.dx}
    return gdverify.bind(
        lambda c: Picky(c.inputs, c.outputs), against="affine", places=places, run=run, gradients=gradients
    )


def marked() -> Any:
    @gdverify.subject(against="affine")
    def picky(case: Case) -> dict[str, Any]:
        layer = Picky(case.sizes["inputs"], case.sizes["outputs"])
        layer.forward(case.inputs["x"])
        raise AssertionError("never here")

    return picky


WHERE = {
    marked: "@gdverify.subject(…, {})",
    by_hand: "gdverify.bind(…, {})",
    found: "gdverify.bind(…, {}) in the binding that `gdverify write net.py:Picky` writes",
}


@pytest.mark.parametrize("made", WHERE, ids=lambda made: made.__name__)
def test_what_to_declare_is_said_where_it_is_declared(made: Any) -> None:
    report = audit(made(), examples=20)
    (message,) = [one.message for one in report.diagnosis if one.kind == "raises"]
    assert message.endswith(f"say so: {WHERE[made].format('sizes={…}, hidden=…')}.")


def test_a_name_with_braces_is_no_room_for_an_option() -> None:
    from gdverify.binding.subject import _declaration

    assert _declaration("a {b}.py:Net(lam=0.125)").format(option="x").endswith("`gdverify write 'a {b}.py:Net'` writes")
