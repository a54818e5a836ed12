"""Sums of products: which of ``@``, ``.sum(axis)``, ``tensordot`` and ``einsum`` says what is meant."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from gdverify.codegen.nodes import Node
from gdverify.codegen.values import Value, aligned, over

OPERATOR_OF = {"total": "sum", "peak": "peak", "winner": "winner"}


def contract(factors: Sequence[Value], reduced: tuple[int, ...]) -> Value:
    """``Σ_reduced Π factors``; every reduced index occurs in a factor."""
    groups = _grouped(factors, set(reduced))
    groups, reduced = _paired(groups, reduced)
    if len(groups) == 2 and len(reduced) == 1:
        made = _matrix_product(groups[0], groups[1], reduced[0])
        if made is not None:
            return made
    if len(groups) == 1:
        return reduction("total", groups[0], reduced)
    if len(groups) == 3 and all({*reduced} < {*group.places} for group in groups):
        # The two that have the last indices are multiplied first: then what is left is a matrix product.
        first, *others = sorted(groups, key=lambda group: max({*group.places} - {*reduced}))
        groups = [first, _multiplied(others)]
    return _tensor_product(groups, reduced) or _stacked(groups, reduced) or _einsum(groups, reduced)


def _paired(groups: list[Value], reduced: tuple[int, ...]) -> tuple[list[Value], tuple[int, ...]]:
    """Of three groups and more, two at a time as a product over an index that no other has."""
    left = reduced
    for summed in reduced:
        pair = [group for group in groups if summed in group.places]
        rest = [group for group in groups if summed not in group.places]
        two = len(pair) == 2 and rest and len(left) > 1
        made = (_matrix_product(pair[0], pair[1], summed) or _tensor_product(pair, (summed,))) if two else None
        if made is not None and len(made.places) <= max(len(group.places) for group in pair):
            left = tuple(place for place in left if place != summed)
            groups = _grouped([*rest, made], set(left))
    return groups, left


def _grouped(factors: Sequence[Value], reduced: set[int]) -> list[Value]:
    """Factors multiplied together where one has all the indices of the other."""
    groups: list[list[Value]] = []
    for factor in factors:
        group = next((g for g in groups if set(g[0].places) == set(factor.places)), None)
        if group is None:
            groups.append([factor])
        else:
            group.append(factor)
    if len(groups) == 1 and len(reduced) == 1 and set(factors[0].places) == reduced and len(factors) > 1:
        return [factors[0], _multiplied(factors[1:])]  # an inner product
    values = [_multiplied(group) for group in groups]
    while len(values) > 2 or (len(values) == 2 and not _is_vector(values, reduced)):
        pair = next(((a, b) for a in values for b in values if a is not b and _spreads(a, b)), None)
        if pair is None:
            break
        values = [v for v in values if v not in pair] + [_multiplied(pair)]
    return values


def _spreads(a: Value, b: Value) -> bool:
    """Whether b has all the indices of a, and no axis of an array of many has to be moved to multiply them."""
    shared = tuple(place for place in b.places if place in a.places)
    return len(shared) == len(a.places) and (len(b.places) < 4 or (shared == a.places and _is_sorted(b.places)))


def _is_sorted(places: Sequence[int]) -> bool:
    return list(places) == sorted(places)


def _is_vector(values: Sequence[Value], reduced: set[int]) -> bool:
    """Whether one of two groups has just the one reduced index: a matrix times a vector, or a stack of such."""
    if len(reduced) == 1 and any(set(value.places) == reduced for value in values):
        return True
    small, large = sorted((set(value.places) for value in values), key=len)
    return len(reduced) == 1 and reduced <= small < large and len(large - small) == 1


def _multiplied(values: Sequence[Value]) -> Value:
    return reduce(lambda a, b: over("mul", [a, b]), values)


def _matrix_product(first: Value, second: Value, summed: int) -> Value | None:
    """The two groups as one ``@``, or None where no order of their axes allows it."""
    if summed not in first.places or summed not in second.places:
        return None
    shared = tuple(p for p in first.places if p in second.places and p != summed)
    left, right = sorted((first, second), key=lambda value: _own(value, shared, summed))
    mine, theirs = _own(left, shared, summed), _own(right, shared, summed)
    if not mine:
        one_by_one = _vector_matrices(left, right, (shared, theirs), summed) if shared else None
        return one_by_one if shared else _vector_matrix(left, right, theirs, summed)
    in_order = [*shared, *mine, *theirs] == sorted([*shared, *mine, *theirs])
    if not in_order or len(theirs) != 1 or (shared and len(mine) != 1):
        return None
    if len(mine) > 1 and left.places != (*mine, summed):
        return None  # a stack of matrices with their axes apart: a tensor product is quicker
    arguments = (aligned(left, (*shared, *mine, summed)), aligned(right, (*shared, summed, *theirs)))
    return Value(Node("matmul", arguments), (*shared, *mine, *theirs), reads_arrays=True)


def _own(value: Value, shared: tuple[int, ...], summed: int) -> tuple[int, ...]:
    return tuple(sorted(set(value.places) - {summed, *shared}))


def _vector_matrix(vector: Value, matrix: Value, kept: tuple[int, ...], summed: int) -> Value:
    """``v @ M`` where the summed axis of M comes first, else ``M @ v``: neither needs a transposition."""
    if len(kept) == 1 and matrix.places == (summed, *kept):
        return Value(Node("matmul", (vector.node, matrix.node)), kept, reads_arrays=True)
    return Value(Node("matmul", (aligned(matrix, (*kept, summed)), vector.node)), kept, reads_arrays=True)


def _vector_matrices(
    vectors: Value, matrices: Value, kept: tuple[tuple[int, ...], tuple[int, ...]], summed: int
) -> Value | None:
    """A stack of vectors times one of matrices: ``(v[:, None] @ M)[:, 0]``, or ``(M @ v[:, :, None])[:, :, 0]``."""
    shared, theirs = kept
    if list(shared) != sorted(shared) or len(theirs) != 1 or max(shared) > theirs[0]:
        return None
    stack, axis = [True] * len(shared), len(shared)
    vector = aligned(vectors, (*shared, summed))
    if matrices.places == (*shared, summed, *theirs):
        product = Node("matmul", (Node("expand", (vector,), (*stack, False, True)), matrices.node))
    else:
        column = Node("expand", (vector,), (*stack, True, False))
        product, axis = Node("matmul", (aligned(matrices, (*shared, *theirs, summed)), column)), axis + 1
    return Value(Node("take", (product,), (axis, 0)), (*shared, *theirs), reads_arrays=True)


def reduction(kind: str, value: Value, reduced: tuple[int, ...]) -> Value:
    """A value with some of its axes reduced."""
    kept = tuple(place for place in value.places if place not in reduced)
    axes = tuple(value.places.index(place) for place in reduced) if kept else None
    operator = OPERATOR_OF[kind]
    if operator == "winner" and axes is not None and axes[0] < len(value.places) - 1:
        operator = "largest_at"
    return Value(Node(operator, (value.node,), axes), kept, reads_arrays=True)


def _tensor_product(groups: Sequence[Value], reduced: tuple[int, ...]) -> Value | None:
    """Two groups that have every reduced index and no other in common; None where they are no such."""
    if len(groups) != 2 or {*groups[0].places} & {*groups[1].places} != {*reduced}:
        return None
    first, second = _in_order(groups, reduced)
    mine, theirs = (tuple(place for place in group.places if place not in reduced) for group in (first, second))
    axes = tuple(tuple(group.places.index(place) for place in reduced) for group in (first, second))
    return Value(Node("tensordot", (first.node, second.node), axes), (*mine, *theirs), reads_arrays=True)


def _stacked(groups: Sequence[Value], reduced: tuple[int, ...]) -> Value | None:
    """Two groups that have more in common than what is summed over, as a stack of matrices; None if they are not."""
    if len(groups) != 2 or not all({*reduced} <= {*group.places} for group in groups):
        return None
    value = _einsum(_in_order(groups, reduced), reduced)
    return Value(Node("stacked", value.node.arguments, value.node.detail), value.places, reads_arrays=True)


def _in_order(groups: Sequence[Value], reduced: tuple[int, ...]) -> tuple[Value, Value]:
    """Which of two is the left matrix: so that what lies side by side in memory stays so, and little is moved.

    What is summed over comes last in the left matrix, and first in the right one. One axis of it may be either as it is
    stored; of several the largest array decides, which has the most axes. Else the last index is that of the right one.
    """

    def rank(group: Value) -> tuple[bool, int]:
        summed_last = len(reduced) > 1 and group.places[-1] in reduced
        own = (place for place in group.places if all(place not in other.places for other in groups if other != group))
        return not summed_last, -len(group.places) if summed_last else max(own, default=-1)

    first, second = sorted(groups, key=rank)
    return first, second


def _einsum(groups: Sequence[Value], reduced: tuple[int, ...]) -> Value:
    every = sorted({place for group in groups for place in group.places})
    letter = {place: chr(ord("a") + at) for at, place in enumerate(every)}
    kept = tuple(place for place in every if place not in reduced)
    spec = ",".join("".join(letter[p] for p in group.places) for group in groups)
    spec += "->" + "".join(letter[p] for p in kept)
    return Value(Node("einsum", tuple(group.node for group in groups), spec), kept, reads_arrays=True)
