"""What is written inside the line that reads it: ``a1 = np.tanh(x @ W1.T + b1)``, ``dz = p_exp * (dp / p_total + s)``.

What has a name lives until its function returns. What the line below reads once, entry by entry, needs none: NumPy then
works in its memory, and a deep network asks for much less of it. That is done to matrix products, and to what the chain
rule needs between the tensors that an equation names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from gdverify.codegen.nodes import Node, render
from gdverify.codegen.program import Statement

# Operators that look at each entry by itself.
ENTRY_BY_ENTRY = frozenset(
    {"add", "sub", "mul", "div", "neg", "pow", "exp", "log", "tanh", "sqrt", "sigmoid", "softplus", "relu", "absolute"}
    | {"expm1", "erf", "softsign", "minimum", "sin", "cos", "root", "reciprocal"}
    | {"where", "gt", "ge", "lt", "le"}
)
PLAIN = frozenset({"name", "number", "pi", "expand", "transpose"})
LONGEST = 80  # letters of a line that more goes into


def fused(statements: Sequence[Statement], kept: Collection[str], unnamed: Collection[str] = ()) -> list[Statement]:
    """The statements with such ones inside their readers; the formulas of both stand above the line.

    Args:
        statements: in order.
        kept: names that are needed beyond the statements.
        unnamed: those that no equation gives, of which more than matrix products may be inside a line.
    """
    reads = Counter(name for statement in statements for name in _reads(statement.node))
    made: list[Statement] = []
    for statement in statements:
        before = made[-1] if made else None
        once = before is not None and reads[before.target] == 1 and before.target not in kept
        if before is not None and once and _moves(before, statement, before.target in unnamed):
            made[-1] = _inside(before, statement)
        else:
            made.append(statement)
    return made


def _moves(made: Statement, reader: Statement, is_unnamed: bool) -> bool:
    if made.step is not None or reader.step is not None or made.target not in _entries(reader.node):
        return False
    return _is_product(made.node) or (is_unnamed and _is_short(_inside(made, reader)) and _is_entrywise(made.node))


def _is_short(statement: Statement) -> bool:
    return len(render(statement.node)) <= LONGEST


def _is_entrywise(node: Node) -> bool:
    """Whether nothing but entries of variables goes into it."""
    return node.operator in PLAIN or (node.operator in ENTRY_BY_ENTRY and all(map(_is_entrywise, node.arguments)))


def _is_product(node: Node) -> bool:
    """A matrix product, seen in some way, or one to which a bias is added."""
    if node.operator in ("transpose", "add"):
        return any(map(_is_product, node.arguments))
    return node.operator in ("matmul", "tensordot")


def _entries(node: Node) -> set[str]:
    """The variables that an expression reads entry by entry, with nothing but such operators above them."""
    if node.operator == "name":
        return {node.detail}
    if node.operator not in ENTRY_BY_ENTRY:
        return set()
    return set().union(*map(_entries, node.arguments))


def _reads(node: Node) -> list[str]:
    """The variables of an expression, once for each time that it reads them."""
    if node.operator == "name":
        return [node.detail]
    return [name for argument in node.arguments for name in _reads(argument)]


def _inside(product: Statement, reader: Statement) -> Statement:
    return Statement(
        reader.target, _replaced(reader.node, product.target, product.node), f"{product.formula}\n{reader.formula}"
    )


def _replaced(node: Node, name: str, value: Node) -> Node:
    if node.operator == "name":
        return value if node.detail == name else node
    return Node(node.operator, tuple(_replaced(part, name, value) for part in node.arguments), node.detail)
