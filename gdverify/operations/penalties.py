"""Terms that keep a parameter small, to be added to a loss: ``residual(loss, ridge(W))``."""

from __future__ import annotations

from sympy import Expr, Rational

from gdverify.notation import functions as f
from gdverify.notation import operation, total
from gdverify.operations.numbers import HALF, HUNDREDTH


@operation("s")
def lasso(w: Expr, *, strength: Rational = HUNDREDTH) -> Expr:
    """Sum of absolute values, times a strength. Source: Tibshirani (1996)."""
    return strength * total(f.absolute(w))


@operation("s")
def ridge(w: Expr, *, strength: Rational = HUNDREDTH) -> Expr:
    """Half the sum of squares, times a strength. Source: Hoerl and Kennard (1970)."""
    return strength * total(w**2) / 2


@operation("s")
def elastic_net(w: Expr, *, strength: Rational = HUNDREDTH, share: Rational = HALF) -> Expr:
    """A share of the lasso and the rest of the ridge. Source: Zou and Hastie (2005); Friedman et al. (2010)."""
    return strength * total(share * f.absolute(w) + (1 - share) * w**2 / 2)
