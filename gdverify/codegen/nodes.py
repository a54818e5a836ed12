"""Array expressions: a small tree that is printed as NumPy, or evaluated without being printed.

An operator is one row of `OPERATORS`: how it prints, and how tightly it binds. What it computes is a row of an
*arithmetic* (`gdverify.evidence.arithmetic`): plain NumPy, or values with rounding errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import sympy

# How tightly Python binds: a part is parenthesised where it binds less than its place asks for.
COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)


@dataclass(frozen=True)
class Node:
    """One array operation; ``detail`` is what is not an array: a name, a number, axes, a shape."""

    operator: str
    arguments: tuple[Node, ...] = ()
    detail: Any = None


def name(identifier: str) -> Node:
    """A variable."""
    return Node("name", (), identifier)


def number(value: sympy.Rational | int) -> Node:
    """An exact constant."""
    return Node("number", (), sympy.Rational(value))


@dataclass(frozen=True)
class Operator:
    """How an operator prints: its precedence, that asked of each argument (the last goes on), and the text."""

    precedence: int
    asks: int | tuple[int, int]
    text: Callable[..., str]
    kind: str = "elementwise operation"


def _infix(symbol: str, precedence: int, right: int, kind: str = "elementwise operation") -> Operator:
    return Operator(precedence, (precedence, right), lambda _, a, b: f"{a} {symbol} {b}", kind)


def _call(function: str) -> Operator:
    return Operator(ATOM, COMPARISON, lambda detail, *args: f"{function}({', '.join(args)})")


def _number(value: sympy.Rational) -> str:
    # A denominator of 2s and 5s has a finite decimal; any other stays a quotient, which rounds once.
    if value.q == 1:
        return str(value.p) if abs(value) < 10**16 else repr(float(value))
    return repr(float(value)) if sympy.Rational(repr(float(value))) == value else f"{value.p} / {value.q}"


def _exponent(value: sympy.Rational) -> str:
    text = _number(value)
    return f"({text})" if "/" in text else text


def _subscript(pattern: tuple[bool, ...]) -> str:
    trimmed = list(pattern)
    while trimmed and trimmed[-1]:  # trailing full slices are implied
        trimmed.pop()
    return ", ".join(":" if kept else "None" for kept in trimmed)


def _axis(axes: tuple[int, ...] | None) -> str:
    if axes is None:
        return ""
    return f"axis={axes[0] if len(axes) == 1 else axes}"


def _transposed(order: tuple[int, ...]) -> str:
    moved = [axis for axis, source in enumerate(order) if axis != source]
    if order == (1, 0):
        return "T"
    return f"swapaxes({moved[0]}, {moved[1]})" if len(moved) == 2 else f"transpose{order}"


def _tuple(parts: Sequence[str]) -> str:
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _moves(function: str, arrays: int = 1) -> Operator:
    """A function of `gdverify.codegen.moved` along some axes; how it moves is what is not the default."""

    def text(detail: tuple[Any, ...], *arguments: str) -> str:
        axis, axes, *how = detail
        sizes = arguments[arrays:]
        named = zip(("stride", "dilation", "start"), how, (1, 1, 0), strict=True)
        options = [f"{word}={size_text(value)}" for word, value, default in named if value != default]
        given = [_tuple(sizes[at : at + axes]) for at in range(0, len(sizes), axes)]
        return f"{function}({', '.join([*arguments[:arrays], str(axis), *given, *options])})"

    return Operator(ATOM, COMPARISON, text, "copy")


def _part(axis: int, a: str, first: str, end: str = "") -> str:
    return f"{a}[{':, ' * axis}{'' if first == '0' else first}:{end}]"


def _padded(detail: tuple[int, int], a: str, before: str, behind: str) -> str:
    axis, rank = detail
    widths = [f"({before}, {behind})" if at == axis else "(0, 0)" for at in range(rank)]
    return f"np.pad({a}, ({', '.join(widths)}{',' if rank == 1 else ''}))"


def size_text(size: sympy.Expr) -> str:
    """A size as Python: whole numbers, with ``//`` for what is rounded down."""
    if isinstance(size, sympy.floor):
        above, below = size.args[0].as_numer_denom()
        text = size_text(above)
        return f"{f'({text})' if above.is_Add else text} // {below}"
    if size.is_Add:
        # Names before numbers, and what is added before what is taken away.
        parts = sorted(
            size.args, key=lambda part: (bool(part.is_number), bool(part.could_extract_minus_sign()), str(part))
        )
        text = size_text(parts[0])
        for part in parts[1:]:
            negative = part.could_extract_minus_sign()
            text += f" {'-' if negative else '+'} {size_text(-part if negative else part)}"
        return text
    number, sizes = size.as_coeff_Mul()
    if number.q != 1:
        # An axis that is cut in equal parts has a size that the count divides.
        return f"{size_text(number.p * sizes)} // {number.q}"
    if size.is_Mul:
        return " * ".join(f"({size_text(part)})" if part.is_Add else size_text(part) for part in size.args)
    return str(size)


