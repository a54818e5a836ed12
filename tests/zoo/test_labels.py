"""The verdicts in the zoo's table are what central differences of each implementation's own forward pass say."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from gdverify.binding.files.loading import load
from tests.zoo import by_hand  # noqa: F401  # registers every call
from tests.zoo.calling import CALLS, Array, Value
from tests.zoo.table import CONSTANT, RIGHT, WRONG, ZOO, Exhibit, parameters

STEP = 1e-6
SEEDS = (1, 2)


def differences(value: Value, array: Array) -> Array:
    """∂value/∂array, from values on both sides."""
    slopes = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        middle = array[index].copy()
        array[index] = middle + STEP
        above = value()
        array[index] = middle - STEP
        slopes[index] = (above - value()) / (2 * STEP)
        array[index] = middle
    return slopes


def ratios(exhibit: Exhibit, path: Path, seed: int) -> Array:
    """Each claimed entry over what it should be; infinite where that is zero, and the claim is not."""
    np.random.seed(seed)  # what the implementations draw their weights from
    random.seed(seed)
    module = load(str(path)).module
    gradients, value, arrays = CALLS[exhibit.file](module, exhibit.unit, np.random.default_rng(seed))
    claimed = np.concatenate([np.ravel(np.array(gradient, dtype=float)) for gradient in gradients])
    expected = np.concatenate([differences(value, array).ravel() for array in arrays])
    assert claimed.shape == expected.shape
    large = np.abs(expected) > 1e-4
    invented = np.full(np.sum(np.abs(claimed[~large]) > 1e-3), np.inf)
    return np.concatenate([claimed[large] / expected[large], invented])


@pytest.mark.parametrize("exhibit", parameters(one for one in ZOO if one.style != "script"))
def test_a_label_is_what_differences_say(exhibit: Exhibit, tmp_path: Path) -> None:
    path = exhibit.written(tmp_path)
    found = np.concatenate([ratios(exhibit, path, seed) for seed in SEEDS])
    spread = found.max() - found[np.isfinite(found)].min()
    verdict = WRONG if spread > 1e-4 else RIGHT if abs(found[0] - 1) < 1e-4 else CONSTANT
    assert verdict == exhibit.verdict
