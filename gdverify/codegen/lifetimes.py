"""When an array can go: a deep network holds its gradients and one layer, not every adjoint on the way.

A name lives until its function returns. A line ``del dz3`` after the last line that reads ``dz3`` gives its memory to
the next layer. A function that holds few arrays is easier to read without, and no line is worth a mean or a maximum,
which is small beside the array that it is taken of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gdverify.codegen.program import Statement
from gdverify.notation.axes import Axis

FEW = 4  # large intermediate arrays that a function may hold until it returns


def releases(
    statements: Sequence[Statement], kept: Collection[str], axes: Mapping[str, Sequence[Axis]]
) -> dict[str, list[str]]:
    """For a target, what no later line reads: to be released below its line.

    Args:
        statements: in order.
        kept: names that are needed beyond the statements.
        axes: of the array of each name.
    """
    targets = [statement.target for statement in statements if statement.target not in kept]
    sets = {frozenset(axes[name]) for name in targets}
    intermediate = [name for name in targets if not any({*axes[name]} < larger for larger in sets)]
    if len(intermediate) <= FEW:
        intermediate = _multiples(statements, intermediate, kept, axes)
    last_reader = {name: statement.target for statement in statements for name in sorted(statement.reads)}
    released: dict[str, list[str]] = {}
    for name in intermediate:
        if last_reader[name] != statements[-1].target:
            released.setdefault(last_reader[name], []).append(name)
    return released


def _multiples(
    statements: Sequence[Statement], names: Collection[str], kept: Collection[str], axes: Mapping[str, Sequence[Axis]]
) -> list[str]:
    """Of the arrays those with more axes than what is returned, which are many times as large; windows are seen."""
    most = max(len(axes[name]) for name in kept)
    views = {statement.target for statement in statements if statement.node.operator == "windows"}
    return [name for name in names if len(axes[name]) > most and name not in views]
