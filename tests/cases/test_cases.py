"""What is drawn: reproducible, in every regime and precision, of the sizes that tell mistakes apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import find, settings

import gdverify
from gdverify import catalogue
from gdverify.cases.case import Case
from gdverify.cases.regimes import REGIMES
from gdverify.cases.strategies import DEPTHS, DTYPES, Space, cases, cases_of, fresh
from gdverify.derivation.steps import derive
from gdverify.errors import UnknownName
from tests.cases.drawing import drawn
from tests.helpers import SOURCES, Source

MLP = Space(catalogue.find("mlp"))
quick = settings(max_examples=200, database=None, derandomize=True, deadline=None)


def content(case: Case) -> tuple[object, ...]:
    arrays = [(name, array.dtype.name, array.shape, array.tobytes()) for name, array in case.arrays.items()]
    return (*case.sizes.items(), *case.options.items(), case.regime, *arrays)


@pytest.fixture(scope="module")
def many() -> list[Case]:
    return drawn(cases(MLP), 500)


def test_the_same_seed_draws_the_same_cases() -> None:
    first, again, other = ([*map(content, drawn(cases(MLP), 60, at=seed))] for seed in (3, 3, 4))
    assert first == again != other


def test_every_regime_is_drawn_in_both_precisions(many: list[Case]) -> None:
    assert {(case.regime, case.dtype.name) for case in many} == {(name, dtype) for name in REGIMES for dtype in DTYPES}


def test_half_of_the_cases_are_ordinary_or_nearly_so(many: list[Case]) -> None:
    assert sum(case.regime == "ordinary" for case in many) >= len(many) / 4


def test_batches_are_one_two_odd_and_larger(many: list[Case]) -> None:
    batches = {case.sizes["batch"] for case in many}
    assert {1, 2, 3, 5} <= batches
    assert max(batches) >= 8


def test_sizes_are_one_all_equal_and_all_distinct(many: list[Case]) -> None:
    deep = [case.sizes for case in many if case.options["hidden"] == 3]
    square = [len(set(sizes.values())) == 1 and sizes["batch"] > 1 for sizes in deep]
    distinct = [len(set(sizes.values())) == len(sizes) for sizes in deep]
    assert sum(square) > len(deep) / 20
    assert sum(distinct) > len(deep) / 20
    for axis in deep[0]:
        assert any(sizes[axis] == 1 < max(sizes.values()) for sizes in deep), axis


def test_depths_are_zero_to_several(many: list[Case]) -> None:
    assert {case.options["hidden"] for case in many} == set(DEPTHS)
    assert all(len(case.parameters) == 2 * (case.options["hidden"] + 1) for case in many)


def test_what_is_fixed_stays_fixed() -> None:
    space = Space(
        catalogue.find("mlp"),
        {"hidden": (1, 2), "activation": "relu"},
        {"outputs": 1, "batch": range(4, 6), "hidden1": [7]},
        ("ties", "tiny"),
        ("float32",),
    )
    found = drawn(cases(space), 60)
    assert {case.options["hidden"] for case in found} == {1, 2}
    assert {case.options["activation"] for case in found} == {"relu"}
    assert {case.sizes["outputs"] for case in found} == {1}
    assert {case.sizes["batch"] for case in found} == {4, 5}
    assert {case.sizes["hidden1"] for case in found} == {7}
    assert {case.regime for case in found} == {"ties", "tiny"}
    assert {case.dtype.name for case in found} == {"float32"}


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_arrays_have_the_shapes_of_their_tensors(source: Source) -> None:
    for case in drawn(cases(Space(source.made, source.options)), 10):
        derivation = derive(source.made, **case.options)
        assert list(case.arrays) == [tensor.name for tensor in derivation.arguments]
        for tensor in derivation.arguments:
            array = case.arrays[tensor.name]
            assert array.shape == tuple(case.sizes[axis.name] for axis in tensor.axes)
            assert array.dtype == (np.int64 if tensor in derivation.positions else case.dtype)
            assert np.isfinite(array).all()


def test_tensors_of_a_case_differ(many: list[Case]) -> None:
    for case in many:
        if case.regime == "ordinary" and case.options["hidden"] == 1 and len(set(case.sizes.values())) == 1:
            assert not np.array_equal(case.parameters["W1"], case.parameters["W2"])


def test_a_copy_shares_nothing(many: list[Case]) -> None:
    case = many[-1]
    copy = case.copied()
    assert content(copy) == content(case)
    assert not any(np.shares_memory(array, case.arrays[name]) for name, array in copy.arrays.items())
    copy.sizes.clear()  # type: ignore[attr-defined]  # what a subject may do
    assert case.sizes


@pytest.mark.parametrize(
    ("condition", "sizes"),
    [
        (lambda case: True, {"batch": 1}),
        (lambda case: case.sizes["batch"] > 2, {"batch": 3}),
        (lambda case: case.sizes.get("hidden2", 0) > 1, {"batch": 1, "hidden1": 1, "hidden2": 2}),
        (lambda case: case.parameters["W1"].size > 3, {"batch": 1}),
    ],
)  # fmt: skip
def test_a_failure_shrinks_to_small_sizes_and_simple_numbers(condition: object, sizes: dict[str, int]) -> None:
    case = find(cases(MLP), condition, settings=quick)  # type: ignore[arg-type]
    assert case.sizes.items() >= sizes.items()
    assert sum(size > 1 for size in case.sizes.values()) <= 2
    assert (case.regime, case.dtype) == ("ordinary", np.float64)
    assert {abs(number) for array in case.arrays.values() for number in array.flat} <= {0.5, 1, 2}


def test_a_strategy_for_tests_of_ones_own() -> None:
    found = drawn(cases_of("mlp", hidden=1, activation=("relu", "tanh")), 30)
    assert {case.options["activation"] for case in found} == {"relu", "tanh"}
    assert {type(case) for case in found} == {gdverify.Case}
    assert [case.sizes for case in drawn(cases_of(catalogue.find("affine")), 5)]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mpl", {}, "unknown architecture or operation 'mpl': did you mean mlp or split or prelu?"),
        ("mlp", {"activatoin": "tanh"}, "unknown option of mlp 'activatoin': did you mean activation?"),
        ("mlp", {"activation": "tanhh"}, "unknown operation 'tanhh': did you mean tanh or hard_tanh or gelu_tanh?"),
    ],
)
def test_unknown_names_are_refused_at_once(name: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(UnknownName) as caught:
        cases_of(name, **options)
    assert str(caught.value) == message


def test_fresh_cases_are_ordinary_and_of_sizes_all_distinct_or_all_equal() -> None:
    derivation = derive(catalogue.find("mlp"), hidden=1)
    found = [*fresh(MLP, derivation, {"hidden": 1}, 12, seed=0)]
    assert [*map(content, found)] == [*map(content, fresh(MLP, derivation, {"hidden": 1}, 12, seed=0))]
    assert {case.regime for case in found} == {"ordinary"}
    kinds = {len(set(case.sizes.values())) for case in found}
    assert kinds == {1, len(found[0].sizes)}
