"""Activations: equations for one entry."""

from __future__ import annotations

from sympy import Expr, Rational

from gdverify.notation import functions as f
from gdverify.notation import operation

HUNDREDTH = Rational(1, 100)


@operation("a")
def identity(z: Expr) -> Expr:
    """The value itself. Source: any textbook; the output of a regression network."""
    return z


@operation("a")
def sigmoid(z: Expr) -> Expr:
    """Logistic sigmoid. Source: Verhulst (1845); Goodfellow et al., Deep Learning, 3.10."""
    return f.sigmoid(z)


@operation("a")
def scaled_sigmoid(z: Expr, *, c: Rational = HUNDREDTH) -> Expr:
    """Sigmoid flattened by a factor c. Source: "Practice Implementing Gradient Descent", its remedy for wide layers."""
    return f.sigmoid(c * z)


@operation("a")
def tanh(z: Expr) -> Expr:
    """Hyperbolic tangent. Source: LeCun et al., Efficient BackProp (1998)."""
    return f.tanh(z)


@operation("a")
def relu(z: Expr) -> Expr:
    """Rectified linear unit. Source: Nair and Hinton (2010)."""
    return f.relu(z)


@operation("a")
def leaky_relu(z: Expr, *, alpha: Rational = HUNDREDTH) -> Expr:
    """Leaky rectified linear unit, max(z, αz) for 0 < α < 1. Source: Maas et al. (2013)."""
    return f.select(z > 0, z, alpha * z)


@operation("a")
def softplus(z: Expr) -> Expr:
    """Smooth rectifier log(1 + e^z). Source: Dugas et al. (2001)."""
    return f.softplus(z)


@operation("y")
def product(x: Expr, w: Expr) -> Expr:
    """Product of two numbers, or of two tensors entry by entry. Source: any textbook."""
    return x * w


@operation("y")
def square(z: Expr) -> Expr:
    """Square. Source: any textbook."""
    return z**2
