"""Sums of products against einsum, on constructed factors of every shape and storage order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from gdverify.codegen.nodes import Node, evaluate, name, render
from gdverify.codegen.products import contract
from gdverify.codegen.values import Value, aligned, over
from gdverify.evidence.arithmetic import NUMPY

Places = tuple[int, ...]
NAMES = "abcd"
PRIMES = (2, 3, 5, 7, 11)  # no two axes agree by accident
SIZES = [PRIMES, (1, 3, 5, 7, 11), (2, 1, 5, 7, 11), (2, 3, 1, 7, 11), (2, 3, 5, 1, 1), (1, 1, 1, 1, 1)]

# What is multiplied, which index is summed, and what it is written as.
MATRICES = [
    ((0, 2), (1, 2), "a @ b.T"),
    ((0, 2), (2, 1), "a @ b"),
    ((2, 0), (1, 2), "a.T @ b.T"),
    ((2, 0), (2, 1), "a.T @ b"),
    ((1, 2), (0, 2), "b @ a.T"),
    ((2, 1), (0, 2), "b @ a"),
    ((1, 2), (2, 0), "b.T @ a.T"),
    ((2, 1), (2, 0), "b.T @ a"),
]
VECTORS = [
    ([(0, 1), (1,)], (1,), "a @ b"),
    ([(1,), (0, 1)], (1,), "b @ a"),
    ([(1, 0), (1,)], (1,), "b @ a"),
    ([(1,), (1, 0)], (1,), "a @ b"),
    ([(0,), (0,)], (0,), "b @ a"),
    ([(0,), (0,), (0,)], (0,), None),
    ([(1, 2, 0), (0,)], (0,), "a @ b"),
    ([(0, 1, 2), (1,)], (1,), "a.swapaxes(1, 2) @ b"),
]
BATCHED = [
    ([(0, 1, 3), (0, 2, 3)], (3,), "a @ b.swapaxes(1, 2)"),
    ([(0, 1, 3), (0, 3, 2)], (3,), "a @ b"),
    ([(0, 3, 1), (0, 3, 2)], (3,), "a.swapaxes(1, 2) @ b"),
    ([(1, 3, 0), (0, 2, 3)], (3,), "a.transpose(2, 0, 1) @ b.swapaxes(1, 2)"),
    ([(0, 1, 2, 4), (0, 1, 4, 3)], (4,), "a @ b"),
    ([(0, 1, 3), (2, 3)], (3,), "a @ b.T"),  # affine on (batch, time, inputs)
    ([(2, 3), (0, 1, 3)], (3,), "b @ a.T"),
    ([(0, 1, 3), (3, 2)], (3,), "a @ b"),
]
SUMS = [
    ([(0, 1)], (0,), "a.sum(axis=0)"),
    ([(0, 1)], (1, 0), "a.sum()"),
    ([(0, 1, 2)], (0, 1), "a.sum(axis=(0, 1))"),
    ([(0, 1), (0, 1)], (1,), "(a * b).sum(axis=1)"),
    ([(0, 1), (1, 0)], (0, 1), "(a * b.T).sum()"),
    ([(0, 1), (1, 0)], (0,), "(a * b.T).sum(axis=0)"),
    ([(0,), (0, 1)], (0, 1), "(a[:, None] * b).sum()"),
    ([(0, 1, 2), (0, 2)], (2,), "(a @ b[:, :, None])[:, :, 0]"),  # one vector for each matrix
    ([(0, 2, 1), (0, 2)], (2,), "(b[:, None] @ a)[:, 0]"),
]
EINSUMS = [
    ([(0, 1, 2), (0, 1, 3)], (0, 1), "np.tensordot(a, b, axes=((0, 1), (0, 1)))"),
    ([(0, 1), (1, 2), (2, 3)], (1, 2), "a @ b @ c"),
    ([(0, 2), (1, 2), (0, 3), (1, 3)], (2, 3), None),
    ([(0, 1, 3), (0, 2, 3), (0, 1, 2)], (2, 3), "(a * (c @ b)).sum(axis=2)"),
    ([(1, 2, 3), (0, 2), (0, 3)], (2, 3), "(np.tensordot(b, a, axes=((1,), (1,))) @ c[:, :, None])[:, :, 0]"),
    ([(0, 3), (1, 3), (2, 3)], (3,), "np.tensordot(a, b[:, None] * c, axes=((1,), (2,)))"),
    ([(0, 1), (2, 1), (1,), (1,)], (1,), None),
    ([(0,), (1,)], (0, 1), None),
    ([(0, 1, 3), (1, 2, 3)], (3,), None),
    ([(0, 2, 3), (1, 3)], (3,), None),
    ([(0, 1), (1,), (0, 2)], (0,), None),
    ([(0, 1), (2, 1), (1, 2)], (1,), None),
]
CASES: list[tuple[Sequence[Places], Places, str | None]] = [
    *(([first, second], (2,), text) for first, second, text in MATRICES),
    *VECTORS,
    *BATCHED,
    *SUMS,
    *EINSUMS,
]


def described(case: object) -> str:
    return str(case).replace(" ", "") if not isinstance(case, str) else case


@pytest.mark.parametrize(("factors", "reduced", "text"), CASES, ids=described)
def test_contraction(factors: Sequence[Places], reduced: Places, text: str | None) -> None:
    value = contract([Value(name(n), p, True) for n, p in zip(NAMES, factors, strict=False)], reduced)
    if text is not None:
        assert render(value.node) == text
    for sizes in SIZES:
        arrays = drawn(factors, sizes)
        found = evaluate(value.node, arrays, NUMPY)
        np.testing.assert_allclose(found, expected(factors, value.places, arrays), rtol=1e-12)
    assert set(value.places) == {p for factor in factors for p in factor} - set(reduced)


def drawn(factors: Sequence[Places], sizes: Sequence[int]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        n: rng.uniform(0.5, 2, [sizes[place] for place in factor]) for n, factor in zip(NAMES, factors, strict=False)
    }


def expected(factors: Sequence[Places], kept: Places, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The same by einsum, with letters for places."""
    letters = ["".join("ijklm"[place] for place in factor) for factor in factors]
    spec = ",".join(letters) + "->" + "".join("ijklm"[place] for place in kept)
    found: np.ndarray = np.einsum(spec, *arrays.values())
    return found


