"""Which arrays of an object are its parameters: those that the output of its forward pass depends on.

An object also holds accumulators, caches and constants. Each leaf is moved a little and the forward pass is watched;
what does not move it is no parameter, however much it looks like one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gdverify.binding.calling.carriers import Array, carrier_of, in_dtype, precision_of
from gdverify.binding.calling.constructing import BATCH, INPUTS, OUTPUTS, Construction
from gdverify.binding.calling.places import Environment, Leaf, Place, get, leaves, put
from gdverify.binding.calling.randomness import fixed
from gdverify.binding.calling.running import ARRAY, SELF, Call, tried
from gdverify.binding.recognising.fills import FILLS, Fill, Shape, ordinary
from gdverify.binding.recognising.shapes import by_names

MOST_SHAPES = 160
IMAGES, PIXELS, STEPS = 2, (8, 6), 4  # what halves of the usual sizes of kernels and strides go into
MOST_CHANNELS = 4
DTYPES = ("float64", "float32")  # packages that refuse to mix them run in one of them only


@dataclass(frozen=True)
class Probe:
    """What a forward pass showed.

    Attributes:
        shapes: of the arguments, by name, for which it ran.
        parameters: the leaves of the object that its output depends on.
        random: whether it draws random numbers, so that two new objects gave different outputs.
        state: what the object keeps from one call to the next.
    """

    shapes: dict[str, Shape]
    parameters: tuple[Leaf, ...]
    random: bool
    state: tuple[Place, ...] = ()


def probe(construction: Construction | None, call: Call, fill: Fill = FILLS[0]) -> list[Probe]:
    """The runs of a forward pass in which its output depends on most of the object's leaves; none where none ran.

    Args:
        construction: of the object.
        call: of the forward pass; the arguments are roots of the environment.
        fill: what the arguments are filled with.
    """
    found: list[Probe] = []
    for dtype in DTYPES if call.carrier is not ARRAY else DTYPES[:1]:
        for shapes in _shapes(construction, list(call.arguments)):
            seen = tried(partial(_probed, construction, call, shapes, fill, dtype))
            if seen is not None:
                found.append(seen)
        if found:
            break
    if not found and len(call.arguments) == 1:
        images = [{name: shape} for name in call.arguments for shape in _images(construction)]
        runs = (tried(partial(_probed, construction, call, one, fill, DTYPES[0])) for one in images)
        found = [seen for seen in runs if seen is not None]
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


def _images(construction: Construction | None) -> Iterator[Shape]:
    """Shapes of images and of sequences, few and small since each entry is looked at by itself: first in batches."""
    held = tried(lambda: leaves(SELF, construction.build() if construction else None)) or []
    lengths = dict.fromkeys([INPUTS, *(length for leaf in held for length in leaf.array.shape)])
    for channels in [*lengths][:MOST_CHANNELS]:
        yield from ((IMAGES, channels, *PIXELS), (IMAGES, *PIXELS, channels), (channels, *PIXELS), (*PIXELS, channels))
        yield from ((STEPS, IMAGES, channels), (IMAGES, STEPS, channels))
    yield from ((IMAGES, *PIXELS), PIXELS)


def _each(options: Sequence[Shape], count: int) -> Iterator[tuple[Shape, ...]]:
    return itertools.product(options, repeat=count)


def _probed(
    construction: Construction | None, call: Call, shapes: dict[str, Shape], fill: Fill, dtype: str
) -> Probe | None:
    values = {name: in_dtype(fill.array(name, shape, k), dtype) for k, (name, shape) in enumerate(shapes.items())}
    with precision_of(call.carrier, values):
        return _watched(construction, call, values)


def _watched(construction: Construction | None, call: Call, values: Mapping[str, Array]) -> Probe | None:
    prepared = partial(_prepared, construction, call, values)
    call.make(prepared())  # most shapes are refused: for those no random numbers have to be fixed, nor leaves kept
    environment = prepared()
    before = {leaf.place: np.array(leaf.array) for leaf in leaves(SELF, environment[SELF])}
    _made(environment, call)
    watched = _outputs(environment, call, before)
    base = _read(environment, watched)
    if not base:
        return None
    found = leaves(SELF, environment[SELF])
    held = [replace(leaf, array=np.array(leaf.array)) for leaf in found if leaf.array.dtype.kind == "f"]
    _made(environment, call)
    again = _read(environment, watched)
    shapes = {name: array.shape for name, array in values.items()}
    if all(place in before for place in watched):
        # What returns nothing and makes nothing shows its parameters by changing them.
        return Probe(shapes, tuple(leaf for leaf in held if leaf.place in watched), False)
    # What a second call with the same data changes once more is no cache.
    after = {leaf.place: leaf.array for leaf in leaves(SELF, environment[SELF])}
    state = [x for x in held if x.place in before and x.place not in watched and not _equal(after[x.place], x.array)]
    if state and not _same(base, again):
        # What a call leaves behind moves the next one: each leaf is tried on an object of its own.
        there = [x for x in held if x.place in before and x not in state]
        moved = [x for x in there if _moves(prepared(), call, x, watched, base)]
    else:
        moved = [x for x in held if x not in state and _moves(environment, call, x, watched, again)]
    random = _is_random(prepared, call, watched, once=bool(state))
    return Probe(shapes, tuple(moved), random, tuple(x.place for x in state))


def _prepared(construction: Construction | None, call: Call, values: Mapping[str, Array]) -> Environment:
    environment: dict[str, Any] = {SELF: construction.build() if construction else None}
    environment |= {call.arguments[name].root: call.carrier.make(array) for name, array in values.items()}
    _randomise(environment)
    return environment


def _made(environment: Environment, call: Call) -> None:
    """The call with random numbers that are the same each time."""
    with fixed(environment[SELF]):
        call.make(environment)


def _is_random(prepared: Callable[[], Environment], call: Call, watched: Sequence[Place], once: bool) -> bool:
    """Whether calls give different outputs as long as nothing fixes the random numbers.

    Args:
        prepared: makes an object and its arguments.
        call: of the forward pass.
        watched: where its output is.
        once: whether each object is called once only, because it keeps something.
    """
    outputs = []
    for _ in range(2):
        environment = prepared()
        for _ in range(1 if once else 2):  # a seed that the constructor is given makes first calls alike
            call.make(environment)
            outputs.append(_read(environment, watched))
    return not all(_same(outputs[0], other) for other in outputs)


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
        _made(environment, call)
        return not _same(base, _read(environment, watched))
    except Exception:
        return False
    finally:
        put(environment, leaf.place, before)


def _same(first: Sequence[Array], second: Sequence[Array]) -> bool:
    return len(first) == len(second) and all(map(_equal, first, second))


def _equal(first: Array, second: Array) -> bool:
    return first.shape == second.shape and np.array_equal(first, second, equal_nan=first.dtype.kind == "f")
