"""What is looked up by a number: rows of a table, the entry of a class."""

from __future__ import annotations

from sympy import Expr

from gdverify.notation import Tensor, axis, indices, logsumexp, mean, operation
from gdverify.operations.axes import classes, features, leading

words = axis("words", "v")


@operation("e", E=(words, features), ids=(leading,), gives=(leading, features))
def embedding(E: Tensor, ids: Tensor) -> Expr:
    """The row of each id; ids may occur more than once. Source: Bengio et al. (2003)."""
    n, d = indices(leading, features)
    return E[ids[n], d]


@operation("loss", y=(leading, classes), t=(leading,), gives=())
def cross_entropy_of_classes(y: Tensor, t: Tensor) -> Expr:
    """Cross-entropy of softmax(y) with the number of the class, averaged over samples. Source: Bishop (2024), ch. 5."""
    n, k = indices(leading, classes)
    return mean(logsumexp(y[n, k], over=k) - y[n, t[n]], over=n)
