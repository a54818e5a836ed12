"""Losses of classes: probabilities or logits y, labels or probabilities of classes t."""

from __future__ import annotations

from sympy import Expr, Rational

from gdverify.notation import Tensor, indices, log_softmax, mean, operation, total
from gdverify.notation import functions as f
from gdverify.operations.axes import batch, outputs
from gdverify.operations.numbers import TENTH, TWO

ROWS = (batch, outputs)


def _binary(y: Expr, t: Expr) -> Expr:
    return t * f.log(y) + (1 - t) * f.log(1 - y)


@operation("loss")
def binary_cross_entropy(y: Expr, t: Expr) -> Expr:
    """Cross-entropy of probabilities y, averaged over all entries. Source: Bishop, Deep Learning (2024), ch. 5."""
    return -mean(_binary(y, t))


@operation("loss")
def binary_cross_entropy_sum(y: Expr, t: Expr) -> Expr:
    """Cross-entropy of probabilities y, summed. Source: Bishop, Deep Learning (2024), ch. 5."""
    return -total(_binary(y, t))


@operation("loss", y=ROWS, t=ROWS, gives=())
def binary_cross_entropy_per_sample(y: Tensor, t: Tensor) -> Expr:
    """Cross-entropy of probabilities y, summed over outputs, averaged over samples. Source: Bishop (2024), ch. 5."""
    n, o = indices(batch, outputs)
    return -total(_binary(y[n, o], t[n, o]), over=(n, o)) / batch.size


@operation("loss")
def binary_cross_entropy_with_logits(y: Expr, t: Expr) -> Expr:
    """Cross-entropy of sigmoid(y), averaged over all entries, in its stable form. Source: Bishop (2024), ch. 5."""
    return mean(f.softplus(y) - t * y)


@operation("loss")
def binary_cross_entropy_with_logits_sum(y: Expr, t: Expr) -> Expr:
    """Cross-entropy of sigmoid(y), summed, in its stable form. Source: Bishop (2024), ch. 5."""
    return total(f.softplus(y) - t * y)


def _focal(y: Expr, t: Expr, gamma: Rational) -> Expr:
    return -t * (1 - y) ** gamma * f.log(y) - (1 - t) * y**gamma * f.log(1 - y)


@operation("loss")
def focal(y: Expr, t: Expr, *, gamma: Rational = TWO) -> Expr:
    """Cross-entropy of probabilities y that fades where they are right, averaged. Source: Lin et al. (2017)."""
    return mean(_focal(y, t, gamma))


@operation("loss")
def focal_sum(y: Expr, t: Expr, *, gamma: Rational = TWO) -> Expr:
    """Cross-entropy of probabilities y that fades where they are right, summed. Source: Lin et al. (2017)."""
    return total(_focal(y, t, gamma))


@operation("loss", y=ROWS, t=ROWS, gives=())
def cross_entropy(y: Tensor, t: Tensor) -> Expr:
    """Cross-entropy of the probabilities of classes, averaged over the samples. Source: Bishop (2024), ch. 5."""
    n, o = indices(batch, outputs)
    return -total(t[n, o] * f.log(y[n, o]), over=(n, o)) / batch.size


@operation("loss", y=ROWS, t=ROWS, gives=())
def cross_entropy_sum(y: Tensor, t: Tensor) -> Expr:
    """Cross-entropy of the probabilities of classes, summed over the samples. Source: Bishop (2024), ch. 5."""
    n, o = indices(batch, outputs)
    return -total(t[n, o] * f.log(y[n, o]), over=(n, o))


@operation("loss", y=ROWS, t=ROWS, gives=())
def softmax_cross_entropy(y: Tensor, t: Tensor) -> Expr:
    """Cross-entropy of softmax(y), averaged over the samples, in its stable form. Source: Bishop (2024), ch. 5."""
    n, o = indices(batch, outputs)
    return -total(t[n, o] * log_softmax(y[n, o], over=o), over=(n, o)) / batch.size


@operation("loss", y=ROWS, t=ROWS, gives=())
def softmax_cross_entropy_sum(y: Tensor, t: Tensor) -> Expr:
    """Cross-entropy of softmax(y), summed over the samples, in its stable form. Source: Bishop (2024), ch. 5."""
    n, o = indices(batch, outputs)
    return -total(t[n, o] * log_softmax(y[n, o], over=o), over=(n, o))


@operation("loss", y=ROWS, t=ROWS, gives=())
def smoothed_cross_entropy(y: Tensor, t: Tensor, *, epsilon: Rational = TENTH) -> Expr:
    """Cross-entropy of softmax(y) with labels that are smoothed, averaged. Source: Szegedy et al. (2016), section 7."""
    n, o = indices(batch, outputs)
    smooth = (1 - epsilon) * t[n, o] + epsilon / outputs.size
    return -total(smooth * log_softmax(y[n, o], over=o), over=(n, o)) / batch.size


@operation("loss", y=ROWS, t=ROWS, gives=())
def negative_log_likelihood(y: Tensor, t: Tensor) -> Expr:
    """Of logarithms y of probabilities, averaged over the samples. Source: Goodfellow et al., Deep Learning, 5.5."""
    n, o = indices(batch, outputs)
    return -total(t[n, o] * y[n, o], over=(n, o)) / batch.size


@operation("loss", y=ROWS, t=ROWS, gives=())
def negative_log_likelihood_sum(y: Tensor, t: Tensor) -> Expr:
    """Of logarithms y of probabilities, summed over the samples. Source: Goodfellow et al., Deep Learning, 5.5."""
    n, o = indices(batch, outputs)
    return -total(t[n, o] * y[n, o], over=(n, o))


@operation("loss", y=ROWS, t=ROWS, gives=())
def kl_divergence(y: Tensor, t: Tensor) -> Expr:
    """Of probabilities t from predicted ones, averaged over the samples. Source: Kullback and Leibler (1951)."""
    n, o = indices(batch, outputs)
    return total(t[n, o] * (f.log(t[n, o]) - f.log(y[n, o])), over=(n, o)) / batch.size


@operation("loss", y=ROWS, t=ROWS, gives=())
def kl_divergence_sum(y: Tensor, t: Tensor) -> Expr:
    """Of probabilities t from predicted ones, summed over the samples. Source: Kullback and Leibler (1951)."""
    n, o = indices(batch, outputs)
    return total(t[n, o] * (f.log(t[n, o]) - f.log(y[n, o])), over=(n, o))