OPERATORS: dict[str, Operator] = {
    "name": Operator(ATOM, ATOM, lambda detail: detail, "variable"),
    "number": Operator(ATOM, ATOM, _number, "variable"),
    "pi": Operator(ATOM, ATOM, lambda _: "np.pi", "variable"),
    "add": _infix("+", SUM, SUM),
    "sub": _infix("-", SUM, PRODUCT),
    "mul": _infix("*", PRODUCT, SIGN),
    "div": _infix("/", PRODUCT, SIGN),
    "matmul": _infix("@", PRODUCT, SIGN, "matrix product"),
    "neg": Operator(SIGN, SIGN, lambda _, a: f"-{a}"),
    "pow": Operator(POWER, ATOM, lambda detail, a: f"{a}**{_exponent(detail)}"),
    "transpose": Operator(ATOM, ATOM, lambda d, a: f"{a}.{_transposed(d)}", "view"),
    "expand": Operator(ATOM, ATOM, lambda d, a: f"{a}[{_subscript(d)}]", "view"),
    "sum": Operator(ATOM, ATOM, lambda d, a: f"{a}.sum({_axis(d)})", "sum"),
    "peak": Operator(ATOM, ATOM, lambda d, a: f"{a}.max({_axis(d)})", "sum"),
    "einsum": Operator(
        ATOM, COMPARISON, lambda d, *a: f'np.einsum("{d}", {", ".join(a)}, optimize=True)', "matrix product"
    ),
    "stacked": Operator(ATOM, COMPARISON, lambda d, *a: f'stacked("{d}", {", ".join(a)})', "matrix product"),
    "one_by_one": Operator(
        ATOM, COMPARISON, lambda d, *a: f'one_by_one("{d[0]}", "{d[1]}", {", ".join(a)})', "matrix product"
    ),
    "tensordot": Operator(
        ATOM, COMPARISON, lambda axes, a, b: f"np.tensordot({a}, {b}, axes={axes})", "matrix product"
    ),
    "copy": Operator(ATOM, ATOM, lambda _, a: f"{a}.copy()", "copy"),
    "cast": Operator(ATOM, ATOM, lambda _, a, like: f"{a}.astype({like}.dtype)", "copy"),
    "full_like": Operator(ATOM, COMPARISON, lambda _, like, a: f"np.full_like({like}, {a})", "copy"),
    "broadcast": Operator(ATOM, COMPARISON, lambda _, like, a: f"np.broadcast_to({a}, {like}.shape)", "view"),
    "take": Operator(ATOM, ATOM, lambda d, a: f"{a}[{', '.join([':'] * d[0] + [str(d[1])])}]", "view"),
    "windows": _moves("windows"),
    "overlapped": _moves("overlapped"),
    "overlapped_at": _moves("overlapped_at", arrays=2),
    "overlapped_product": _moves("overlapped_product", arrays=2),
    "reshape": Operator(ATOM, (ATOM, COMPARISON), lambda _, a, *sizes: f"{a}.reshape({', '.join(sizes)})", "view"),
    "part": Operator(ATOM, (ATOM, SUM), _part, "view"),
    "repeated": Operator(ATOM, COMPARISON, lambda axis, a, times: f"np.repeat({a}, {times}, axis={axis})", "copy"),
    "pad": Operator(ATOM, COMPARISON, _padded, "copy"),
    "concatenate": Operator(
        ATOM, COMPARISON, lambda axis, *a: f"np.concatenate([{', '.join(a)}], axis={axis})", "copy"
    ),
    "causal": Operator(
        *(ATOM, COMPARISON),
        lambda _, like, *sizes: f"np.triu(np.full(({', '.join(sizes)}), -1e30, {like}.dtype), 1)",
        "copy",
    ),
    "winner": Operator(ATOM, ATOM, lambda d, a: f"{a}.argmax({_axis(d)})", "sum"),
    "added": Operator(ATOM, COMPARISON, lambda axes, a: f"combined(np.add, {a}, {axes})", "sum"),
    "largest": Operator(ATOM, COMPARISON, lambda axes, a: f"combined(np.maximum, {a}, {axes})", "sum"),
    "largest_at": Operator(ATOM, COMPARISON, lambda axes, a: f"largest_at({a}, {axes})", "sum"),
    "picked": Operator(ATOM, COMPARISON, lambda axis, x, at: f"picked({x}, {at}, {axis})", "copy"),
    "placed": Operator(ATOM, COMPARISON, lambda axis, dy, at, size: f"placed({dy}, {at}, {axis}, {size})", "copy"),
    "rows": Operator(ATOM, ATOM, lambda _, x, at: f"{x}[{at}]", "copy"),
    "added_up": Operator(ATOM, COMPARISON, lambda _, dy, at, size: f"added_up({dy}, {at}, {size})", "copy"),
    "carried": Operator(ATOM, COMPARISON, lambda _, before, start: f"({before} else {start})", "variable"),
    "where": _call("np.where"),
    "gt": _infix(">", COMPARISON, SUM),
    "ge": _infix(">=", COMPARISON, SUM),
    "lt": _infix("<", COMPARISON, SUM),
    "le": _infix("<=", COMPARISON, SUM),
    "exp": _call("np.exp"),
    "log": _call("np.log"),
    "tanh": _call("np.tanh"),
    "sin": _call("np.sin"),
    "cos": _call("np.cos"),
    "sqrt": _call("np.sqrt"),
    "root": _call("np.sqrt"),
    "sign": _call("np.sign"),
    "absolute": _call("np.abs"),
    "relu": Operator(ATOM, COMPARISON, lambda _, a: f"np.maximum({a}, 0)"),
    "softplus": Operator(ATOM, COMPARISON, lambda _, a: f"np.logaddexp(0, {a})"),
    "expm1": _call("np.expm1"),
    "minimum": _call("np.minimum"),
    **{helped: _call(helped) for helped in ("sigmoid", "erf", "softsign", "reciprocal")},
}


