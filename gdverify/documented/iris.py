"""Two species of iris by the length and the width of their sepals: 100 plants.

Source: R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7
(1936), pages 179 to 188.
"""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array

# One plant a word: two digits for the length and two for the width of its sepals, in millimetres.
SETOSA = """
    5135 4930 4732 4631 5036 5439 4634 5034 4429 4931 5437 4834 4830 4330 5840 5744 5439
    5135 5738 5138 5434 5137 4636 5133 4834 5030 5034 5235 5234 4732 4831 5434 5241 5542
    4931 5032 5535 4936 4430 5134 5035 4523 4432 5035 5138 4830 5138 4632 5337 5033
"""
VERSICOLOR = """
    7032 6432 6931 5523 6528 5728 6333 4924 6629 5227 5020 5930 6022 6129 5629 6731 5630
    5827 6222 5625 5932 6128 6325 6128 6429 6630 6828 6730 6029 5726 5524 5524 5827 6027
    5430 6034 6731 6323 5630 5525 5526 6130 5826 5023 5627 5730 5729 6229 5125 5728
"""


def two_species() -> tuple[Array, Array]:
    """The rows ``(100, 2)``, length and width scaled to a row of 2-norm 1, and labels ``(100, 1)``.

    The first 50 plants are Iris setosa, label 0; the others are Iris versicolor, label 1.
    """
    X = np.concatenate((_millimetres(SETOSA), _millimetres(VERSICOLOR)))
    # x_ni / √(Σ_i x_ni²): the unit of length drops out
    rows = X / np.linalg.norm(X, axis=1, keepdims=True)
    return rows, np.repeat([[0.0], [1.0]], 50, axis=0)


def _millimetres(plants: str) -> Array:
    return np.array([(int(plant[:2]), int(plant[2:])) for plant in plants.split()], dtype=float)
