"""A loop as lines of Python: what is read later is kept in an array of all steps, anything else lives for one step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gdverify.codegen.nodes import Node, renamed, render, size_text
from gdverify.codegen.program import Statement

STEP, INDENT = "step", " " * 4


def loop_lines(statements: Sequence[Statement], kept: Collection[str], like: str) -> Iterator[str]:
    """The lines of a loop.

    Args:
        statements: of the loop, in order.
        kept: the targets that are read after it.
        like: an array whose dtype the kept ones have.
    """
    every = [(statement, statement.step) for statement in statements if statement.step is not None]
    loop = every[0][1].loop
    names = stored_of(statements, kept)
    stored = {s.target: step for s, step in every if s.target in names}
    for target, step in stored.items():
        yield f"{target} = np.empty(({', '.join(size_text(axis.size) for axis in step.axes)}), {like}.dtype)"
    count = size_text(loop.axis.size)
    turns = f"range({count})"
    yield f"for {STEP} in {f'reversed({turns})' if loop.backwards else turns}:"
    local = {statement.target for statement in statements} - stored.keys()
    for statement, step in every:
        slices = {name: _slice(name, place) for name, place in step.slices.items() if name not in local}
        for name, (tensor, offset) in step.carried.items():
            slices[name] = _carried(tensor, stored[tensor].place, offset, count)
        target = statement.target if statement.target in local else _slice(statement.target, step.place)
        yield from (f"{INDENT}# {line}" for line in statement.formula.splitlines())
        yield f"{INDENT}{target} = {_text(renamed(statement.node, slices), statement.target in stored)}"


def stored_of(statements: Sequence[Statement], kept: Collection[str]) -> set[str]:
    """What of a loop has an array of all steps: what is read after it, and what one step carries to another."""
    steps = [statement.step for statement in statements if statement.step is not None]
    carried = {tensor for step in steps for tensor, _ in step.carried.values()}
    return {statement.target for statement in statements if statement.target in {*kept, *carried}}


def _text(node: Node, stored: bool) -> str:
    """What is stored in an array is copied by that; what stands alone needs no brackets."""
    if stored and node.operator == "copy":
        (node,) = node.arguments
    text = render(node)
    return text[1:-1] if node.operator == "carried" else text


def _slice(name: str, place: int, at: str = STEP) -> str:
    return f"{name}[{', '.join([*[':'] * place, at])}]"


def _carried(tensor: str, place: int, offset: int, count: str) -> str:
    """``h[:, step - 1] if step > 0``: the other branch is what is carried in from outside."""
    if offset < 0:
        return f"{_slice(tensor, place, f'{STEP} - {-offset}')} if {STEP} > {-offset - 1}"
    return f"{_slice(tensor, place, f'{STEP} + {offset}')} if {STEP} < {count} - {offset}"
