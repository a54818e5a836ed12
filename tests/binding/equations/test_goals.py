"""What a forward pass is compared with: the same numbers whether they were computed before or not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.binding.equations.evaluation import point
from gdverify.binding.equations.goals import GOALS, wanted
from gdverify.binding.equations.skeletons import Skeleton
from gdverify.notation.architecture import Architecture

SIZES = {"batch": 13, "inputs": 3, "hidden1": 7, "outputs": 5}


def skeleton(source: Architecture) -> Skeleton:
    return Skeleton(source, {"hidden": 1})


@pytest.mark.parametrize("goal", GOALS)
def test_each_member_has_its_own_numbers_the_second_time_too(goal: str) -> None:
    mlp = skeleton(catalogue.architectures()["mlp"])
    for _, member in itertools.product(range(2), itertools.islice(mlp.members(), 3)):
        found = list(wanted(goal, member, mlp.derivation, SIZES, "float64"))
        expected = list(GOALS[goal](member, point(mlp.derivation, SIZES), SIZES))
        assert [(one.options, one.loss) for one, _, _ in found] == [(one.options, one.loss) for one, _, _ in expected]
        assert [str(tensor) for _, tensor, _ in found] == [str(tensor) for _, tensor, _ in expected]
        for (_, _, again), (_, _, value) in zip(found, expected, strict=True):
            assert np.array_equal(again, value, equal_nan=True)
    values = [next(wanted(goal, one, mlp.derivation, SIZES, "float64"))[2] for one in mlp.members()]
    assert len({value.tobytes() for value in values}) == len(values)


def test_the_values_depend_on_sizes_and_dtype() -> None:
    mlp = skeleton(catalogue.architectures()["mlp"])
    member = next(mlp.members())
    one, more, single = (
        next(wanted("loss", member, mlp.derivation, sizes, dtype))[2]
        for sizes, dtype in ((SIZES, "float64"), ({**SIZES, "batch": 11}, "float64"), (SIZES, "float32"))
    )
    assert one != more
    assert single.dtype == np.float32
