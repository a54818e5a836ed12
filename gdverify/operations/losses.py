"""Losses: what the prediction y is compared with the target t by, summed or averaged."""

from __future__ import annotations

from sympy import Expr

from gdverify.notation import Tensor, indices, mean, operation, total
from gdverify.notation import functions as f
from gdverify.operations.axes import batch, outputs


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


@operation("loss")
def binary_cross_entropy(y: Expr, t: Expr) -> Expr:
    """Cross-entropy of probabilities y, averaged over all entries. Source: Bishop, Deep Learning (2024), ch. 5."""
    return -mean(t * f.log(y) + (1 - t) * f.log(1 - y))


@operation("loss")
def binary_cross_entropy_sum(y: Expr, t: Expr) -> Expr:
    """Cross-entropy of probabilities y, summed. Source: Bishop, Deep Learning (2024), ch. 5."""
    return -total(t * f.log(y) + (1 - t) * f.log(1 - y))


@operation("loss", y=(batch, outputs), t=(batch, outputs), gives=())
def binary_cross_entropy_per_sample(y: Tensor, t: Tensor) -> Expr:
    """Cross-entropy of probabilities y, summed over outputs, averaged over samples. Source: Bishop (2024), ch. 5."""
    n, o = indices(batch, outputs)
    return -total(t[n, o] * f.log(y[n, o]) + (1 - t[n, o]) * f.log(1 - y[n, o]), over=(n, o)) / batch.size


@operation("loss")
def binary_cross_entropy_with_logits(y: Expr, t: Expr) -> Expr:
    """Cross-entropy of sigmoid(y), averaged over all entries, in its stable form. Source: Bishop (2024), ch. 5."""
    return mean(f.softplus(y) - t * y)
