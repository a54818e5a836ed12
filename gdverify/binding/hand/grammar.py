"""Places as one writes them: ``self.layers[0].W.T``, ``returned[1]['dW']``, ``self.theta[:hidden * inputs]``.

A place is parsed, never evaluated as Python. What it may be made of is a table: attributes, keys, slices, the names of
axes and whole numbers between the brackets, also in keys such as ``f'W{k}'``, and a few views of arrays.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gdverify.errors import UsageError

SELF, RETURNED = ROOTS = ("self", "returned")
Sizes = Mapping[str, int]
EXAMPLES = "'self.weights[0].T', 'self.params[\"W1\"]', 'self.theta[:hidden1 * inputs]' or 'returned[1]'"
ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
VIEWS = ("T", "reshape", "ravel", "sum", "mean")


@dataclass(frozen=True)
class Name:
    """A step to an attribute."""

    name: str


@dataclass(frozen=True)
class Subscript:
    """A step into a container, or a part of an array; the key may contain sizes of axes."""

    key: ast.expr

    def at(self, sizes: Sizes) -> Any:
        """The key for some sizes."""
        return _value(self.key, sizes)

    @property
    def adds_axes(self) -> bool:
        """Whether it is the whole array with more axes of length 1, as ``[:, None]`` is."""
        entries = self.key.elts if isinstance(self.key, ast.Tuple) else [self.key]
        new = [isinstance(entry, ast.Constant) and entry.value is None for entry in entries]
        return any(new) and all(is_new or _is_full(entry) for is_new, entry in zip(new, entries, strict=True))


@dataclass(frozen=True)
class View:
    """One of `VIEWS`, with its arguments."""

    name: str
    arguments: tuple[ast.expr, ...] = ()

    def of(self, array: Any, sizes: Sizes) -> Any:
        """The view of an array."""
        if self.name == "T":
            return array.T
        return getattr(array, self.name)(*(_value(argument, sizes) for argument in self.arguments))


Step = Name | Subscript | View


@dataclass(frozen=True)
class Path:
    """A place: a root, and steps from there."""

    text: str
    root: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return self.text


def path(text: str, said: str) -> Path:
    """A place, parsed; what does not begin with ``self`` or ``returned`` is an attribute of self.

    Args:
        text: as it was written.
        said: what it was written as, for messages: ``places={'W1': …}``.

    Raises:
        UsageError: it is no place.
    """
    try:
        root, steps = _parsed(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, TypeError) as error:
        why = error.msg if isinstance(error, SyntaxError) else error
        raise UsageError(
            f"{said}: {text!r} is not a place ({why}); expected attributes, keys, slices and {', '.join(VIEWS)}, such "
            f"as {EXAMPLES}. For anything else give a function of the case: lambda c: ….",
        ) from error
    if root not in ROOTS:
        root, steps = SELF, (Name(root), *steps)
    return Path(text, root, steps)


def _parsed(node: ast.expr) -> tuple[str, tuple[Step, ...]]:
    if isinstance(node, ast.Name):
        return node.id, ()
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in VIEWS[1:]:
        root, steps = _parsed(node.func.value)
        if node.keywords:
            raise ValueError(f"{node.func.attr} takes sizes only")
        return root, (*steps, View(node.func.attr, tuple(map(_checked, node.args))))
    if isinstance(node, ast.Attribute):
        root, steps = _parsed(node.value)
        return root, (*steps, View("T") if node.attr == "T" else Name(node.attr))
    if isinstance(node, ast.Subscript):
        root, steps = _parsed(node.value)
        return root, (*steps, Subscript(_checked(node.slice)))
    raise ValueError(f"{ast.unparse(node)} is neither a name nor an attribute nor a part")


def _checked(node: ast.expr) -> ast.expr:
    """The node, made of nothing but numbers, keys, sizes and slices."""
    for one in ast.walk(node):
        if not isinstance(one, (ast.Constant, ast.Name, ast.Tuple, ast.Slice, ast.BinOp, ast.UnaryOp, ast.USub,
                                ast.JoinedStr, ast.FormattedValue, ast.expr_context, *ARITHMETIC)):  # fmt: skip
            raise ValueError(f"{ast.unparse(node)} is no key, size or slice")
    return node


def _is_full(node: ast.expr) -> bool:
    return isinstance(node, ast.Slice) and node.lower is node.upper is node.step is None


def _value(node: ast.expr | None, sizes: Sizes) -> Any:
    match node:
        case None:
            return None
        case ast.Constant():
            return node.value
        case ast.Name():
            if node.id not in sizes:
                raise LookupError(f"there is no size {node.id!r} here; there are {', '.join(sizes) or 'none'}")
            return sizes[node.id]
        case ast.JoinedStr():
            return "".join(str(_value(part, sizes)) for part in node.values)
        case ast.FormattedValue():
            return _value(node.value, sizes)
        case ast.Tuple():
            return tuple(_value(entry, sizes) for entry in node.elts)
        case ast.Slice():
            return slice(_value(node.lower, sizes), _value(node.upper, sizes), _value(node.step, sizes))
        case ast.UnaryOp():
            return -_value(node.operand, sizes)
        case ast.BinOp():
            return ARITHMETIC[type(node.op)](_value(node.left, sizes), _value(node.right, sizes))
    raise AssertionError(f"{ast.unparse(node)} was let through")


def named(patterns: Mapping[str, Any], name: str) -> tuple[Any, dict[str, int]] | None:
    """What a table says of a tensor, under its name or under one such as ``W{k}``, and then k; None where nothing."""
    if name in patterns:
        return patterns[name], {}
    for pattern, said in patterns.items():
        ahead, found, behind = pattern.partition("{k}")
        number = re.fullmatch(f"{re.escape(ahead)}([0-9]+){re.escape(behind)}", name) if found else None
        if number:
            return said, {"k": int(number[1])}
    return None
