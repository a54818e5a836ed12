"""Sums of products: which of ``@``, ``.sum(axis)`` and ``einsum`` says what is meant."""

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
    return _tensor_product(groups, reduced) or _einsum(groups, reduced)


def _paired(groups: list[Value], reduced: tuple[int, ...]) -> tuple[list[Value], tuple[int, ...]]:
    """Of three groups and more, two at a time as a matrix product over an index that no other has."""
    left = reduced
    for summed in reduced:
        pair = [group for group in groups if summed in group.places]
        rest = [group for group in groups if summed not in group.places]
        made = _matrix_product(pair[0], pair[1], summed) if len(pair) == 2 and rest and len(left) > 1 else None
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
    """Whether one of two groups has just the one reduced index: a matrix times a vector."""
    return len(reduced) == 1 and any(set(value.places) == reduced for value in values)


def _multiplied(values: Sequence[Value]) -> Value:
    return reduce(lambda a, b: over("mul", [a, b]), values)


def _matrix_product(first: Value, second: Value, summed: int) -> Value | None:
    """The two groups as one ``@``, or None where no order of their axes allows it."""
    if summed not in first.places or summed not in second.places:
        return None
    shared = tuple(p for p in first.places if p in second.places and p != summed)
    left, right = sorted((first, second), key=lambda value: _own(value, shared, summed))
    mine, theirs = _own(left, shared, summed), _own(right, shared, summed)
    if not mine and not shared:
        return _vector_matrix(left, right, theirs, summed)
    in_order = [*shared, *mine, *theirs] == sorted([*shared, *mine, *theirs])
    if not in_order or len(theirs) != 1 or (shared and len(mine) != 1):
        return None
    arguments = (aligned(left, (*shared, *mine, summed)), aligned(right, (*shared, summed, *theirs)))
    return Value(Node("matmul", arguments), (*shared, *mine, *theirs), reads_arrays=True)


def _own(value: Value, shared: tuple[int, ...], summed: int) -> tuple[int, ...]:
    return tuple(sorted(set(value.places) - {summed, *shared}))


def _vector_matrix(vector: Value, matrix: Value, kept: tuple[int, ...], summed: int) -> Value:
    """``v @ M`` where the summed axis of M comes first, else ``M @ v``: neither needs a transposition."""
    if len(kept) == 1 and matrix.places == (summed, *kept):
        return Value(Node("matmul", (vector.node, matrix.node)), kept, reads_arrays=True)
    return Value(Node("matmul", (aligned(matrix, (*kept, summed)), vector.node)), kept, reads_arrays=True)


def reduction(kind: str, value: Value, reduced: tuple[int, ...]) -> Value:
    """A value with some of its axes reduced."""
    kept = tuple(place for place in value.places if place not in reduced)
    axes = tuple(value.places.index(place) for place in reduced) if kept else None
    return Value(Node(OPERATOR_OF[kind], (value.node,), axes), kept, reads_arrays=True)


def _tensor_product(groups: Sequence[Value], reduced: tuple[int, ...]) -> Value | None:
    """Two groups that have every reduced index and no other in common; None where they are no such."""
    if len(groups) != 2 or {*groups[0].places} & {*groups[1].places} != {*reduced}:
        return None
    own = [tuple(place for place in group.places if place not in reduced) for group in groups]
    # The one whose own indices come first is the first, so that as a rule nothing is transposed.
    (first, mine), (second, theirs) = sorted(zip(groups, own, strict=True), key=lambda pair: pair[1] or (len(reduced),))
    axes = tuple(tuple(group.places.index(place) for place in reduced) for group in (first, second))
    return Value(Node("tensordot", (first.node, second.node), axes), (*mine, *theirs), reads_arrays=True)


def _einsum(groups: Sequence[Value], reduced: tuple[int, ...]) -> Value:
    every = sorted({place for group in groups for place in group.places})
    letter = {place: chr(ord("a") + at) for at, place in enumerate(every)}
    kept = tuple(place for place in every if place not in reduced)
    spec = ",".join("".join(letter[p] for p in group.places) for group in groups)
    spec += "->" + "".join(letter[p] for p in kept)
    return Value(Node("einsum", tuple(group.node for group in groups), spec), kept, reads_arrays=True)
