"""Lines that say the same, as one writes them for speed: evidence has no use for that, a reader of the file has.

The largest entry along an axis is what stands at its position: ``y = z.max(axis=1)``. And what is added up within
windows lies apart in memory: there whole arrays are added, one for each entry of a window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gdverify.codegen.nodes import Node
from gdverify.codegen.program import Statement

WITHIN_WINDOWS = {"sum": "added", "peak": "largest"}


def quickened(statements: Sequence[Statement]) -> list[Statement]:
    """The statements in the same order, with the same targets and values."""
    made = {statement.target: statement.node for statement in statements}
    return [replace(statement, node=_quickened(statement.node, made)) for statement in statements]


def _quickened(node: Node, made: Mapping[str, Node]) -> Node:
    arguments = tuple(_quickened(argument, made) for argument in node.arguments)
    node = _largest(Node(node.operator, arguments, node.detail), made)
    return _within_windows(node, made)


def _within_windows(node: Node, made: Mapping[str, Node]) -> Node:
    """A reduction over neighbouring axes of windows, for whole arrays at a time."""
    if node.operator not in WITHIN_WINDOWS or node.detail is None or node.arguments[0].operator != "name":
        return node
    (read,), axes = node.arguments, node.detail
    neighbours = axes == tuple(range(axes[0], axes[0] + len(axes)))
    reads_windows = read.detail in made and made[read.detail].operator == "windows"
    return Node(WITHIN_WINDOWS[node.operator], (read,), axes) if neighbours and reads_windows else node


def _largest(node: Node, made: Mapping[str, Node]) -> Node:
    """The largest itself, in the place of what is read at its position."""
    if node.operator != "picked":
        return node
    read, at = node.arguments
    position = made.get(at.detail) if at.operator == "name" else None
    found = position is not None and position.operator == "largest_at" and position.arguments == (read,)
    return Node("peak", (read,), (node.detail,)) if found else node
