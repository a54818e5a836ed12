"""How each array operator is written in LaTeX: one row of `FORMS` an operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy

from gdverify.codegen.contractions import spec_of
from gdverify.codegen.nodes import Node, size_text
from gdverify.pages.arrays import einsum_axes

if TYPE_CHECKING:
    from gdverify.pages.matrix import Matrix

# How tightly a part binds: it is bracketed where it binds less than its place asks for.
COMPARISON, SUM, BIG_SUM, PRODUCT, MATRIX, ATOM = range(6)

# What says how an array is stored, and nothing about its value: which argument is the value.
STORED = {"copy": 0, "cast": 0, "full_like": 1, "broadcast": 1}


def value_of(node: Node) -> Node:
    """What is written: the expression without what says how its array is stored."""
    while node.operator in STORED:
        node = node.arguments[STORED[node.operator]]
    return node


@dataclass(frozen=True)
class Form:
    """How tightly an operator binds, and how it is written."""

    precedence: int
    text: Callable[[Matrix, Node], str]


def _infix(symbol: str, precedence: int, right: int) -> Form:
    def text(write: Matrix, node: Node) -> str:
        first, second = node.arguments
        return f"{write.part(first, precedence)} {symbol} {write.part(second, right)}"

    return Form(precedence, text)


def _function(write: Matrix, node: Node) -> str:
    return write.style.applied(node.operator, ", ".join(map(write.write, node.arguments)))


def _power(write: Matrix, node: Node) -> str:
    if node.detail == sympy.Rational(1, 2):
        return _root(write, node)
    exponent = write.style.number(node.detail)
    entrywise = r"\odot " if write.axes(node.arguments[0]) else ""
    base = write.part(node.arguments[0], ATOM)
    crowded = "^" in base and not base.startswith(r"\left(")
    return f"{{{write.style.bracket(base) if crowded else base}}}^{{{entrywise}{exponent}}}"


def _root(write: Matrix, node: Node) -> str:
    return write.style.power(write.write(node.arguments[0]), sympy.Rational(1, 2))


def _transposed(write: Matrix, node: Node) -> str:
    node = value_of(node)
    if node.operator == "transpose":
        return write.part(node.arguments[0], MATRIX)
    text = write.part(node, ATOM)
    # The number of a layer and the ⊤ share one superscript.
    return f"{text[:-1]}\\top}}" if text.endswith(")}") else f"{text}^{{\\top}}"


def _transpose(write: Matrix, node: Node) -> str:
    rank = len(node.detail)
    if node.detail == (*range(rank - 2), rank - 1, rank - 2):
        return _transposed(write, node.arguments[0])
    order = ", ".join(map(str, node.detail))
    return rf"\mathrm{{transpose}}_{{{order}}}\left({write.write(node.arguments[0])}\right)"


def _product(write: Matrix, node: Node) -> str:
    first, second = node.arguments
    if first.operator == "expand" and first.detail == (True, False) and len(write.axes(second)) == 1:
        return rf"{write.part(first.arguments[0], MATRIX)} \, {_transposed(write, second)}"
    symbol = r" \odot " if write.axes(first) and write.axes(second) else write.style.times
    if first.operator == second.operator == "name" and not {first.detail, second.detail} & write.tensors.keys():
        symbol = write.style.dot
    return f"{write.part(first, PRODUCT)}{symbol}{write.part(second, MATRIX)}"


def _matrix_product(write: Matrix, node: Node) -> str:
    first, second = node.arguments
    ranks = (len(write.axes(first)), len(write.axes(second)))
    if ranks == (1, 1):
        return rf"{_transposed(write, first)} \, {write.part(second, MATRIX)}"
    if ranks == (1, 2):
        return rf"{_transposed(write, second)} \, {write.part(first, MATRIX)}"
    return rf"{write.part(first, MATRIX)} \, {write.part(second, MATRIX)}"


def _reduction(kind: str) -> Callable[[Matrix, Node], str]:
    def text(write: Matrix, node: Node) -> str:
        (reduced,) = node.arguments
        letters = write.letters(write.axes(reduced))
        over = [letter for at, letter in enumerate(letters) if node.detail is None or at in node.detail]
        return write.style.reduced(kind, over, write.part(reduced, BIG_SUM))

    return text


def _einsum(write: Matrix, node: Node) -> str:
    operands, kept = node.detail.split("->")
    named = einsum_axes(node.detail, [write.axes(argument) for argument in node.arguments])
    letters = dict(zip(named, write.letters(tuple(named.values())), strict=True))
    factors = [
        write.part(argument, ATOM) + write.subscript([letters[letter] for letter in spec])
        for argument, spec in zip(node.arguments, operands.split(","), strict=True)
    ]
    return write.style.reduced(
        "total", [letters[letter] for letter in named if letter not in kept], r" \, ".join(factors)
    )


def _tensordot(write: Matrix, node: Node) -> str:
    first, second = (len(write.axes(argument)) for argument in node.arguments)
    return _einsum(write, Node("einsum", node.arguments, spec_of(node.detail, (first, second))))


def _moved(write: Matrix, node: Node) -> str:
    """``windows(x)``, with the axes along which it moves entries, and how."""
    moved, *_ = node.arguments
    axis, axes, *how = node.detail
    named = zip(("stride", "dilation", "start"), how, (1, 1, 0), strict=True)
    options = [rf"\mathrm{{{word}}} = {size_text(value)}" for word, value, default in named if value != default]
    along = ", ".join(map(str, range(axis, axis + axes)))
    function = rf"\mathrm{{{node.operator}}}_{{{along}}}"
    return rf"{function}\left({', '.join([write.write(moved), *options])}\right)"


def _placed(write: Matrix, node: Node) -> str:
    """``placed(dy, winner)``: what is moved, and the positions."""
    moved, at, *_ = node.arguments
    return rf"\mathrm{{{node.operator}}}\left({write.write(moved)}, {write.write(at)}\right)".replace("_", r"\_", 1)


def _shaped(write: Matrix, node: Node) -> str:
    """``reshape(x)``: which axes it has then is what the line before it says."""
    return rf"\mathrm{{{node.operator}}}\left({write.write(node.arguments[0])}\right)"


def _causal(write: Matrix, node: Node) -> str:
    """0 on the diagonal and below it."""
    return r"\mathrm{causal}\left(" + ", ".join(map(write.write, node.arguments[1:])) + r"\right)"


def _part(write: Matrix, node: Node) -> str:
    """``x[j + inputs]``: what is read along an axis."""
    moved, first, *_ = node.arguments
    letters = [*write.letters(write.axes(moved))]
    start = write.write(first)
    letters[node.detail] = letters[node.detail] if start == "0" else f"{letters[node.detail]} + {start}"
    return write.part(moved, ATOM) + write.subscript(letters)


def _concatenated(write: Matrix, node: Node) -> str:
    """Matrices one behind the other."""
    separator = r" \\ " if node.detail == 0 and len(write.axes(node.arguments[0])) > 1 else " & "
    return rf"\begin{{bmatrix}} {separator.join(map(write.write, node.arguments))} \end{{bmatrix}}"


def _carried(write: Matrix, node: Node) -> str:
    """What another step has made, or what the first step starts with."""
    before, start = node.arguments
    first = rf"{write.name(before.detail)} & \text{{where there is such a step}}"
    return rf"\begin{{cases}} {first} \\ {write.write(start)} & \text{{otherwise}} \end{{cases}}"


def _taken(write: Matrix, node: Node) -> str:
    return write.part(node.arguments[0], ATOM)


def _expand(write: Matrix, node: Node) -> str:
    return write.part(node.arguments[0], ATOM) + write.subscript(write.letters(write.axes(node)))


def _quotient(write: Matrix, node: Node) -> str:
    above, below = map(write.write, node.arguments)
    return write.style.quotient(above, below, single=True)


def _cases(write: Matrix, node: Node) -> str:
    return write.style.choice(*map(write.write, node.arguments))


FORMS: dict[str, Form] = {
    "name": Form(ATOM, lambda write, node: write.name(node.detail)),
    "number": Form(ATOM, lambda write, node: write.style.number(node.detail)),
    "pi": Form(ATOM, lambda write, node: write.style.pi),
    "add": _infix("+", SUM, BIG_SUM),
    "sub": _infix("-", SUM, BIG_SUM),
    "neg": Form(SUM, lambda write, node: f"-{write.part(node.arguments[0], BIG_SUM)}"),
    "mul": Form(PRODUCT, _product),
    "div": Form(MATRIX, _quotient),
    "matmul": Form(MATRIX, _matrix_product),
    "pow": Form(MATRIX, _power),
    "transpose": Form(MATRIX, _transpose),
    "expand": Form(ATOM, _expand),
    "take": Form(ATOM, _taken),
    "carried": Form(MATRIX, _carried),
    "winner": Form(BIG_SUM, _reduction("winner")),
    "largest_at": Form(BIG_SUM, _reduction("winner")),
    "picked": Form(ATOM, _placed),
    "placed": Form(ATOM, _placed),
    "rows": Form(ATOM, _placed),
    "added_up": Form(ATOM, _placed),
    "causal": Form(ATOM, _causal),
    "reshape": Form(ATOM, _shaped),
    "repeated": Form(ATOM, _shaped),
    "pad": Form(ATOM, _shaped),
    "part": Form(ATOM, _part),
    "concatenate": Form(ATOM, _concatenated),
    "windows": Form(ATOM, _moved),
    "overlapped": Form(ATOM, _moved),
    "overlapped_at": Form(ATOM, _moved),
    "overlapped_product": Form(ATOM, _moved),
    "sum": Form(BIG_SUM, _reduction("total")),
    "added": Form(BIG_SUM, _reduction("total")),
    "largest": Form(BIG_SUM, _reduction("peak")),
    "peak": Form(BIG_SUM, _reduction("peak")),
    "einsum": Form(BIG_SUM, _einsum),
    "stacked": Form(BIG_SUM, _einsum),
    "one_by_one": Form(BIG_SUM, _einsum),
    "tensordot": Form(BIG_SUM, _tensordot),
    "where": Form(MATRIX, _cases),
    "gt": _infix(">", COMPARISON, SUM),
    "ge": _infix(r"\ge", COMPARISON, SUM),
    "lt": _infix("<", COMPARISON, SUM),
    "le": _infix(r"\le", COMPARISON, SUM),
    "sqrt": Form(ATOM, _root),
    "root": Form(ATOM, _root),
    **{
        name: Form(ATOM, _function)
        for name in (
            *("exp", "expm1", "log", "tanh", "sign", "absolute", "relu", "softplus", "softsign", "sigmoid", "erf"),
            *("minimum", "sin", "cos", "reciprocal"),
        )
    },
}
