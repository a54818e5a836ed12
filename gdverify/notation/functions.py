"""Elementwise functions: a value, a derivative, a stable form where the plain one overflows.

SymPy's ``exp, log, tanh, sqrt`` are used as they are. The functions here are those it lacks, or whose
derivative it chooses badly (``Heaviside(0) = ½``). A kink is written with `select`, whose condition states which
side it belongs to: the derivative there is that branch's, and every value between the two branches is a subgradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import exp, log, pi, sqrt, tanh

from gdverify.notation.erf import erf_stable

__all__ = [
    "FUNCTIONS",
    "absolute",
    "erf",
    "exp",
    "expm1",
    "log",
    "maximum",
    "pi",
    "relu",
    "select",
    "sigmoid",
    "softplus",
    "softsign",
    "sqrt",
    "tanh",
]


class select(sympy.Function):
    """``select(condition, a, b)``: a where the condition holds, else b. Differentiated branch by branch."""

    nargs = 3

    @classmethod
    def eval(cls, condition: Any, first: sympy.Expr, second: sympy.Expr) -> sympy.Expr | None:
        if condition is sympy.true or first == second:
            return first
        if condition is sympy.false:
            return second
        return None

    def _eval_derivative(self, by: sympy.Symbol) -> sympy.Expr:
        condition, first, second = self.args
        return select(condition, first.diff(by), second.diff(by))

    is_real = True


ELEMENTARY = (sympy.exp, sympy.log, sympy.tanh, select)


@dataclass(frozen=True)
class Elementwise:
    """A row of the table of elementwise functions.

    Attributes:
        value: the definition, in elementary functions: what the tests hold the rest against.
        derivative: by the argument; may mention the function itself (``σ' = σ (1 − σ)``), so that the
            backward pass uses the value that the forward pass has already computed.
        stable: a form that neither overflows nor cancels, emitted as code; None where NumPy has one.
        latex: how it prints in a formula; forges refuse \\operatorname.
        analytic: whether a complex step may pass through it.
    """

    value: Callable[[sympy.Expr], sympy.Expr]
    derivative: Callable[[sympy.Expr], sympy.Expr]
    stable: Callable[[sympy.Expr], sympy.Expr] | None
    latex: str
    analytic: bool = True


class _Tabled(sympy.Function):
    """A function whose derivative is looked up in its row."""

    nargs = 1
    is_real = True

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return FUNCTIONS[type(self).__name__].derivative(self.args[0])


class sigmoid(_Tabled):
    """``1 / (1 + exp(-z))``."""


class softplus(_Tabled):
    """``log(1 + e^z)``, whose derivative is the sigmoid."""


class expm1(_Tabled):
    """``e^z - 1``, right to the last digit next to 0, where ``e^z`` has lost all but one of them."""

    @classmethod
    def eval(cls, z: sympy.Expr) -> sympy.Expr | None:
        return sympy.Integer(0) if z == 0 else None


class erf(_Tabled):
    """The error function, ``2/√π ∫₀^z e^(−t²) dt``."""


class softsign(_Tabled):
    """``z / (1 + |z|)``."""


class relu(_Tabled):
    """``max(z, 0)``; the derivative at 0 is taken as 0, any value in [0, 1] is a subgradient."""


class absolute(_Tabled):
    """``|z|``; the derivative at 0 is taken as 0, any value in [−1, 1] is a subgradient."""


class sign(_Tabled):
    """The derivative of ``|z|``: −1, 0 or 1."""


def maximum(a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    """The larger of two; at a tie the second is taken, and its gradient may be shared between them in any way."""
    return select(a > b, a, b)


def _sigmoid_stable(z: sympy.Expr) -> sympy.Expr:
    # e^(−|z|) lies in (0, 1]: it cannot overflow, and the quotient keeps every digit on both sides of 0.
    e = exp(-absolute(z))
    return select(z >= 0, sympy.Integer(1), e) / (1 + e)


def _erf_stable(z: sympy.Expr) -> sympy.Expr:
    return erf_stable(absolute(z), sign(z), select)


def _softsign(z: sympy.Expr) -> sympy.Expr:
    return z / (1 + absolute(z))


def _sided(z: sympy.Expr) -> sympy.Expr:
    return select(z > 0, sympy.Integer(1), select(z < 0, sympy.Integer(-1), sympy.Integer(0)))


FUNCTIONS: dict[str, Elementwise] = {
    "sigmoid": Elementwise(
        lambda z: 1 / (1 + exp(-z)), lambda z: sigmoid(z) * (1 - sigmoid(z)), _sigmoid_stable, r"\sigma"
    ),
    "softplus": Elementwise(lambda z: log(1 + exp(z)), sigmoid, None, r"\mathrm{softplus}"),
    "expm1": Elementwise(lambda z: exp(z) - 1, exp, None, r"\mathrm{expm1}"),
    "erf": Elementwise(sympy.erf, lambda z: 2 * exp(-(z**2)) / sqrt(pi), _erf_stable, r"\mathrm{erf}"),
    "softsign": Elementwise(
        _softsign, lambda z: 1 / (1 + absolute(z)) ** 2, _softsign, r"\mathrm{softsign}", analytic=False
    ),
    "relu": Elementwise(
        lambda z: select(z > 0, z, sympy.Integer(0)),
        # Read off the value, which is positive where z is: the backward pass then needs no z.
        lambda z: select(relu(z) > 0, sympy.Integer(1), sympy.Integer(0)),
        None,
        r"\mathrm{relu}",
        analytic=False,
    ),
    "sign": Elementwise(_sided, lambda z: sympy.Integer(0), None, r"\mathrm{sign}", analytic=False),
    "absolute": Elementwise(lambda z: select(z > 0, z, -z), sign, None, r"\mathrm{abs}", analytic=False),
}
