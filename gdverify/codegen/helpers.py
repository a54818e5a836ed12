"""Functions that NumPy lacks, from their stable forms: written once at the top of a generated file."""

from __future__ import annotations

from functools import cache

import sympy

from gdverify.codegen.lower import lower_entry
from gdverify.codegen.nodes import Node
from gdverify.derivation.graph import Reference, slot
from gdverify.notation import functions
from gdverify.notation.functions import FUNCTIONS
from gdverify.notation.tensors import Tensor

ARGUMENT, SHARED = "z", ("e", "r", "q")


@cache
def helper(function: str) -> tuple[tuple[str, Node], ...]:
    """The statements of a stable form in its argument ``z``, the value last; nothing where NumPy has the function."""
    form = FUNCTIONS[function].stable if function in FUNCTIONS else None
    if form is None:
        return ()
    # What the form computes twice is named once; the names become further operands.
    names = (slot(place) for place in range(1, 100))
    shared, (value,) = sympy.cse(form(slot(0)), symbols=names, order="canonical")
    targets = SHARED[: len(shared)]
    operands = [Reference(Tensor(name, ()), ()) for name in (ARGUMENT, *targets)]
    statements = [(target, lower_entry(part, operands)) for target, (_, part) in zip(targets, shared, strict=True)]
    return (*statements, ("value", lower_entry(value, operands)))


def description(function: str) -> str:
    """One line on what a helper computes."""
    computed = (getattr(functions, function).__doc__ or function).replace("``", "").strip(".")
    return f"{computed}, in a form that cannot overflow."


def helpers_in(node: Node) -> set[str]:
    """The helpers that an expression calls."""
    found = {node.operator} if helper(node.operator) else set()
    return found.union(*(helpers_in(argument) for argument in node.arguments))
