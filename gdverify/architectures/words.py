"""Vectors of words, learned from the words around them."""

from __future__ import annotations

from gdverify.notation import Tensor, architecture, axis, input_tensor, parameter, target
from gdverify.operations.affine import dot_products, linear
from gdverify.operations.classification import binary_cross_entropy_with_logits_sum
from gdverify.operations.lookup import cross_entropy_of_classes, embedding
from gdverify.operations.pooling import average_over_time

batch, context = axis("batch", "n"), axis("context", "c")
words, features = axis("words", "v"), axis("features", "j")


@architecture
def cbow() -> Tensor:
    """The word in the middle from the mean of those around it, over all words. Source: Mikolov et al. (2013)."""
    around = embedding(parameter("E", words, features), input_tensor("ids", batch, context), name="e")
    y = linear(average_over_time(around, name="h"), parameter("U", words, features), name="y")
    return cross_entropy_of_classes(y, target("t", batch))


@architecture
def skip_gram() -> Tensor:
    """Whether words stand around another, or were sampled: negative sampling. Source: Mikolov et al. (2013b)."""
    middle = embedding(parameter("E", words, features), input_tensor("ids", batch), name="e")
    others = embedding(parameter("U", words, features), input_tensor("others", batch, context), name="u")
    return binary_cross_entropy_with_logits_sum(dot_products(middle, others, name="y"), target("t", batch, context))
