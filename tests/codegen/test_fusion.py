"""Matrix products inside the lines that read them: only where nothing else needs them."""

from __future__ import annotations

import pytest
import sympy

from gdverify.codegen.fusion import fused
from gdverify.codegen.nodes import Node, name, render
from gdverify.codegen.program import Statement

PRODUCT = Statement("z", Node("add", (Node("matmul", (name("x"), name("w"))), name("b"))), "z formula")


def read_by(*nodes: Node) -> list[str]:
    statements = [PRODUCT, *(Statement(f"r{k}", node, f"r{k} formula") for k, node in enumerate(nodes))]
    return [f"{s.target} = {render(s.node)}" for s in fused(statements, ["r0"])]


def test_a_product_that_is_read_once_moves_with_its_formula() -> None:
    (made,) = fused([PRODUCT, Statement("a", Node("tanh", (name("z"),)), "a formula")], ["a"])
    assert render(made.node) == "np.tanh(x @ w + b)"
    assert made.formula == "z formula\na formula"


def test_precedence_is_kept() -> None:
    assert read_by(Node("mul", (name("u"), name("z")))) == ["r0 = u * (x @ w + b)"]
    assert read_by(Node("pow", (name("z"),), sympy.Integer(2))) == ["r0 = (x @ w + b)**2"]


@pytest.mark.parametrize(
    "reader",
    [
        Node("mul", (name("z"), name("z"))),  # twice
        Node("transpose", (name("z"),), (1, 0)),  # in another place
        Node("sum", (name("z"),), (0,)),
        Node("matmul", (name("z"), name("v"))),
        Node("expand", (name("z"),), (True, False)),
    ],
    ids=lambda node: node.operator,
)
def test_any_other_reader_leaves_it_where_it_is(reader: Node) -> None:
    assert len(read_by(reader)) == 2


def test_a_product_that_two_lines_read_stays() -> None:
    assert len(read_by(Node("tanh", (name("z"),)), Node("exp", (name("z"),)))) == 3


def test_a_product_that_is_returned_stays() -> None:
    assert len(fused([PRODUCT, Statement("a", Node("tanh", (name("z"),)), "")], ["a", "z"])) == 2


def test_only_matrix_products_move() -> None:
    plain = Statement("z", Node("mul", (name("x"), name("w"))), "")
    assert len(fused([plain, Statement("a", Node("tanh", (name("z"),)), "")], ["a"])) == 2
