"""The functions of one variable that a derivation applies: what they are, and what their derivatives are."""

from __future__ import annotations

from collections.abc import Iterable

import sympy

from gdverify.codegen.formulas import Text, written
from gdverify.derivation.graph import Reference, Term, slot
from gdverify.derivation.steps import Derivation
from gdverify.notation.functions import FUNCTIONS, select
from gdverify.notation.tensors import Tensor

Function = type[sympy.Function]
VARIABLE = Tensor("u", ())


def function_equations(derivation: Derivation, style: Text) -> list[tuple[str, str]]:
    """Pairs of sides: what each function is, where it is not elementary, and its derivative.

    A function that only a derivative brings in is defined without its own.
    """
    forward = _applied([part.body for definition in derivation.forward for part in definition.terms])
    derivatives = [function(slot(0)).diff(slot(0)) for function in forward]
    equations: list[tuple[str, str]] = []
    for function, derivative in zip(forward, derivatives, strict=True):
        equations += _definition(function, style)
        equations.append((style.derivative(_call(function, style), VARIABLE.name), _written(derivative, style)))
    brought = [function for function in _applied(derivatives) if function not in forward]
    return [*equations, *(pair for function in brought for pair in _definition(function, style))]


def _applied(expressions: Iterable[sympy.Expr]) -> list[Function]:
    """The functions that occur, in order; by name within one expression."""
    found: dict[Function, None] = {}
    for expression in expressions:
        functions = {type(applied) for applied in expression.atoms(sympy.Function, sympy.exp)} - {select}
        found |= dict.fromkeys(sorted(functions, key=lambda function: str(function.__name__)))
    return [*found]


def _definition(function: Function, style: Text) -> list[tuple[str, str]]:
    row = FUNCTIONS.get(function.__name__)
    sides = (_call(function, style), _written(row.value(slot(0)), style)) if row else None
    # Of the error function there is nothing simpler to say than its derivative.
    return [sides] if sides and sides[0] != sides[1] else []


def _call(function: Function, style: Text) -> str:
    return _written(function(slot(0)), style)


def _written(expression: sympy.Expr, style: Text) -> str:
    return written(expression, Term((), expression, (Reference(VARIABLE, ()),)), (), style)
