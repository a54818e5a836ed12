"""The matrix form of what the code computes."""

from __future__ import annotations

import pytest
import sympy

from gdverify import catalogue
from gdverify.codegen.nodes import OPERATORS, Node, name, number
from gdverify.codegen.program import program
from gdverify.derivation.steps import Derivation, derive
from gdverify.evidence.arithmetic import VIEWS
from gdverify.notation import Tensor, axis
from gdverify.pages.arrays import axes_of
from gdverify.pages.files import documented_pages
from gdverify.pages.forms import FORMS, STORED
from gdverify.pages.matrix import AtStep, Matrix

batch, inputs, outputs = axis("batch", "n"), axis("inputs"), axis("outputs")
TENSORS = {
    t.name: t
    for t in (
        Tensor("A", (batch, inputs)),
        Tensor("B", (inputs, outputs)),
        Tensor("W2", (outputs, inputs)),
        Tensor("S", (inputs, inputs)),
        Tensor("u", (inputs,)),
        Tensor("v", (batch,)),
        Tensor("c", ()),
        Tensor("dz2", (batch, outputs), "adjoint"),
        Tensor("T", (batch, inputs, outputs)),
    )
}
A, B, W, S, u, v, c, dz, T = map(name, TENSORS)


def apply(operator: str, *arguments: Node, detail: object = None) -> Node:
    return Node(operator, arguments, detail)


def transposed(node: Node) -> Node:
    return apply("transpose", node, detail=(1, 0))


def column(node: Node) -> Node:
    return apply("expand", node, detail=(True, False))


EXPECTED = {
    r"A \, B": apply("matmul", A, B),
    r"A \, W^{(2)\top}": apply("matmul", A, transposed(W)),
    r"\left(\frac{\partial L}{\partial z^{(2)}}\right)^{\top} \, A": apply("matmul", transposed(dz), A),
    r"A \, u": apply("matmul", A, u),
    r"A^{\top} \, v": apply("matmul", v, A),
    r"W^{(2)} \, u": apply("matmul", u, transposed(W)),
    r"u^{\top} \, u": apply("matmul", u, u),
    r"v \, u^{\top}": apply("mul", column(v), u),
    r"A \odot v_{n \bullet}": apply("mul", A, column(v)),
    r"c \, A": apply("mul", c, A),
    r"A \odot A": apply("mul", A, A),
    r"\mathrm{batch} \cdot \mathrm{inputs}": apply("mul", name("batch"), name("inputs")),
    r"\left(A + u\right) \odot A": apply("mul", apply("add", A, u), A),
    r"\left(A \odot A\right) \, B": apply("matmul", apply("mul", A, A), B),
    r"c - \left(c + c\right)": apply("sub", c, apply("add", c, c)),
    r"c - \left(-c\right)": apply("sub", c, apply("neg", c)),
    r"c \, \left(-2\right)": apply("mul", c, number(-2)),
    r"\sum_{n} A": apply("sum", A, detail=(0,)),
    r"\sum_{n, i} A": apply("sum", A),
    r"\sum_{i, i'} S": apply("sum", S),
    r"\sum_{n} \left(A - u\right)": apply("sum", apply("sub", A, u), detail=(0,)),
    r"\left(\sum_{n} A\right) \odot u": apply("mul", apply("sum", A, detail=(0,)), u),
    r"\sum_{i} v_{n} \, A_{n i} \, B_{i o}": apply("einsum", v, A, B, detail="a,ab,bc->ac"),
    r"{A}^{\odot 2}": apply("pow", A, detail=sympy.Integer(2)),
    r"{c}^{2}": apply("pow", c, detail=sympy.Integer(2)),
    r"{\left(W^{(2)}\right)}^{\odot 2}": apply("pow", W, detail=sympy.Integer(2)),
    r"\sqrt{c + 1}": apply("sqrt", apply("add", c, number(1))),
    r"\frac{A}{\mathrm{batch}}": apply("div", A, name("batch")),
    r"\tanh\left(A\right)": apply("tanh", A),
    r"\left| A - u \right|": apply("absolute", apply("sub", A, u)),
    r"\begin{cases} A & \text{if } A > 0 \\ 0.01 \, A & \text{otherwise} \end{cases}": apply(
        "where", apply("gt", A, number(0)), A, apply("mul", number(sympy.Rational(1, 100)), A)
    ),
    r"\frac{\partial L}{\partial z^{(2)}}": apply("copy", dz),
    "1": apply("full_like", A, number(1)),
    r"u": apply("broadcast", A, u),
}


