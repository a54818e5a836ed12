"""Combinations come in the order of their likelihood, each once, and lazily."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdverify.binding.recognising.ordering import Kept, likeliest


@given(st.lists(st.lists(st.integers(), min_size=1, max_size=4, unique=True), max_size=4))
def test_each_combination_once_and_no_likelier_one_later(options: list[list[int]]) -> None:
    found = list(likeliest(options))
    assert sorted(found) == sorted(itertools.product(*options))
    ranks = [sum(one.index(value) for one, value in zip(options, chosen, strict=True)) for chosen in found]
    assert ranks == sorted(ranks)


def test_the_first_comes_without_listing_all() -> None:
    assert next(likeliest([range(10**6)] * 12)) == (0,) * 12


def test_where_one_has_no_option_there_is_none() -> None:
    assert list(likeliest([[1], []])) == []


def test_what_is_kept_is_made_once_and_only_when_it_is_asked_for() -> None:
    made: list[int] = []
    kept = Kept(lambda: (made.append(k) or k for k in range(5)))
    assert list(itertools.islice(kept, 2)) == [0, 1]
    assert made == [0, 1]
    assert list(zip(kept, kept, strict=True)) == [(k, k) for k in range(5)]
    assert made == [0, 1, 2, 3, 4]


def test_what_raises_raises_each_time() -> None:
    kept = Kept(lambda: (1 // (1 - k) for k in range(3)))
    for _ in range(2):
        found = iter(kept)
        assert next(found) == 1
        with pytest.raises(ZeroDivisionError):
            next(found)
