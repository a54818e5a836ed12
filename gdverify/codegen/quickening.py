"""Lines that say the same, as one writes them for speed: evidence has no use for that, a reader of the file has.

The largest entry along an axis is what stands at its position: ``y = z.max(axis=1)``. What is added up or compared
within windows lies apart in memory: there whole arrays are taken, one for each entry of a window, with no array of the
windows in a line. And a view of what nobody else sees need not be copied.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from gdverify.codegen.nodes import Node, name, number
from gdverify.codegen.program import Statement
from gdverify.notation.axes import Axis

WITHIN_WINDOWS = {"sum": "added", "peak": "largest"}
IN_LINE = {"peak": "largest", "largest_at": "largest_at"}
OTHER_SHAPE = frozenset({"reshape", "transpose"})
FRESH = frozenset({"placed", "matmul", "tensordot", "stacked"})  # arrays that were not there before


def quickened(
    statements: Sequence[Statement], kept: Collection[str], axes: Mapping[str, Sequence[Axis]]
) -> list[Statement]:
    """The statements in the same order, with the same targets and values.

    Args:
        statements: in order.
        kept: names that are needed beyond the statements.
        axes: of the array of each name.
    """
    quickening = _Quickening(statements, kept, axes)
    return [quickening.statement(statement) for statement in statements]


class _Quickening:
    def __init__(
        self, statements: Sequence[Statement], kept: Collection[str], axes: Mapping[str, Sequence[Axis]]
    ) -> None:
        self.made = {statement.target: statement for statement in statements if statement.step is None}
        self.kept = kept
        self.axes = axes
        self.passed: list[Statement] = []  # those whose formula stands above the next line
        self.shared: set[str] = set()  # arrays of which there is a view that is kept

    def statement(self, statement: Statement) -> Statement:
        self.passed = []
        made = replace(statement, node=self._quick(statement.node))
        if not self.passed:
            return made
        return replace(made, said="\n".join([*(one.formula for one in self.passed), statement.formula]))

    def _quick(self, node: Node) -> Node:
        node = Node(node.operator, tuple(map(self._quick, node.arguments)), node.detail)
        for way in (
            self._largest,
            self._in_line,
            self._within_windows,
            self._one_by_one,
            self._given_back,
            self._multiplied_back,
            self._uncopied,
        ):
            node = way(node)
        return node

    def _node(self, argument: Node) -> Node | None:
        """What a name is set to."""
        found = self.made.get(argument.detail) if argument.operator == "name" else None
        return None if found is None else found.node

    def _largest(self, node: Node) -> Node:
        """The largest itself, in the place of what is read at its position."""
        if node.operator != "picked":
            return node
        read, at = node.arguments
        position = self._node(at)
        found = position is not None and position.operator == "largest_at" and position.arguments == (read,)
        return Node("peak", (read,), (node.detail,)) if found else node

    def _in_line(self, node: Node) -> Node:
        """What is compared along one axis, along the axes of the windows that it was made of."""
        line = self._unseen(node.arguments[0], "reshape") if node.operator in IN_LINE else None
        within = [] if line is None else self._within(line.arguments[0])
        if line is None or node.detail != tuple(within[:1]):
            return node
        if not self._is_line(node.arguments[0], line.arguments[0], within[0], len(within)):
            return node
        if node.operator != "peak":  # the formula stands above the position
            self.passed.append(self.made[node.arguments[0].detail])
        return Node(IN_LINE[node.operator], (line.arguments[0],), tuple(within))

    def _given_back(self, node: Node) -> Node:
        """What goes back through windows to the largest of each, with no array of the windows."""
        read, within = self._going_back(node) if node.operator == "overlapped" else (None, [])
        line = None if read is None else self._unseen(read, "reshape")
        entries = read if line is None else line.arguments[0]
        placed = None if entries is None else self._unseen(entries, "placed")
        if read is None or entries is None or placed is None or placed.detail != within[0]:
            return node
        (gradient, at, *widths) = placed.arguments
        if line is not None:
            widths = [*line.arguments[1 + within[0] : 1 + within[0] + len(within)]]
            if not self._is_line(entries, read, within[0], len(within)):
                return node
        passed = (entries, read) if line is not None else (read,)
        self.passed += [self.made[one.detail] for one in passed]
        return Node("overlapped_at", (gradient, at, *node.arguments[1:], *widths), node.detail)

    def _going_back(self, node: Node) -> tuple[Node | None, list[int]]:
        """The array that goes back through windows, and its axes within them; None where its other axes are moved."""
        (array, *_), (first, count, *_) = node.arguments, node.detail
        if array.operator != "transpose":
            return array, [*range(first, first + count)]
        order, within = array.detail, array.detail[first : first + count]
        others = [axis for axis in order if axis not in within]
        return (array.arguments[0], [*within]) if others == sorted(others) else (None, [])

    def _within_windows(self, node: Node) -> Node:
        """A reduction over neighbouring axes within windows, for whole arrays at a time."""
        if node.operator not in WITHIN_WINDOWS or node.detail is None:
            return node
        axes = node.detail
        neighbours = axes == tuple(range(axes[0], axes[0] + len(axes)))
        if not neighbours or not self._windows(node.arguments[0]):
            return node
        return Node(WITHIN_WINDOWS[node.operator], node.arguments, axes)

    def _one_by_one(self, node: Node) -> Node:
        """What is multiplied entry by entry with windows, with no copy of them."""
        found = [self._within(argument) for argument in node.arguments] if node.operator == "stacked" else []
        windows = next((at for at, axes in enumerate(found) if axes), None)
        if windows is None:
            return node
        read = node.detail.replace("->", ",").split(",")
        letters = "".join(read[windows][axis] for axis in found[windows])
        left, other = ({*own} - {*letters} for own in (read[windows], read[1 - windows]))
        return Node("one_by_one", node.arguments, (node.detail, letters)) if other <= left else node

    def _windows(self, argument: Node) -> Node | None:
        """The windows that a name is set to, in whatever order of their axes."""
        made = self._node(argument)
        windows = made.arguments[0] if made is not None and made.operator == "transpose" else made
        return windows if windows is not None and windows.operator == "windows" else None

    def _within(self, argument: Node) -> list[int]:
        """Of an array of windows the axes that run within them."""
        made, windows = self._node(argument), self._windows(argument)
        if made is None or windows is None:
            return []
        first, count, *_ = windows.detail
        return [at if made is windows else made.detail.index(at) for at in range(first, first + count)]

    def _multiplied_back(self, node: Node) -> Node:
        """What goes back through windows and is a product, with no array of it."""
        read, _ = self._going_back(node) if node.operator == "overlapped" else (None, [])
        product = None if read is None else self._unseen(read, "mul")
        if read is None or product is None:
            return node
        factors = [self._in_order(factor, node.arguments[0], read) for factor in product.arguments]
        if not all(factors):
            return node
        self.passed.append(self.made[read.detail])
        return Node("overlapped_product", (*filter(None, factors), *node.arguments[1:]), node.detail)

    def _in_order(self, factor: Node, array: Node, read: Node) -> Node | None:
        """A factor of an array with its axes in the order in which the array is seen; None where that is not known."""
        if array is read:
            return factor
        rank = len(self.axes[read.detail])
        own = len(factor.detail) if factor.operator == "expand" else len(self.axes.get(factor.detail, ()))
        if factor.operator not in ("expand", "name") or not own:
            return None
        missing = rank - own
        whole = Node("expand", (factor,), (*[False] * missing, *[True] * own)) if missing else factor
        return Node("transpose", (whole,), array.detail)

    def _unseen(self, argument: Node, operator: str) -> Node | None:
        """What a name is set to by an operator, where nothing but the statements needs it."""
        node = self._node(argument)
        return None if node is None or node.operator != operator or argument.detail in self.kept else node

    def _is_line(self, one: Node, several: Node, first: int, count: int) -> bool:
        """Whether an array has one axis where another has several neighbours."""
        own, read = self.axes[one.detail], self.axes[several.detail]
        return (*own[:first], *own[first + 1 :]) == (*read[:first], *read[first + count :])

    def _uncopied(self, node: Node) -> Node:
        """The first view of an array that is made here and not returned, without a copy of it."""
        (view,) = node.arguments if node.operator == "copy" else (name(""),)
        read = view
        while read.operator in OTHER_SHAPE:
            read = read.arguments[0]
        array = self._node(read)
        if view is read or array is None or array.operator not in FRESH:
            return node
        if read.detail in self.kept or read.detail in self.shared:
            return node
        self.shared.add(read.detail)
        return view


def unmasked(statements: Sequence[Statement]) -> list[Statement]:
    """The statements without cases that say nothing: ``r c`` is 0 by itself where the rectified ``r`` is."""
    rectified = {statement.target for statement in statements if statement.node.operator == "relu"}
    return [replace(statement, node=_unmasked(statement.node, rectified)) for statement in statements]


def _unmasked(node: Node, rectified: Collection[str]) -> Node:
    arguments = tuple(_unmasked(argument, rectified) for argument in node.arguments)
    if node.operator == "where":
        relation, value, other = arguments
        of = relation.arguments[0].detail if relation == Node("gt", (relation.arguments[0], number(0))) else None
        if of in rectified and other == number(0) and of in _factors(value):
            return value
    return Node(node.operator, arguments, node.detail)


def _factors(node: Node) -> set[str]:
    """The variables that a product is a multiple of."""
    if node.operator == "name":
        return {node.detail}
    factors = {"mul": node.arguments, "neg": node.arguments, "div": node.arguments[:1]}
    return set().union(*map(_factors, factors.get(node.operator, ())))
