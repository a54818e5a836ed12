"""What a row of a package's table is: the forward pass of an operation in the package's own functions.

Its parameters are the operands of the operation and its constants, by their names in the catalogue. Constants come as
plain numbers: whole ones as `int`, others as `float`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gdverify.notation import Operation

Row = Callable[..., Any]


def constants(operation: Operation) -> dict[str, int | float]:
    """The constants of an operation as plain numbers."""
    numbers = {name: float(value) for name, value in operation.options}
    return {name: int(number) if number.is_integer() else number for name, number in numbers.items()}


def title(operation: Operation, default: Operation) -> str:
    """The name of an operation, with the constants that are not its own: ``hard_sigmoid(slope=1/6)``."""
    own = dict(default.options)
    chosen = ",".join(f"{name}={value}" for name, value in operation.options if value != own[name])
    return f"{default.name}({chosen})" if chosen else default.name


def row(rows: Mapping[str, Row], operation: Operation, default: Operation) -> Row:
    """The row of an operation with these constants, or else with any."""
    return rows.get(title(operation, default), rows[operation.name])
