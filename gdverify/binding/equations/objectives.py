"""Objectives of boosted trees, which are summed over the samples and never averaged: what (grad, hess) belong to.

A library of boosted trees adds up what it is given for each sample, so that a gradient without 1/n is the right one.
"""

from __future__ import annotations

from gdverify.notation import Tensor, indices, operation, total
from gdverify.notation import functions as f
from gdverify.notation.tensors import Entry
from gdverify.operations.axes import batch, outputs
from gdverify.operations.losses import (
    absolute_error,
    half_squared_error,
    huber_sum,
    quantile_sum,
    smooth_l1_sum,
    squared_error,
)
from gdverify.operations.margins import squared_hinge_sum


@operation("loss")
def logistic_objective(y: Entry, t: Entry) -> Entry:
    """Cross-entropy of sigmoid(y), summed. Source: Friedman, Greedy function approximation (2001)."""
    return total(f.softplus(y) - t * y)


@operation("loss")
def poisson_objective(y: Entry, t: Entry) -> Entry:
    """Negative log-likelihood of counts t with the mean exp(y), summed, without its constant. Source: any textbook."""
    return total(f.exp(y) - t * y)


@operation("loss", y=(batch, outputs), t=(batch, outputs), gives=())
def softmax_objective(y: Tensor, t: Tensor) -> Entry:
    """Cross-entropy of softmax(y), summed over the samples. Source: Bishop (2024), ch. 5."""
    n, o = indices(batch, outputs)
    (k,) = indices(outputs)
    return total(f.log(total(f.exp(y[n, k]), over=k)), over=n) - total(t[n, o] * y[n, o], over=(n, o))


@operation("loss")
def brier_objective(y: Entry, t: Entry) -> Entry:
    """Squared error of sigmoid(y), summed. Source: Brier, Verification of forecasts (1950)."""
    return total((f.sigmoid(y) - t) ** 2)


OBJECTIVES = (
    *(logistic_objective, squared_error, half_squared_error, poisson_objective, softmax_objective),
    *(absolute_error, huber_sum, smooth_l1_sum, quantile_sum, squared_hinge_sum, brier_objective),
)
