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
        alone = _alone(free, leaves[place]) if twice < len(leaves) - place else []
        pairs = itertools.permutations(free, 2) if twice else ()
        for one, more in _held((*alone, *pairs), leaves[place], sizes):
            if not distinct or len(set(more.values())) == len(more):
                yield from extend(place + 1, (*held, one), more)

    yield from extend(0, (), {})


def _alone(free: Sequence[Tensor], leaf: Leaf) -> list[tuple[Tensor]]:
    """Each of the tensors that a leaf may be, those of the same name first, then parameters."""
    # x W is the transpose of W x: without a bias nothing but the role tells data from weights.
    name = plain(leaf.place.last)
    return [(tensor,) for tensor in sorted(free, key=lambda t: (plain(t.name) != name, t.role != "parameter"))]


def _held(options: Sequence[tuple[Tensor, ...]], leaf: Leaf, sizes: Mapping[str, int]) -> Iterator[tuple[Held, Sizes]]:
    """A leaf as each of the options, a tensor or a weight with its bias, in each layout that it may have."""
    for tensors in options:
        for layout in _of_rank(tensors, leaf.array.ndim):
            more = layout.unify(tensors, leaf.array.shape, sizes)
            if more is not None:
                yield Held(tensors, layout, leaf.place, leaf.carrier), more


@lru_cache(maxsize=4096)  # the same few tensors are tried on every leaf, in every order
def _of_rank(tensors: tuple[Tensor, ...], rank: int) -> tuple[Layout, ...]:
    """The rows by which tensors may be stored in an array of some rank, whatever their sizes are."""
    stored = ((layout, layout.dimensions(*(t.axes for t in tensors))) for layout in (SINGLE, JOINT)[len(tensors) - 1])
    return tuple(layout for layout, dimensions in stored if dimensions is not None and len(dimensions) == rank)