def render(node: Node) -> str:
    """The expression as Python text."""
    operator = OPERATORS[node.operator]
    asks = operator.asks if isinstance(operator.asks, tuple) else (operator.asks,)
    parts = []
    for argument, asked in zip(node.arguments, chain(asks, repeat(asks[-1]))):  # noqa: B905  # the last one goes on
        text = render(argument)
        parts.append(f"({text})" if _precedence(argument) < asked else text)
    return operator.text(node.detail, *parts)


def _precedence(node: Node) -> int:
    if node.operator == "number":
        return PRODUCT if "/" in _number(node.detail) else SIGN if node.detail < 0 else ATOM
    return OPERATORS[node.operator].precedence


def evaluate(node: Node, values: Mapping[str, Any], arithmetic: Mapping[str, Callable[..., Any]]) -> Any:
    """The value of an expression: each operator's row of the arithmetic gets the detail and its arguments' values."""
    if node.operator == "name":
        return values[node.detail]
    if node.operator == "carried":
        before, start = node.arguments
        made = values[before.detail]
        return evaluate(start, values, arithmetic) if made is None else made
    # Most arguments are variables, which are read at once: evidence is made of calls of this function.
    arguments = [values[a.detail] if a.operator == "name" else evaluate(a, values, arithmetic) for a in node.arguments]
    return arithmetic[node.operator](node.detail, *arguments)


def renamed(node: Node, names: Mapping[str, str]) -> Node:
    """The expression with variables renamed; those without a new name keep theirs."""
    detail = names.get(node.detail, node.detail) if node.operator == "name" else node.detail
    return Node(node.operator, tuple(renamed(part, names) for part in node.arguments), detail)


def names(node: Node) -> set[str]:
    """The variables of an expression, sizes included."""
    if node.operator == "name":
        return {node.detail}
    return {found for argument in node.arguments for found in names(argument)}


def operators(node: Node) -> set[str]:
    """The operators of an expression."""
    return {node.operator}.union(*map(operators, node.arguments))


def count(node: Node) -> dict[str, int]:
    """How many operations of each kind an expression takes; views and variables cost nothing."""
    counts: dict[str, int] = {}
    stack = [node]
    while stack:
        at = stack.pop()
        kind = OPERATORS[at.operator].kind
        if kind not in ("variable", "view"):
            counts[kind] = counts.get(kind, 0) + 1
        stack.extend(at.arguments)
    return counts
