"""Losses of numbers: what the prediction y is compared with the target t by, summed or averaged."""

from __future__ import annotations

from sympy import Expr, Rational

from gdverify.notation import Tensor, indices, mean, operation, total
from gdverify.notation import functions as f
from gdverify.operations.axes import batch, outputs
from gdverify.operations.numbers import HALF, ONE, TENTH


@operation("loss")
def squared_error(y: Expr, t: Expr) -> Expr:
    """Sum of squared errors. Source: Legendre (1805)."""
    return total((y - t) ** 2)


@operation("loss")
def half_squared_error(y: Expr, t: Expr) -> Expr:
    """Half the sum of squared errors. Source: Rumelhart, Hinton and Williams (1986)."""
    return total((y - t) ** 2) / 2


@operation("loss")
def mean_squared_error(y: Expr, t: Expr) -> Expr:
    """Squared error averaged over all entries. Source: Bishop, Deep Learning (2024), ch. 4."""
    return mean((y - t) ** 2)


@operation("loss")
def half_mean_squared_error(y: Expr, t: Expr) -> Expr:
    """Half the squared error averaged over all entries. Source: Bishop, Deep Learning (2024), ch. 4."""
    return mean((y - t) ** 2) / 2


@operation("loss", y=(batch, outputs), t=(batch, outputs), gives=())
def squared_error_per_sample(y: Tensor, t: Tensor) -> Expr:
    """Squared error summed over the outputs, averaged over the samples. Source: Nielsen, ch. 1 (without his half)."""
    n, o = indices(batch, outputs)
    return total((y[n, o] - t[n, o]) ** 2, over=(n, o)) / batch.size


@operation("loss")
def absolute_error(y: Expr, t: Expr) -> Expr:
    """Sum of absolute errors. Source: Laplace (1774)."""
    return total(f.absolute(y - t))


@operation("loss")
def mean_absolute_error(y: Expr, t: Expr) -> Expr:
    """Absolute error averaged over all entries. Source: Laplace (1774)."""
    return mean(f.absolute(y - t))


def _huber(error: Expr, delta: Rational) -> Expr:
    """``e²/2`` near 0, ``δ(|e| − δ/2)`` from δ on."""
    size = f.absolute(error)
    return f.select(size > delta, delta * (size - delta / 2), error**2 / 2)


@operation("loss")
def huber(y: Expr, t: Expr, *, delta: Rational = ONE) -> Expr:
    """Half the squared error of small errors, a straight line for large ones, averaged. Source: Huber (1964)."""
    return mean(_huber(y - t, delta))


@operation("loss")
def huber_sum(y: Expr, t: Expr, *, delta: Rational = ONE) -> Expr:
    """Half the squared error of small errors, a straight line for large ones, summed. Source: Huber (1964)."""
    return total(_huber(y - t, delta))


@operation("loss")
def smooth_l1(y: Expr, t: Expr, *, beta: Rational = HALF) -> Expr:
    """The Huber loss over β, a line of slope 1 for large errors, averaged. Source: Girshick, Fast R-CNN (2015)."""
    return mean(_huber(y - t, beta) / beta)


@operation("loss")
def smooth_l1_sum(y: Expr, t: Expr, *, beta: Rational = HALF) -> Expr:
    """The Huber loss over β, a line of slope 1 for large errors, summed. Source: Girshick, Fast R-CNN (2015)."""
    return total(_huber(y - t, beta) / beta)


def _pinball(error: Expr, q: Rational) -> Expr:
    return f.select(error > 0, q * error, (q - 1) * error)


@operation("loss")
def quantile(y: Expr, t: Expr, *, q: Rational = TENTH) -> Expr:
    """The loss whose least value is at the quantile q, averaged. Source: Koenker and Bassett (1978)."""
    return mean(_pinball(t - y, q))


@operation("loss")
def quantile_sum(y: Expr, t: Expr, *, q: Rational = TENTH) -> Expr:
    """The loss whose least value is at the quantile q, summed. Source: Koenker and Bassett (1978)."""
    return total(_pinball(t - y, q))


@operation("loss")
def poisson(y: Expr, t: Expr) -> Expr:
    """Counts t of the rate e^y, without the term of t alone, averaged. Source: Nelder and Wedderburn (1972)."""
    return mean(f.exp(y) - t * y)


@operation("loss")
def poisson_sum(y: Expr, t: Expr) -> Expr:
    """Counts t of the rate e^y, without the term of t alone, summed. Source: Nelder and Wedderburn (1972)."""
    return total(f.exp(y) - t * y)
