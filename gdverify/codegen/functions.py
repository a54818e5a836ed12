"""The functions of one variable that a derivation applies: what they are, and what their derivatives are."""

from __future__ import annotations

import sympy

from gdverify.codegen.formulas import Text, written
from gdverify.derivation.graph import Reference, Term, slot
from gdverify.derivation.steps import Derivation
from gdverify.notation.functions import FUNCTIONS, select
from gdverify.notation.tensors import Tensor

VARIABLE = Tensor("u", ())


def functions_of(derivation: Derivation) -> list[type[sympy.Function]]:
    """The functions in the forward definitions, and those that their derivatives bring in."""
    found: dict[type[sympy.Function], None] = {}
    waiting = [part.body for definition in derivation.forward for part in definition.terms]
    while waiting:
        applied = waiting.pop(0).atoms(sympy.Function)
        for function in sorted({type(a) for a in applied} - {select, *found}, key=lambda f: str(f.__name__)):
            found[function] = None
            waiting.append(function(slot(0)).diff(slot(0)))
    return [*found]


def function_equations(function: type[sympy.Function], style: Text) -> list[tuple[str, str]]:
    """The definition, where it is not elementary, and the derivative, as pairs of sides."""
    variable = slot(0)
    applied = _written(function(variable), style)
    row = FUNCTIONS.get(function.__name__)
    definition = [(applied, _written(row.value(variable), style))] if row else []
    derivative = style.derivative(applied, _written(variable, style))
    return [*definition, (derivative, _written(function(variable).diff(variable), style))]


def _written(expression: sympy.Expr, style: Text) -> str:
    return written(expression, Term((), expression, (Reference(VARIABLE, ()),)), (), style)
