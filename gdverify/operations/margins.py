"""Losses of margins and of distances: nothing is lost where a score is far enough on its side."""

from __future__ import annotations

from sympy import Expr, Rational

from gdverify.notation import Tensor, indices, mean, operation, total, whole
from gdverify.notation import functions as f
from gdverify.operations.axes import batch, features, outputs
from gdverify.operations.numbers import ONE

ROWS, VECTORS = (batch, outputs), (batch, features)


@operation("loss")
def hinge(y: Expr, t: Expr) -> Expr:
    """Hinge loss of labels −1 and 1, averaged. Source: Cortes and Vapnik (1995)."""
    return mean(f.relu(1 - t * y))


@operation("loss")
def hinge_sum(y: Expr, t: Expr) -> Expr:
    """Hinge loss of labels −1 and 1, summed. Source: Cortes and Vapnik (1995)."""
    return total(f.relu(1 - t * y))


@operation("loss")
def squared_hinge(y: Expr, t: Expr) -> Expr:
    """Squared hinge loss of labels −1 and 1, averaged. Source: Tang (2013)."""
    return mean(f.relu(1 - t * y) ** 2)


@operation("loss")
def squared_hinge_sum(y: Expr, t: Expr) -> Expr:
    """Squared hinge loss of labels −1 and 1, summed. Source: Tang (2013)."""
    return total(f.relu(1 - t * y) ** 2)


@operation("loss", y=ROWS, t=ROWS, gives=())
def multiclass_hinge(y: Tensor, t: Tensor) -> Expr:
    """Scores that come within 1 of the right class's, averaged over the samples. Source: Weston and Watkins (1999)."""
    n, o, k = indices(batch, outputs, outputs)
    right = total(t[n, k] * y[n, k], over=k)
    return total((1 - t[n, o]) * f.relu(whole(1 + y[n, o] - right, "margin")), over=(n, o)) / batch.size


@operation("loss", y=ROWS, t=ROWS, gives=())
def multiclass_hinge_sum(y: Tensor, t: Tensor) -> Expr:
    """Scores that come within 1 of the right class's, summed over the samples. Source: Weston and Watkins (1999)."""
    n, o, k = indices(batch, outputs, outputs)
    right = total(t[n, k] * y[n, k], over=k)
    return total((1 - t[n, o]) * f.relu(whole(1 + y[n, o] - right, "margin")), over=(n, o))


@operation("loss", y=VECTORS, t=VECTORS, gives=())
def cosine_distance(y: Tensor, t: Tensor) -> Expr:
    """One minus the cosine of the angle between two vectors, averaged over the samples. Source: Salton (1975)."""
    n, j, k, m = indices(batch, features, features, features)
    lengths = f.sqrt(total(y[n, k] ** 2, over=k)) * f.sqrt(total(t[n, m] ** 2, over=m))
    return 1 - mean(total(y[n, j] * t[n, j], over=j) / lengths, over=n)


@operation("loss")
def contrastive(y: Expr, t: Expr, *, margin: Rational = ONE) -> Expr:
    """Distances y of pairs that belong together (t = 1) or not (t = 0), averaged. Source: Hadsell et al. (2006)."""
    return mean(t * y**2 + (1 - t) * f.relu(margin - y) ** 2) / 2


@operation("d", u=VECTORS, v=VECTORS, gives=(batch,))
def euclidean_distance(u: Tensor, v: Tensor) -> Expr:
    """Distance of two vectors for each sample.

    Where they are equal it has no derivative; taken is 0, one of its subgradients: all vectors no longer than 1.
    Source: any textbook.
    """
    n, j = indices(batch, features)
    return f.root(total((u[n, j] - v[n, j]) ** 2, over=j))


@operation("s", anchor=VECTORS, positive=VECTORS, negative=VECTORS, gives=())
def triplet(anchor: Tensor, positive: Tensor, negative: Tensor, *, margin: Rational = ONE) -> Expr:
    """An anchor nearer to its like than to another by a margin, averaged. Source: Schroff et al., FaceNet (2015)."""
    n, j, k = indices(batch, features, features)
    near = total((anchor[n, j] - positive[n, j]) ** 2, over=j)
    far = total((anchor[n, k] - negative[n, k]) ** 2, over=k)
    return mean(f.relu(near - far + margin), over=n)


@operation("s", anchor=VECTORS, positive=VECTORS, negative=VECTORS, gives=())
def triplet_sum(anchor: Tensor, positive: Tensor, negative: Tensor, *, margin: Rational = ONE) -> Expr:
    """An anchor nearer to its like than to another by a margin, summed. Source: Schroff et al., FaceNet (2015)."""
    n, j, k = indices(batch, features, features)
    near = total((anchor[n, j] - positive[n, j]) ** 2, over=j)
    far = total((anchor[n, k] - negative[n, k]) ** 2, over=k)
    return total(f.relu(near - far + margin), over=n)


@operation("s", u=VECTORS, v=VECTORS, t=(batch,), gives=())
def contrastive_pairs(u: Tensor, v: Tensor, t: Tensor, *, margin: Rational = ONE) -> Expr:
    """Two embeddings that belong together (t = 1) or not (t = 0), averaged.

    Where they are equal their distance has no derivative; taken is 0, one of its subgradients.
    Source: Hadsell et al. (2006).
    """
    n, j = indices(batch, features)
    square = total((u[n, j] - v[n, j]) ** 2, over=j)
    return mean(t[n] * square + (1 - t[n]) * f.relu(margin - f.root(square)) ** 2, over=n) / 2
