"""Which arrays of an object are its parameters: those that the output of its forward pass depends on.

An object also holds accumulators, caches and constants. Each leaf is moved a little and the forward pass is watched;
what does not move it is no parameter, however much it looks like one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gdverify.binding.carriers import Array, carrier_of
from gdverify.binding.constructing import BATCH, INPUTS, OUTPUTS, Construction
from gdverify.binding.fills import FILLS, Fill, Shape, ordinary
from gdverify.binding.places import Environment, Leaf, Place, get, leaves, put
from gdverify.binding.running import SELF, Call, tried
from gdverify.binding.shapes import by_names

MOST_SHAPES = 160


@dataclass(frozen=True)
class Probe:
    """What a forward pass showed.

    Attributes:
        shapes: of the arguments, by name, for which it ran.
        parameters: the leaves of the object that its output depends on.
        random: whether two runs on the same object gave different outputs.
    """

    shapes: dict[str, Shape]
    parameters: tuple[Leaf, ...]
    random: bool


def probe(construction: Construction | None, call: Call, fill: Fill = FILLS[0]) -> list[Probe]:
    """The runs of a forward pass in which its output depends on most of the object's leaves; none where none ran.

    Args:
        construction: of the object.
        call: of the forward pass; the arguments are roots of the environment.
        fill: what the arguments are filled with.
    """
    found: list[Probe] = []
    for shapes in _shapes(construction, list(call.arguments)):
        seen = tried(partial(_probed, construction, call, shapes, fill))
        if seen is not None:
            found.append(seen)
    most = max((len(one.parameters) for one in found), default=0)
    return [one for one in found if len(one.parameters) == most]


def _shapes(construction: Construction | None, arguments: Sequence[str]) -> Iterator[dict[str, Shape]]:
    """Shapes to try: each length of the object's arrays may be that of a feature, first in rows."""
    held = tried(lambda: leaves(SELF, construction.build() if construction else None))
    if held is None:
        return
    lengths = dict.fromkeys(length - less for less in (0, 1) for leaf in held for length in leaf.array.shape)
    features = [n for n in dict.fromkeys([*(n for n in lengths if n == INPUTS), *lengths, INPUTS]) if n > 0]
    single: list[Shape] = [shape for n in features for shape in ((BATCH, n), (n, BATCH), (n,), (n, 1), (1, n))] + [
        (BATCH,),
        (),
    ]
    rows = [*dict.fromkeys(single)]
    if not arguments:
        yield {}
        return
    if len(arguments) == 1:
        yield from ({arguments[0]: shape} for shape in rows[:MOST_SHAPES])
        return
    # Several arguments: shaped alike, as prediction and target are, then each with a last length of its own.
    alike = [dict.fromkeys(arguments, shape) for shape in rows]
    others = [(BATCH, OUTPUTS), (OUTPUTS, BATCH), (OUTPUTS,), (OUTPUTS, 1), (BATCH,), ()]
    mixed = (dict(zip(arguments, (a, *rest), strict=True)) for a in rows for rest in _each(others, len(arguments) - 1))
    every = [*alike, *itertools.islice(mixed, MOST_SHAPES)]
    yield from by_names(arguments)
    # Axes of length 1 broadcast, so that what runs on them may be no more than an accident.
    yield from sorted(every, key=lambda shapes: any(1 in shape or not shape for shape in shapes.values()))


def _each(options: Sequence[Shape], count: int) -> Iterator[tuple[Shape, ...]]:
    return itertools.product(options, repeat=count)


def _probed(construction: Construction | None, call: Call, shapes: dict[str, Shape], fill: Fill) -> Probe | None:
    environment: dict[str, Any] = {SELF: construction.build() if construction else None}
    environment |= {
        call.arguments[name].root: fill.array(name, shape, k) for k, (name, shape) in enumerate(shapes.items())
    }
    _randomise(environment)
    before = {leaf.place: np.array(leaf.array) for leaf in leaves(SELF, environment[SELF])}
    call.make(environment)
    watched = _outputs(environment, call, before)
    base = _read(environment, watched)
    if not base:
        return None
    call.make(environment)
    again = _read(environment, watched)
    held = [leaf for leaf in leaves(SELF, environment[SELF]) if leaf.array.dtype.kind == "f"]
    if all(place in before for place in watched):
        # What returns nothing and makes nothing shows its parameters by changing them.
        return Probe(shapes, tuple(leaf for leaf in held if leaf.place in watched), False)
    moved = [leaf for leaf in held if _moves(environment, call, leaf, watched, again)]
    return Probe(shapes, tuple(moved), not _same(base, again))


def _outputs(environment: Environment, call: Call, before: Mapping[Place, Array]) -> list[Place]:
    """Where the output is: in what the call returned, or else in what it left in the object."""
    returned = [leaf.place for leaf in leaves(call.role, environment[call.role])]
    held = leaves(SELF, environment[SELF])
    return returned or [x.place for x in held if x.place not in before or not _equal(before[x.place], x.array)]


def _read(environment: Environment, places: Sequence[Place]) -> list[Array]:
    found = [(carrier_of(value), value) for value in (get(environment, place) for place in places)]
    return [np.array(carrier.read(value)) for carrier, value in found if carrier is not None]


def _randomise(environment: Environment) -> None:
    """Weights that start at zero would hide the layers before them; small ones saturate nothing."""
    for k, leaf in enumerate(leaves(SELF, environment[SELF])):
        if leaf.array.dtype.kind == "f" and leaf.array.ndim:
            values = 0.25 * ordinary(leaf.array.shape, 100 + k)
            put(environment, leaf.place, leaf.carrier.make(values.astype(leaf.array.dtype)))


def _moves(environment: Environment, call: Call, leaf: Leaf, watched: Sequence[Place], base: Sequence[Array]) -> bool:
    """Whether the output changes when the leaf does; the leaf is put back."""
    if leaf.place in watched:
        return False
    before = leaf.carrier.make(leaf.array)
    try:
        put(environment, leaf.place, leaf.carrier.make(leaf.array * 1.0625 + 0.125))
        call.make(environment)
        return not _same(base, _read(environment, watched))
    except Exception:
        return False
    finally:
        put(environment, leaf.place, before)


def _same(first: Sequence[Array], second: Sequence[Array]) -> bool:
    return len(first) == len(second) and all(map(_equal, first, second))


def _equal(first: Array, second: Array) -> bool:
    return first.shape == second.shape and np.array_equal(first, second, equal_nan=first.dtype.kind == "f")
