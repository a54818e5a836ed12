"""Generated code reads as one would write it by hand: golden lines, and rules that hold in every file."""

from __future__ import annotations

import ast
import re

import pytest
from sympy import Expr

from gdverify import catalogue
from gdverify.derivation.steps import derive
from gdverify.notation import functions as f
from gdverify.notation import operation
from tests import user_sources
from tests.helpers import EVERY, SOURCES, Source, code, source_of

MLP = """\
batch = x.shape[0]
outputs = W2.shape[0]
a1 = np.tanh(x @ W1.T + b1)
z2 = a1 @ W2.T + b2
loss = ((z2 - t)**2).sum() / (batch * outputs)
dz2 = 2 / (batch * outputs) * (z2 - t)
dW2 = dz2.T @ a1
db2 = dz2.sum(axis=0)
dz1 = (1 - a1**2) * (dz2 @ W2)
dW1 = dz1.T @ x
db1 = dz1.sum(axis=0)
return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}"""

NEURON = """\
z = x * w
p = sigmoid(z)
loss = (p - t)**2
dp = 2 * (p - t)
dz = p * (1 - p) * dp
dw = x * dz
return loss, {"w": dw}"""

SOFTMAX = """\
p_exp = np.exp(z)
p_total = p_exp.sum(axis=1)
dp_total = -(p_exp * dp).sum(axis=1) / p_total**2
dp_exp = dp / p_total[:, None] + dp_total[:, None]
dz = p_exp * dp_exp
return {"dp_total": dp_total, "dp_exp": dp_exp, "dz": dz}"""


MATRIX_DETOURS = ("einsum", "transpose")


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [("mlp", {"hidden": 1, "activation": "tanh"}, MLP), ("one_input_neuron", {}, NEURON)],
)
def test_whole_functions(name: str, options: dict[str, object], expected: str) -> None:
    assert "\n".join(code(derive(catalogue.find(name), **options), "loss_and_gradients")) == expected


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("affine", ["dW = dz.T @ x", "dx = dz @ W", "db = dz.sum(axis=0)"]),
        ("linear_in_out", ["dx = dz @ w.T", "dw = x.T @ dz"]),
        ("weighted_sum", ["dw = dz @ x", "dx = dz[:, None] * w"]),
        ("line_through", ["da = dy @ x", "dx = a * dy", "db = dy.sum()"]),
        ("relu", ["dz = np.where(a > 0, da, 0)"]),
        ("leaky_relu", ["dz = np.where(z > 0, da, 0.01 * da)"]),
        ("sigmoid", ["dz = a * (1 - a) * da"]),
        ("tanh", ["dz = (1 - a**2) * da"]),
        ("identity", ["dz = da.copy()"]),
        ("softplus", ["dz = da * sigmoid(z)"]),
        ("mean_squared_error", ["dy = 2 / (batch * outputs) * (y - t)"]),
    ],
)
def test_adjoints_of_operations(name: str, lines: list[str]) -> None:
    assert [line for line in code(derive(catalogue.find(name))) if line in lines] == lines


def test_softmax_as_a_user_writes_it() -> None:
    assert "\n".join(code(derive(user_sources.softmax))) == SOFTMAX


def test_layer_norm_names_its_mean_and_reuses_its_root() -> None:
    lines = code(derive(user_sources.layer_norm), "adjoints")
    assert "y_mean = x.sum(axis=1) / features" in lines
    assert "y_power = 1 / np.sqrt(0.001 + y_mean2)" in lines
    assert "dy_mean2 = -(y_power**2 * y_power * dy_power) / 2" in lines


def test_root_of_a_size_is_a_python_number() -> None:
    assert "s = q @ k.swapaxes(1, 2) / width**0.5" in code(derive(user_sources.scaled_scores), "loss")


def test_sums_of_sums_are_one() -> None:
    assert "loss = (t * (np.log(loss_total)[:, None] - z)).sum() / batch" in code(
        derive(user_sources.softmax_cross_entropy), "loss"
    )


