"""When an array can go: a deep network holds its gradients and one layer, not every adjoint on the way.

A name lives until its function returns. A line ``del dz3`` after the last line that reads ``dz3`` gives its memory to
the next layer. A function that holds few arrays is easier to read without.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gdverify.codegen.program import Statement

FEW = 8  # intermediate arrays that a function may hold until it returns


def releases(statements: Sequence[Statement], kept: Collection[str]) -> dict[str, list[str]]:
    """For a target, what no later line reads: to be released below its line.

    Args:
        statements: in order.
        kept: names that are needed beyond the statements.
    """
    intermediate = [statement.target for statement in statements if statement.target not in kept]
    if len(intermediate) <= FEW:
        return {}
    last_reader = {name: statement.target for statement in statements for name in sorted(statement.reads)}
    released: dict[str, list[str]] = {}
    for name in intermediate:
        if last_reader[name] != statements[-1].target:
            released.setdefault(last_reader[name], []).append(name)
    return released
