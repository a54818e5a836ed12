"""Packings: what is stored is read again, and what is printed, evaluated as Python, is the tensor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.binding.equations.families import network, network_without_biases
from gdverify.binding.recognising.packings import FORMS, Packing, packing, packings, reshaped
from gdverify.derivation.steps import derive
from gdverify.notation.tensors import Tensor

SIZES = {"inputs": 3, "hidden1": 7, "hidden2": 11, "outputs": 5}
DEEP = derive(network, hidden=2).composition.role("parameter")
PACKINGS = [(tensors, form) for tensors, one in packings(DEEP) for form in reshaped(one)]
PACKINGS += [*packings(derive(network_without_biases, hidden=1).composition.role("parameter"))]


def arrays(tensors: Any) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=tuple(SIZES[axis.name] for axis in tensor.axes)) for tensor in tensors]


def named(case: tuple[tuple[Tensor, ...], Packing]) -> str:
    return case[1].name


@pytest.mark.parametrize("case", PACKINGS, ids=named)
def test_what_is_stored_is_read_again(case: tuple[tuple[Tensor, ...], Packing]) -> None:
    tensors, one = case
    given = arrays(tensors)
    stored = one.store(*given)
    assert stored.shape == one.shape(tensors, SIZES)
    for got, expected in zip(one.read(stored, [array.shape for array in given]), given, strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("case", PACKINGS, ids=named)
def test_what_is_printed_is_where_each_tensor_stands(case: tuple[tuple[Tensor, ...], Packing]) -> None:
    tensors, one = case
    given = arrays(tensors)
    said = [line.partition(" = ")[2] for line in one.text(tensors, "theta").split("; ")]
    for way, expected in zip(said, given, strict=True):
        np.testing.assert_array_equal(eval(way, {"theta": one.store(*given), **SIZES}), expected)


def test_no_two_packings_of_a_network_are_the_same() -> None:
    given = dict(zip((t.name for t in DEEP), arrays(DEEP), strict=True))
    stored = [one.store(*(given[t.name] for t in tensors)).tobytes() for tensors, one in packings(DEEP)]
    assert len({*stored}) == len(stored) == 10


def test_columns_of_a_matrix_are_the_rows_of_its_transpose() -> None:
    (W,) = arrays([DEEP[0]])
    first, second = (one for _, one in packings(derive(network_without_biases, hidden=0).composition.role("parameter")))
    np.testing.assert_array_equal(first.store(W), W.ravel())
    np.testing.assert_array_equal(second.store(W), W.ravel(order="F"))


def test_a_length_fits_only_where_every_width_is_known() -> None:
    tensors, one = next(packings(DEEP))
    length = 7 * 4 + 11 * 8 + 5 * 12
    assert one.unify(tensors, (length,), SIZES) == SIZES
    assert one.unify(tensors, (length + 1,), SIZES) is None
    assert one.unify(tensors, (length, 1), SIZES) is None
    assert one.unify(tensors, (length,), {"inputs": 3}) is None
    assert packing(one.blocks, FORMS[1]).unify(tensors, (length, 1), SIZES) == SIZES
