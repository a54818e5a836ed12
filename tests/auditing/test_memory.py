"""Which arrays share memory: views of every kind, and what only lies next to it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from gdverify.auditing.memory import overlap, shared_among, shared_between
from gdverify.cases.case import Array

A = np.zeros((6, 8))
VIEWS: dict[str, tuple[Array, Array, bool]] = {
    "itself": (A, A, True),
    "transposed": (A, A.T, True),
    "reshaped": (A, A.reshape(-1), True),
    "one entry": (A, A[3, 4:5], True),
    "backwards": (A[::-1], A[5:], True),
    "a copy": (A, A.copy(), False),
    "two rows": (A[0], A[1], False),
    "every other column": (A[:, ::2], A[:, 1::2], False),
    "a weight and its bias": (A[:, :-1], A[:, -1], False),
    "none": (A[:0], A, False),
    "of another type": (A, A.view(np.float32)[0, :1], True),
}


@pytest.mark.parametrize(("first", "second", "expected"), VIEWS.values(), ids=VIEWS)
def test_overlap(first: Array, second: Array, expected: bool) -> None:
    assert overlap(first, second) is overlap(second, first) is expected


def test_what_is_too_hard_to_tell_is_not_said() -> None:
    # Strides whose sums meet somewhere, if at all, after a search over very many candidates.
    memory = np.zeros(4_000_000, np.int8)
    first = as_strided(memory, (101,) * 4, (10_007, 9_973, 9_967, 9_949))
    second = as_strided(memory[1:], (101,) * 4, (10_009, 9_941, 9_931, 9_929))
    assert not overlap(first, second)


def test_pairs_by_name() -> None:
    arrays = {"W": A[:, 1:], "b": A[:, 0], "all": A}
    assert shared_among(arrays) == (("W", "all"), ("b", "all"))
    assert shared_between({"W": A[:, 1:], "b": A[:, 0]}, {"x": A[:, 2:], "t": A.copy()}) == (("W", "x"),)
