"""Which array holds which tensor: shapes decide, since every axis has a length of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from gdverify.binding.calling.places import Leaf
from gdverify.binding.calling.running import Held
from gdverify.binding.recognising.layouts import JOINT, SINGLE, Layout
from gdverify.binding.recognising.names import plain
from gdverify.notation.tensors import Tensor

Sizes = dict[str, int]
Assigned = tuple[tuple[Held, ...], Sizes]
MOST_STEPS = 20_000


def assignments(
    tensors: Sequence[Tensor], leaves: Sequence[Leaf], count: int, distinct: bool = True
) -> Iterator[Assigned]:
    """The ways to hold tensors in leaves so that every leaf is used, and all but ``count`` of the tensors.

    Args:
        tensors: of the derivation.
        leaves: that were found to be parameters.
        count: how many tensors are left over.
        distinct: whether different axes must have different lengths, as they have where sizes could be chosen.
    """
    joint = len(tensors) - count - len(leaves)  # how many leaves hold two tensors
    if not 0 <= joint <= len(leaves):
        return
    steps = itertools.count()

    def extend(place: int, held: tuple[Held, ...], sizes: Sizes) -> Iterator[Assigned]:
        if next(steps) > MOST_STEPS:
            return
        if place == len(leaves):
            yield held, sizes
            return
        twice = joint - sum(len(one.tensors) - 1 for one in held)
        taken = {tensor for one in held for tensor in one.tensors}
        free = [tensor for tensor in tensors if tensor not in taken]
        for one, more in _held(free, leaves[place], sizes):
            if (len(one.tensors) == 2 and not twice) or (len(one.tensors) == 1 and twice == len(leaves) - place):
                continue
            if not distinct or len(set(more.values())) == len(more):
                yield from extend(place + 1, (*held, one), more)

    yield from extend(0, (), {})


def _held(free: Sequence[Tensor], leaf: Leaf, sizes: Mapping[str, int]) -> Iterator[tuple[Held, Sizes]]:
    """A leaf as a tensor, or as a weight with its bias; tensors of the same name first, then parameters."""
    # x W is the transpose of W x: without a bias nothing but the role tells data from weights.
    ordered = sorted(free, key=lambda t: (plain(t.name) != plain(leaf.place.last), t.role != "parameter"))
    for tensors in (*((tensor,) for tensor in ordered), *itertools.permutations(free, 2)):
        for layout in _of_rank(tensors, leaf.array.ndim):
            more = layout.unify(tensors, leaf.array.shape, sizes)
            if more is not None:
                yield Held(tensors, layout, leaf.place, leaf.carrier), more


@lru_cache(maxsize=4096)  # the same few tensors are tried on every leaf, in every order
def _of_rank(tensors: tuple[Tensor, ...], rank: int) -> tuple[Layout, ...]:
    """The rows by which tensors may be stored in an array of some rank, whatever their sizes are."""
    stored = ((layout, layout.dimensions(*(t.axes for t in tensors))) for layout in (SINGLE, JOINT)[len(tensors) - 1])
    return tuple(layout for layout, dimensions in stored if dimensions is not None and len(dimensions) == rank)
