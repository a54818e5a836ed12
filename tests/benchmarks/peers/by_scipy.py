"""scipy.optimize.check_grad: one vector of every array, and a number out of it.

It gives the norm of the difference and leaves the judgement to the user; a rule with the usual size:
"""

from __future__ import annotations

import numpy as np

from gdverify.cases.case import Array
from tests.benchmarks.peers.question import Question

THRESHOLD = 1e-5  # of the gradient's norm, or of 1 where that is smaller


def passes(question: Question) -> bool:
    """Whether the difference is small."""
    from scipy.optimize import check_grad

    cuts = np.cumsum([array.size for array in question.point])[:-1]

    def arrays(flat: Array) -> list[Array]:
        parts = np.split(flat, cuts)
        return [part.reshape(array.shape) for part, array in zip(parts, question.point, strict=True)]

    def value(flat: Array) -> float:
        return float(np.sum(question.upstream * question.value(*arrays(flat))))

    def gradient(flat: Array) -> Array:
        parts = question.pullback(question.upstream, *arrays(flat))
        return np.concatenate([np.ravel(part) for part in parts])

    point = np.concatenate([array.ravel() for array in question.point])
    allowed = THRESHOLD * max(1.0, float(np.linalg.norm(gradient(point))))
    return bool(check_grad(value, gradient, point) <= allowed)
