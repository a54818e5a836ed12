"""Activations: equations for one entry."""

from __future__ import annotations

from sympy import Expr, Integer, Rational

from gdverify.notation import Tensor, indices, operation
from gdverify.notation import functions as f
from gdverify.operations.axes import features, leading
from gdverify.operations.numbers import HALF, HUNDREDTH, ONE

# The two constants with which mean 0 and variance 1 are kept from layer to layer.
SELU_SCALE = Rational("1.0507009873554805")
SELU_ALPHA = Rational("1.6732632423543772")


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
def hard_sigmoid(z: Expr, *, slope: Rational = HALF) -> Expr:
    """Sigmoid of three straight lines. Source: Courbariaux et al. (2016), 1.3; the slope is 1/6 in MobileNetV3."""
    end = 1 / (2 * slope)
    return f.select(z > end, ONE, f.select(z > -end, slope * z + HALF, Integer(0)))


@operation("a")
def tanh(z: Expr) -> Expr:
    """Hyperbolic tangent. Source: LeCun et al., Efficient BackProp (1998)."""
    return f.tanh(z)


@operation("a")
def hard_tanh(z: Expr) -> Expr:
    """Hyperbolic tangent of three straight lines. Source: Collobert (2004)."""
    return f.select(z > 1, ONE, f.select(z > -1, z, -ONE))


@operation("a")
def sine(z: Expr, *, omega: Rational = ONE) -> Expr:
    """Sine of z times a frequency. Source: Sitzmann et al., SIREN (2020), where the frequency ω₀ is 30."""
    return f.sin(omega * z)


@operation("a")
def softsign(z: Expr) -> Expr:
    """A tanh with long tails, z / (1 + |z|). Source: Bergstra et al. (2009); Glorot and Bengio (2010)."""
    return f.softsign(z)


@operation("a")
def relu(z: Expr) -> Expr:
    """Rectified linear unit. Source: Nair and Hinton (2010)."""
    return f.relu(z)


@operation("a")
def leaky_relu(z: Expr, *, alpha: Rational = HUNDREDTH) -> Expr:
    """Leaky rectified linear unit, max(z, αz) for 0 < α < 1. Source: Maas et al. (2013)."""
    return f.select(z > 0, z, alpha * z)


@operation("a", z=(leading,), alpha=(), gives=(leading,))
def prelu(z: Tensor, alpha: Tensor) -> Expr:
    """Leaky rectified linear unit whose slope is a parameter. Source: He et al. (2015)."""
    (n,) = indices(leading)
    return f.select(z[n] > 0, z[n], alpha[()] * z[n])


@operation("a", z=(leading, features), alpha=(features,), gives=(leading, features))
def prelu_per_feature(z: Tensor, alpha: Tensor) -> Expr:
    """Leaky rectified linear unit with a slope for each feature. Source: He et al. (2015)."""
    n, j = indices(leading, features)
    return f.select(z[n, j] > 0, z[n, j], alpha[j] * z[n, j])


@operation("a")
def elu(z: Expr, *, alpha: Rational = ONE) -> Expr:
    """Exponential linear unit. Source: Clevert et al. (2016)."""
    return f.select(z > 0, z, alpha * f.expm1(z))


@operation("a")
def selu(z: Expr) -> Expr:
    """Exponential linear unit that normalises itself. Source: Klambauer et al. (2017)."""
    return SELU_SCALE * f.select(z > 0, z, SELU_ALPHA * f.expm1(z))


@operation("a")
def softplus(z: Expr) -> Expr:
    """Smooth rectifier log(1 + e^z). Source: Dugas et al. (2001)."""
    return f.softplus(z)


@operation("a")
def silu(z: Expr, *, beta: Rational = ONE) -> Expr:
    """A number times its sigmoid, also called swish. Source: Elfwing et al. (2018); Ramachandran et al. (2017)."""
    return z * f.sigmoid(beta * z)


@operation("a")
def mish(z: Expr) -> Expr:
    """A number times the tanh of its softplus. Source: Misra (2019)."""
    return z * f.tanh(f.softplus(z))


@operation("a")
def gelu(z: Expr) -> Expr:
    """A number times the normal distribution function at it. Source: Hendrycks and Gimpel (2016)."""
    return z * (1 + f.erf(z / f.sqrt(2))) / 2


@operation("a")
def gelu_tanh(z: Expr) -> Expr:
    """The Gaussian error linear unit, with a tanh close to it. Source: Hendrycks and Gimpel (2016), section 2."""
    return z * (1 + f.tanh(f.sqrt(2 / f.pi) * (z + Rational("0.044715") * z**3))) / 2


@operation("y")
def product(x: Expr, w: Expr) -> Expr:
    """Product of two numbers, or of two tensors entry by entry. Source: any textbook."""
    return x * w


@operation("y")
def square(z: Expr) -> Expr:
    """Square. Source: any textbook."""
    return z**2
