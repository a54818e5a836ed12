"""Conditions on sizes: the simplest that tell wrong from right, and those that all cases bear out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gdverify.auditing.diagnosis.conditions import exact, fitting, listed

AT = {"batch": 2, "inputs": 1}


@pytest.mark.parametrize(
    ("wrong", "right", "first"),
    [
        ([2, 4], [1, 3, 5], "batch is even"),
        ([1, 3], [2, 4], "batch is odd"),
        ([2, 3, 4], [1], "batch ≥ 2"),
        ([1, 2], [3, 4], "batch ≤ 2"),
        ([1], [2, 3], "batch = inputs"),
        ([2, 3, 5], [1, 4], "batch is 2, 3 or 5"),
        ([3], [1, 2, 4], "batch is 3"),
    ],
)
def test_the_simplest_condition_comes_first(wrong: Sequence[int], right: Sequence[int], first: str) -> None:
    found = list(fitting("batch", wrong, right, AT))
    assert found[0].says == first
    for condition in found:
        assert all(condition.holds({**AT, "batch": size}) for size in wrong)
        assert not any(condition.holds({**AT, "batch": size}) for size in right)


def test_other_cases_choose_among_conditions_that_fit() -> None:
    fit = [list(fitting("batch", [1], [2, 3], AT))]
    assert [condition.says for condition in fit[0]] == ["batch = inputs", "batch is 1"]
    chosen = exact(fit, [({"batch": 2, "inputs": 2}, False), ({"batch": 1, "inputs": 2}, True)])
    assert chosen is not None
    assert [condition.says for condition in chosen] == ["batch is 1"]
    assert exact(fit, [({"batch": 2, "inputs": 3}, True)]) is None


def test_words_are_listed() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")] == [
        "",
        "a",
        "a and b",
        "a, b or c",
    ]
