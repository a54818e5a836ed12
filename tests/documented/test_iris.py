"""The iris data: a transcription is checked by figures that were not transcribed with it."""

from __future__ import annotations

import numpy as np

from gdverify.documented import iris


def centimetres(plants: str) -> list[tuple[float, float]]:
    return [(int(plant[:2]) / 10, int(plant[2:]) / 10) for plant in plants.split()]


def test_means_and_deviations_are_those_of_the_published_table() -> None:
    # Mean and standard deviation of sepal length and width, as published with the data.
    setosa, versicolor = centimetres(iris.SETOSA), centimetres(iris.VERSICOLOR)
    assert len(setosa) == len(versicolor) == 50
    np.testing.assert_allclose(np.mean(setosa, axis=0), (5.006, 3.428), atol=1e-9)
    np.testing.assert_allclose(np.mean(versicolor, axis=0), (5.936, 2.770), atol=1e-9)
    np.testing.assert_allclose(np.std(setosa, axis=0, ddof=1), (0.3525, 0.3791), atol=5e-5)
    np.testing.assert_allclose(np.std(versicolor, axis=0, ddof=1), (0.5162, 0.3138), atol=5e-5)


def test_rows_have_norm_1_and_labels_are_a_column() -> None:
    rows, labels = iris.two_species()
    assert rows.shape == (100, 2)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(rows[0, 0] / rows[0, 1], 5.1 / 3.5)
    assert labels.shape == (100, 1)
    assert labels.sum() == labels[50:].sum() == 50