# Three operands, no two of which are a matrix product; a slope that is one of two numbers, in the dtype of y.
INEVITABLE = {("einsum", "bilinear"), ("astype", "quantile"), ("astype", "quantile_sum")}


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_catalogue_needs_no_einsum_and_no_detours(source: Source) -> None:
    text = "\n".join(code(source.derivation, "loss_and_gradients"))
    for detour in (".T.T", "newaxis", "astype", "np.dot", *(MATRIX_DETOURS if _has_matrices_alone(source) else ())):
        assert detour not in text or (detour, str(source)) in INEVITABLE


def _has_matrices_alone(source: Source) -> bool:
    """Whether no array has more than two axes: sums over several axes of others have no shorter name than einsum."""
    made = [definition.tensor for definition in source.derivation.forward]
    return all(len(tensor.axes) < 3 for tensor in [*source.derivation.arguments, *made])


def test_affine_layers_are_matrix_products() -> None:
    layers = [s for s in SOURCES if any(word in str(s) for word in ("affine", "linear(", "mlp", "connected"))]
    for source in layers:
        lines = [line for line in code(source.derivation, "loss") if re.match(r"z\d* = ", line)]
        assert lines
        assert all(" @ " in line for line in lines)


@pytest.mark.parametrize("source", EVERY, ids=str)
def test_rules_of_every_file(source: Source) -> None:
    text = source_of(source.derivation)
    extents = {axis.name for axis in source.derivation.extents}
    tree = ast.parse(text)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import numpy as np"]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [f.name for f in functions][-4:] == ["forward", "loss", "loss_and_gradients", "adjoints"]
    lines = text.splitlines()
    for function in functions:
        assert ast.get_docstring(function)
        assert not unread(function), function.name
        for statement in assignments(function):
            assert not isinstance(statement.value, ast.Name), "only renames"
            assert statement.lineno == statement.end_lineno
            if function in functions[-4:] and not is_size(statement, extents) and not is_room(statement):
                above = lines[statement.lineno - 2].strip()
                (target,) = statement.targets
                # Of a loop a line sets the entry of a step, under the formula of all of them.
                named = target.value if isinstance(target, ast.Subscript) else target
                assert above.startswith(f"# {ast.unparse(named)}"), above
                assert " = " in above


def is_room(statement: ast.Assign) -> bool:
    """Whether it makes the array that the steps of a loop fill."""
    return ast.unparse(statement.value).startswith("np.empty(")


def assignments(function: ast.FunctionDef) -> list[ast.Assign]:
    """The statements that compute something."""
    return [node for node in function.body if isinstance(node, ast.Assign)]


def is_size(statement: ast.Assign, extents: set[str]) -> bool:
    """Whether a statement reads the size of an axis, or computes one from others."""
    return ".shape[" in ast.unparse(statement.value) or ast.unparse(statement.targets[0]) in extents


def unread(function: ast.FunctionDef) -> set[str]:
    """Variables that are computed, and arguments that are taken, for nothing."""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    written = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    # The four functions of a network take what it takes.
    arguments = {argument.arg for argument in function.args.args} if function.name == "forward" else set()
    return (written | arguments) - read


def test_rows_of_operators_say_what_they_cost() -> None:
    text = source_of(derive(catalogue.find("mlp"), hidden=1, activation="relu"))
    assert "Operations: 2 matrix products, 1 sum, 7 elementwise operations forward; " in text
    assert "3 matrix products, 2\n  sums, 6 elementwise operations backward." in text


def test_constants_print_as_they_were_written() -> None:
    @operation("a")
    def wavy(z: Expr) -> Expr:
        return 0.1 * z + f.tanh(z) / 3 - 2 * z**3 / 7

    assert "a = 0.1 * z + a_tanh / 3 - 2 * z**2 * z / 7" in code(derive(wavy), "loss")
