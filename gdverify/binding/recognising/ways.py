"""The shapes at which a function of one flat vector runs, whatever it computes.

The vector stays one array. Its length follows from the widths of a network, with or without biases: whichever makes
the function run, with a loss that depends on every entry, is the one that was meant.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.constructing import BATCH, INPUTS, OUTPUTS, Construction
from gdverify.binding.calling.places import Environment, leaves
from gdverify.binding.calling.running import SELF, Call, tried
from gdverify.binding.recognising.fills import FILLS, Fill, Shape, labels, ordinary
from gdverify.binding.recognising.packings import FORMS
from gdverify.binding.recognising.sizings import Sizing, sizings
from gdverify.binding.recognising.vectors import Vectorial

FROM_ONE = Fill("integer labels from 1", ordinary, lambda shape, seed: labels(OUTPUTS)(shape, seed) + 1, True)


@dataclass(frozen=True)
class Way:
    """One way to call a function of a vector.

    Attributes:
        construction, call: with its widths.
        shapes: of its arguments, by name.
        fill: what they are filled with.
        sizing: the widths.
        biased: whether the vector has room for biases.
    """

    construction: Construction | None
    call: Call
    shapes: Mapping[str, Shape]
    fill: Fill
    sizing: Sizing
    biased: bool

    def exchanges(self, known: Mapping[str, Mapping[int, int]]) -> dict[str, dict[int, int]]:
        """Those exchanges of lengths that are of samples and widths, by their names."""
        of = {BATCH, INPUTS, OUTPUTS}
        return {name: self._exchanged(lengths) for name, lengths in known.items() if {*lengths} <= of}

    def _exchanged(self, lengths: Mapping[int, int]) -> dict[int, int]:
        """Lengths exchanged for others, with that of the vector, which follows from them."""
        widths = tuple(lengths.get(width, width) for width in self.sizing.widths)
        return {_length(self.sizing.widths, self.biased): _length(widths, self.biased), **lengths}


def ways(vector: Vectorial, depth: int) -> Iterator[Way]:
    """The ways to call a function at which its loss depends on each entry of the vector, and a gradient comes out.

    What has no target has no loss; of a forward pass of numbers any shapes can be had that broadcast.

    Args:
        vector: the function.
        depth: of networks whose widths are passed as a list.
    """
    for sizing in sizings(vector.widths, vector.function, depth) if vector.target is not None else ():
        construction, call = vector.sized(sizing)
        for (shapes, biased), fill in itertools.product(_shapes(vector, sizing), (*FILLS, FROM_ONE)):
            way = Way(construction, call, shapes, fill, sizing, biased)
            if fill.takes(shapes) and tried(partial(_is_meant, vector, way)):
                yield way


def _shapes(vector: Vectorial, sizing: Sizing) -> Iterator[tuple[dict[str, Shape], bool]]:
    """Shapes of the arguments, with whether there is room for biases."""
    assert vector.target is not None
    first, *_, last = sizing.widths
    data: Sequence[Shape] = ((BATCH, first), (first, BATCH)) if first > 1 else ((BATCH,),)
    for biased, form, x, t in itertools.product((False, True), FORMS, data, _targets(last)):
        yield {vector.theta: form.shape(_length(sizing.widths, biased)), vector.input: x, vector.target: t}, biased


def _length(widths: Sequence[int], biased: bool) -> int:
    """How many parameters layers of some widths have."""
    return sum(outputs * (inputs + biased) for inputs, outputs in itertools.pairwise(widths))


def _targets(outputs: int) -> Sequence[Shape]:
    single: Sequence[Shape] = ((BATCH,), (BATCH, 1), (1, BATCH))
    return single if outputs == 1 else ((BATCH, outputs), (outputs, BATCH), *single)


def _is_meant(vector: Vectorial, way: Way) -> bool:
    """Whether a number comes out that each entry of the vector moves, and a gradient as long as the vector."""
    values = {name: way.fill.array(name, shape, k) for k, (name, shape) in enumerate(way.shapes.items())}
    environment = _run(way, values)
    theta, base = values[vector.theta], _output(way, environment)
    if base.size > 1 or not np.isfinite(base).all() or not vector.gives(way.call, environment, theta.size):
        return False
    moved = (_output(way, _run(way, {**values, vector.theta: _moved(theta, k)})) for k in range(theta.size))
    return all(not np.array_equal(base, other) for other in moved)


def _moved(array: Array, place: int) -> Array:
    other = array.copy()
    other.flat[place] = other.flat[place] * 1.0625 + 0.125
    return other


def _run(way: Way, values: Mapping[str, Array]) -> Environment:
    environment: dict[str, Any] = {} if way.construction is None else {SELF: way.construction.build()}
    environment |= {name: way.call.carrier.make(array) for name, array in values.items()}
    way.call.make(environment)
    return environment


def _output(way: Way, environment: Environment) -> Array:
    """What comes out first."""
    return np.array(leaves(way.call.role, environment[way.call.role])[0].array, dtype=np.float64)
