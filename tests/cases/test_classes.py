"""Classes of sizes: what belongs to them, and sizes that do."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.cases.classes import CLASSES, SizeClass, classes_of, some_sizes
from gdverify.derivation.steps import Derivation, derive

MLP = derive(catalogue.find("mlp"), hidden=2)


def names(derivation: Derivation, *sizes: int) -> set[str]:
    axes = [axis.name for axis in derivation.composition.axes]
    return {row.name for row in classes_of(derivation, dict(zip(axes, sizes, strict=True)))}


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((1, 2, 3, 4, 5), {"1", "size-1", "distinct"}),
        ((2, 3, 3, 4, 5), {"2", "square"}),
        ((3, 2, 4, 2, 5), {"odd"}),
        ((4, 2, 3, 5, 6), {"larger", "distinct"}),
        ((5, 4, 4, 4, 4), {"odd", "larger", "square"}),
        ((7, 1, 1, 2, 3), {"odd", "larger", "size-1"}),  # a 1 × 1 matrix is not square in any way that matters
    ],
)
def test_what_sizes_belong_to(sizes: tuple[int, ...], expected: set[str]) -> None:
    # batch, inputs, hidden1, hidden2, outputs
    assert names(MLP, *sizes) == expected


def test_what_has_no_batch_or_no_matrix_is_in_no_such_class() -> None:
    assert names(derive(catalogue.find("quadratic"))) == set()
    assert names(derive(catalogue.find("line")), 1) == {"1", "size-1"}


@pytest.mark.parametrize("name", ["mlp", "affine", "relu", "two_layer_classifier", "sigmoid_neuron", "line"])
@pytest.mark.parametrize("row", CLASSES, ids=lambda row: f"{row.kind} {row.name}")
def test_sizes_of_a_class_are_of_it(row: SizeClass, name: str) -> None:
    derivation = derive(catalogue.find(name))
    rng = np.random.default_rng(0)
    for _ in range(30):
        found = some_sizes(row, derivation, {}, rng)
        if found is None:
            assert name in ("line", "sigmoid_neuron")
            assert row.kind == "batch" or row.name in ("square", "distinct")
            continue
        assert set(found) == {axis.name for axis in derivation.composition.axes}
        assert row.holds(derivation, found)


def test_fixed_sizes_stay() -> None:
    rng = np.random.default_rng(0)
    fixed = {"batch": (2, 4), "outputs": 1}
    by_name = {row.name: row for row in CLASSES}
    for name in ("2", "larger", "size-1", "square", "distinct"):
        for _ in range(20):
            found = some_sizes(by_name[name], MLP, fixed, rng)
            assert found is not None
            assert found["outputs"] == 1
            assert found["batch"] in (2, 4)
    assert some_sizes(by_name["1"], MLP, fixed, rng) is None
    assert some_sizes(by_name["odd"], MLP, fixed, rng) is None
    assert some_sizes(by_name["distinct"], MLP, {"inputs": 2, "hidden1": 2}, rng) is None
