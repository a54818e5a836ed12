"""Functions that a graph has no operator for, by their elementary definition and the branch that is taken."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce

import sympy
from sympy.core.relational import Relational

from gdverify.notation.functions import FUNCTIONS as TABLED
from gdverify.notation.functions import select
from gdverify.tracing.expression import FUNCTIONS, Expression, Graph
from gdverify.tracing.floats import Floats
from gdverify.tracing.path import RELATIONS, Condition

_SYMBOLS = {
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
}
_ARGUMENT = sympy.Dummy("z", real=True)


class Branching:
    """Takes branches by value at one point, and keeps what they were taken by.

    Attributes:
        path: every comparison whose outcome depends on the point, in order, each once.
    """

    def __init__(self, graph: Graph, values: Floats) -> None:
        self.graph = graph
        self.path: dict[tuple[Expression, str], Condition] = {}
        self._values = values

    def compare(self, relation: str, a: Expression, b: Expression) -> bool:
        """Whether ``a relation b``."""
        difference = self.graph.sub(a, b)
        value = difference.detail if difference.is_number else self._values(a) - self._values(b)
        holds = (value > 0) - (value < 0) in RELATIONS[relation]
        if not difference.is_number:
            self.path.setdefault((difference, relation), Condition(difference, relation, holds, bool(value == 0)))
        return holds

    def call(self, function: str, a: Expression) -> Expression:
        """A function of the graph, a root, or a row of the table of elementwise functions."""
        if function in FUNCTIONS:
            return self.graph.call(function, a)
        if function == "sqrt":
            return self.graph.pow(a, Fraction(1, 2))
        return self.expression(TABLED[function].value(_ARGUMENT), {_ARGUMENT: a})

    def expression(self, written: sympy.Expr, known: Mapping[sympy.Symbol, Expression]) -> Expression:
        """A SymPy expression on the branches that are taken.

        Args:
            written: in the vocabulary of the notation.
            known: what its symbols stand for.
        """
        if written.is_Symbol:
            return known[written]
        if written.is_Rational:
            return self.graph.number(Fraction(int(written.p), int(written.q)))
        if isinstance(written, select):
            condition, first, second = written.args
            return self.expression(first if self._holds(condition, known) else second, known)
        parts = [self.expression(part, known) for part in written.args]
        if written.is_Add:
            return reduce(self.graph.add, parts)
        if written.is_Mul:
            return reduce(self.graph.mul, parts)
        if written.is_Pow and not isinstance(written, sympy.exp):
            return self.power(parts[1].detail, parts[0])
        return self.call(type(written).__name__, parts[0])

    def power(self, exponent: Fraction, base: Expression) -> Expression:
        """baseⁿ, a negative power as a quotient."""
        if exponent < 0:
            return self.graph.div(self.graph.number(1), self.graph.pow(base, -exponent))
        return self.graph.pow(base, exponent)

    def _holds(self, condition: Relational, known: Mapping[sympy.Symbol, Expression]) -> bool:
        left, right = (self.expression(side, known) for side in condition.args)
        return self.compare(_SYMBOLS[type(condition)], left, right)
