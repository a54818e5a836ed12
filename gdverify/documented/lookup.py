"""What is looked up by a number: rows of a table, the entry of a class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.documented.arrays import Array, Scalar

Numbers = NDArray[np.integer[Any]]


class Embedding:
    """e_n = E[ids_n].

    Attributes:
        E: ``(words, features)``; dE: what the last `backward` found.
    """

    ids: Numbers
    dE: Array

    def __init__(self, words: int, features: int, rng: np.random.Generator) -> None:
        """Draw E."""
        self.E: Array = rng.standard_normal((words, features))

    def forward(self, ids: Numbers) -> Array:
        """e ``(…, features)`` for ids ``(…,)``."""
        self.ids = ids
        return self.E[ids]

    def backward(self, de: Array) -> None:
        """Store dE, for de ``(…, features)``; ids have no gradient."""
        self.dE = np.zeros_like(self.E)
        # dE_v = Σ_n de_n over the n with ids_n = v. `dE[ids] += de` would keep one of them only.
        np.add.at(self.dE, self.ids, de)


class CrossEntropyOfClasses:
    """−mean_n log softmax(y_n)[t_n]: the number of the right class is given, not a one-hot vector."""

    log_p: Array
    right: Numbers

    def forward(self, y: Array, target: Numbers) -> Scalar:
        """One number, for logits y ``(…, classes)`` and classes target ``(…,)``."""
        shifted = y - y.max(axis=-1, keepdims=True)
        # log p = y − log Σ e^y
        self.log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        self.right = target[..., None]
        loss: Scalar = -np.take_along_axis(self.log_p, self.right, axis=-1).mean()
        return loss

    def backward(self) -> Array:
        """dy ``(…, classes)``."""
        # dy = (p − one-hot(t)) / samples
        p = np.exp(self.log_p)
        np.put_along_axis(p, self.right, np.take_along_axis(p, self.right, axis=-1) - 1, axis=-1)
        return p / self.right.size