@pytest.mark.parametrize("expected", EXPECTED)
def test_written(expected: str) -> None:
    assert Matrix(TENSORS).write(EXPECTED[expected]) == expected


# What slips alone make is never derived.
DERIVED = OPERATORS.keys() - (VIEWS.keys() - {"transpose", "expand", "take", "concatenate"})


def test_every_operator_has_a_form() -> None:
    assert {*FORMS, *STORED} == DERIVED


AXES = {
    "product": (apply("matmul", A, B), (batch, outputs)),
    "vector first": (apply("matmul", v, A), (inputs,)),
    "vector last": (apply("matmul", A, u), (batch,)),
    "inner": (apply("matmul", u, u), ()),
    "batched": (apply("matmul", T, transposed(B)), (batch, inputs, inputs)),
    "broadcast in front": (apply("add", A, u), (batch, inputs)),
    "expanded": (column(v), (batch, None)),
    "outer": (apply("mul", column(v), u), (batch, inputs)),
    "permuted": (apply("transpose", T, detail=(0, 2, 1)), (batch, outputs, inputs)),
    "summed": (apply("sum", T, detail=(0, 2)), (inputs,)),
    "contracted": (apply("einsum", A, B, detail="ab,bc->ca"), (outputs, batch)),
    "a size": (name("batch"), ()),
    "filled": (apply("full_like", A, number(0)), (batch, inputs)),
}


@pytest.mark.parametrize("case", AXES)
def test_axes(case: str) -> None:
    node, expected = AXES[case]
    assert axes_of(node, TENSORS) == expected


def _derivations() -> dict[str, Derivation]:
    return {page.name: page.derivation for page in documented_pages()}


@pytest.mark.parametrize("page", _derivations())
def test_the_axes_of_every_statement_are_those_of_its_tensor(page: str) -> None:
    derivation = _derivations()[page]
    made = program(derivation)
    tensors = {t.name: t for t in derivation.arguments}
    tensors |= {d.tensor.name: d.tensor for d in (*derivation.forward, *derivation.every_adjoint.values())}
    for statement in (*made.forward, *made.every_adjoint):
        write = Matrix(tensors) if statement.step is None else AtStep(tensors, statement)
        assert write.axes(statement.node) == write.tensors[statement.target].axes


def test_gradients_of_a_layer() -> None:
    derivation = derive(catalogue.find("mlp"), hidden=1)
    tensors = {d.tensor.name: d.tensor for d in (*derivation.forward, *derivation.gradients.values())}
    matrix = Matrix(tensors | {t.name: t for t in derivation.arguments})
    rows = dict(matrix.sides(statement) for statement in program(derivation).backward)
    assert rows[r"\frac{\partial L}{\partial W^{(2)}}"] == (
        r"\left(\frac{\partial L}{\partial z^{(2)}}\right)^{\top} \, a^{(1)}"
    )
    assert rows[r"\frac{\partial L}{\partial b^{(2)}}"] == r"\sum_{n} \frac{\partial L}{\partial z^{(2)}}"
    assert rows[r"\frac{\partial L}{\partial z^{(1)}}"] == (
        r"\left(1 - {\left(a^{(1)}\right)}^{\odot 2}\right) \odot \frac{\partial L}{\partial a^{(1)}}"
    )
