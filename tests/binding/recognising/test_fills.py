"""What arguments are filled with where no equation says what they may be."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify.binding.recognising.fills import FILLS, Fill, labels, one_hot, ordinary, unit


def test_each_filler_keeps_its_promise() -> None:
    shape = (7, 3)
    assert np.abs(ordinary(shape, 0)).min() >= 0.25
    assert unit(shape, 0).min() > 0
    assert unit(shape, 0).max() < 1
    assert one_hot(shape, 0).sum(axis=1).tolist() == [1.0] * 7
    assert set(labels(3)((50,), 0)) == {0, 1, 2}


@pytest.mark.parametrize("seed", range(6))
def test_the_last_class_is_among_the_labels(seed: int) -> None:
    assert labels(5)((3,), seed).max() == 4
    assert labels(5)((1,), seed).max() == 4


@pytest.mark.parametrize("fill", FILLS, ids=lambda fill: fill.name)
def test_only_targets_are_filled_as_targets(fill: Fill) -> None:
    assert np.array_equal(fill.array("y_true", (4,), 5), fill.targets((4,), 5))
    assert np.array_equal(fill.array("logits", (4,), 5), fill.inputs((4,), 5))
    assert fill.array("x", (4,), 5).dtype.kind == "f"


def test_a_label_is_one_number_for_each_sample() -> None:
    (fill,) = [one for one in FILLS if one.name == "integer labels"]
    assert fill.takes({"logits": (13, 3), "labels": (13,)})
    assert not fill.takes({"logits": (13, 3), "labels": (5,)})
    assert not fill.takes({"logits": (1, 3), "labels": (1, 3)})
    assert fill.takes({"logits": (3, 13), "labels": (13,)})
    assert FILLS[0].takes({"logits": (13, 3), "labels": (5,)})


@pytest.mark.parametrize("shape", [(2, 3), (40, 40), ()])
def test_what_is_written_into_numbers_is_in_no_others(shape: tuple[int, ...]) -> None:
    first, expected = np.asarray(ordinary(shape, 3)), np.array(ordinary(shape, 3))
    if first.flags.writeable:
        first[...] = 0
    assert np.array_equal(ordinary(shape, 3), expected)
    assert not np.array_equal(ordinary(shape, 4), expected)
