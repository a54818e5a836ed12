"""What an equation may be made of: entries, sizes, numbers, sums, and the functions that have a derivative here."""

from __future__ import annotations

from collections.abc import Collection

import sympy
from sympy.core.relational import GreaterThan, LessThan, StrictGreaterThan, StrictLessThan

from gdverify.errors import NotationError
from gdverify.notation import functions
from gdverify.notation.axes import Index
from gdverify.notation.functions import ELEMENTARY, FUNCTIONS, select
from gdverify.notation.reductions import Reduction, Whole
from gdverify.notation.tensors import Entry, Tensor

RELATIONS = (StrictGreaterThan, GreaterThan, StrictLessThan, LessThan)
SUPPORTED = sorted({"sqrt", *(f.__name__ for f in ELEMENTARY), *FUNCTIONS})
# What people reach for first, and what says the same here.
INSTEAD = {
    "Abs": "absolute(z)",
    "Heaviside": "select(z > 0, 1, 0), which states its value at 0",
    "Max": "maximum(a, b), or relu(z)",
    "Min": "select(a < b, a, b)",
    "Piecewise": "select(condition, a, b)",
    "Sum": "total(…, over=…)",
}


def rational(expression: sympy.Expr) -> sympy.Expr:
    """The expression with each floating-point number as the simplest rational that rounds to it."""
    return expression.xreplace({f: sympy.nsimplify(f, rational=True) for f in expression.atoms(sympy.Float)})


def check(name: str, expression: object, tensors: Collection[Tensor]) -> None:
    """Refuse what has no meaning, no derivative or no NumPy in an equation.

    Args:
        name: of the operation.
        expression: the right side.
        tensors: the operands; their sizes may occur, and those of what is summed over.

    Raises:
        NotationError: names the part, and what may stand there.
    """
    if not isinstance(expression, sympy.Expr) or isinstance(expression, Index):
        raise NotationError(
            f"{name} returns {expression!r}: expected an expression in the entries of its operands, such as x[n, i]."
        )
    axes = [axis for tensor in tensors for axis in tensor.axes]
    axes += [index.axis for index in expression.atoms(Index)]
    _Checker(name, tensors, {axis.size for axis in axes}).check(expression)


class _Checker:
    def __init__(self, name: str, tensors: Collection[Tensor], sizes: Collection[sympy.Expr]) -> None:
        self.name = name
        self.tensors = tensors
        self.sizes = sizes

    def check(self, part: sympy.Basic) -> None:
        """Refuse a part of the equation, or one of its parts."""
        if isinstance(part, sympy.Symbol):
            self._symbol(part)
        elif part.is_Atom:
            self._number(part)
        elif isinstance(part, sympy.Pow):
            self._power(part)
        elif isinstance(part, Reduction):
            self.check(part.body)
        elif isinstance(part, select):
            self._condition(part.args[0])
            self._every(part.args[1:])
        elif isinstance(part, Whole):
            self.check(part.args[0])
        elif part.is_Add or part.is_Mul or part.func in ELEMENTARY or _is_tabled(part):
            self._every(part.args)
        else:
            self._refuse(part)

    def _every(self, parts: Collection[sympy.Basic]) -> None:
        for part in parts:
            self.check(part)

    def _symbol(self, symbol: sympy.Symbol) -> None:
        if isinstance(symbol, Index):
            raise NotationError(
                f"{self.name}: the index over axis {symbol.axis} is used as a number; "
                "an index may only stand in the brackets of a tensor."
            )
        if isinstance(symbol, Entry):
            held = (tensor for tensor in symbol.tensors if tensor.role != "selector")
            stranger = next((tensor for tensor in held if tensor not in self.tensors), None)
            if stranger is not None:
                raise NotationError(f"{self.name}: {stranger} is no operand of the operation; declare it as one.")
        elif symbol not in self.sizes:
            raise NotationError(
                f"{self.name}: the symbol {symbol} is neither an entry of an operand nor the size of one of its axes "
                f"({', '.join(sorted(map(str, self.sizes))) or 'none'}); pass numbers as keyword-only parameters."
            )

    def _number(self, number: sympy.Expr) -> None:
        if not number.is_Rational and number is not sympy.pi:
            raise NotationError(
                f"{self.name}: the number {number}: expected a real number that is finite and rational, "
                "or a floating-point number, which is read as the simplest rational that rounds to it."
            )

    def _power(self, power: sympy.Pow) -> None:
        if not power.exp.is_Rational:
            raise NotationError(
                f"{self.name}: the power {power}: expected a rational exponent; write a**b as exp(b * log(a))."
            )
        if power.exp.is_negative and not power.base.atoms(Entry) and not power.base.is_nonzero:
            raise NotationError(
                f"{self.name} divides by {power.base}, which may be 0: a size is 1 or more; divide by what never is 0."
            )
        self.check(power.base)

    def _condition(self, condition: sympy.Basic) -> None:
        if not isinstance(condition, RELATIONS):
            raise NotationError(
                f"{self.name}: select({condition}, …): expected one comparison with >, >=, < or <=; "
                "write a second select for a second condition."
            )
        self._every(condition.args)

    def _refuse(self, part: sympy.Basic) -> None:
        function = part.func.__name__
        hint = f" Instead of {function} write {INSTEAD[function]}." if function in INSTEAD else ""
        raise NotationError(
            f"{self.name}: {function} is not part of the notation; supported are + - * /, rational powers, total, "
            f"mean, largest, softmax, log_softmax, logsumexp, and the functions {', '.join(SUPPORTED)}.{hint}"
        )


def _is_tabled(part: sympy.Basic) -> bool:
    name = part.func.__name__
    return name in FUNCTIONS and part.func is getattr(functions, name, None)