EVERY_ORDER = [order for n in range(4) for order in itertools.permutations(range(3), n)]


@pytest.mark.parametrize("stored", EVERY_ORDER, ids=str)
def test_alignment_transposes_and_leaves_room(stored: Places) -> None:
    sizes = PRIMES[:3]
    array = np.arange(float(np.prod([sizes[p] for p in stored], initial=1))).reshape([sizes[p] for p in stored])
    node = aligned(Value(name("a"), stored), (0, 1, 2))
    full = np.broadcast_to(evaluate(node, {"a": array}, NUMPY), sizes)
    letters = "".join("ijk"[p] for p in stored)
    missing = [np.ones(sizes[p]) for p in range(3) if p not in stored]
    spec = ",".join([letters, *("ijk"[p] for p in range(3) if p not in stored)]) + "->ijk"
    np.testing.assert_array_equal(full, np.einsum(spec, array, *missing))


@pytest.mark.parametrize(("first", "second"), [*itertools.product(EVERY_ORDER, EVERY_ORDER)], ids=str)
def test_elementwise_operators_meet_index_by_index(first: Places, second: Places) -> None:
    arrays = drawn([first, second], PRIMES)
    value = over("mul", [Value(name("a"), first), Value(name("b"), second)])
    assert set(value.places) == {*first, *second}
    found = evaluate(value.node, arrays, NUMPY)
    np.testing.assert_allclose(found, expected([first, second], value.places, arrays), rtol=1e-15)


def test_stored_order_is_kept_where_all_agree() -> None:
    assert over("add", [Value(name("a"), (1, 0)), Value(name("b"), (1, 0))]) == Value(
        Node("add", (name("a"), name("b"))), (1, 0)
    )
