"""Other sizes for a unit that no equation describes: every length at which it was bound is exchanged for another.

What can be exchanged shows when it is run: lengths that are written into the code, or that belong together, fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from gdverify.binding.calling.constructing import BATCH, INPUTS, OUTPUTS
from gdverify.binding.calling.places import get
from gdverify.binding.calling.running import tried
from gdverify.binding.own.lengths import axis_size
from gdverify.binding.recognising.probing import IMAGES, PIXELS, STEPS
from gdverify.notation.tensors import Tensor

if TYPE_CHECKING:
    from gdverify.binding.own.forward import Own

# Sizes by what a reader calls them: numbers of samples, or of time steps, one input and one output, all lengths alike.
EXCHANGES: Mapping[str, Mapping[int, int]] = {
    "as it was bound": {},
    "one sample": {BATCH: 1},
    "two samples": {BATCH: 2},
    "an even number of samples, two inputs": {BATCH: 4, INPUTS: 2, OUTPUTS: 3},
    "one input": {BATCH: 3, INPUTS: 1},
    "one output": {BATCH: 3, OUTPUTS: 1},
    "a square": {BATCH: 3, OUTPUTS: 3},
    "one image": {IMAGES: 1},
    "three square images": {IMAGES: 3, PIXELS[0]: PIXELS[1]},
    "an odd number of steps": {STEPS: 3},
}


@dataclass(frozen=True)
class Resized:
    """Lengths exchanged for others.

    Attributes:
        lengths: the new length for an old one.
        output: the shape of the output, where it is known.
    """

    lengths: Mapping[int, int] = field(default_factory=dict)
    output: tuple[int, ...] | None = None

    def shape_of(self, tensor: Tensor) -> tuple[int, ...]:
        """The shape of a tensor at these sizes."""
        return tuple(self.lengths.get(n, n) for n in map(axis_size, tensor.axes))

    def sizes_of(self, tensors: Sequence[Tensor]) -> dict[str, int]:
        """The sizes of the axes of some tensors."""
        return {a.name: self.lengths.get(axis_size(a), axis_size(a)) for t in tensors for a in t.axes}


def resizings(own: Own) -> Iterator[Resized]:
    """The sizes at which a unit runs, each once."""
    seen: list[list[tuple[int, ...]]] = []
    for lengths in own.exchanges.values():
        at = Resized(lengths)
        shapes = _shapes(own, at)
        if shapes in seen:
            continue
        seen.append(shapes)
        found = fitted(own, at)
        if found is not None:
            yield found


def fitted(own: Own, at: Resized) -> Resized | None:
    """Sizes with the shape of the output; None where the unit does not run at them."""
    output = own.shape if not at.lengths else _output(own, at)
    fitting = replace(at, output=output)
    return fitting if output is not None and _runs(own, fitting) else None


def not_run(own: Own) -> list[str]:
    """The sizes at which a unit does not run, or gives no gradients of the right shape, each by its name."""
    run = [_shapes(own, at) for at in own.resized]
    return [name for name, lengths in own.exchanges.items() if _shapes(own, Resized(lengths)) not in run]


def _shapes(own: Own, at: Resized) -> list[tuple[int, ...]]:
    return [at.shape_of(one.tensors[0]) for one in own.held]


def _output(own: Own, at: Resized) -> tuple[int, ...] | None:
    values = own.values(0, at)
    return tried(lambda: np.shape(get(own.environment(values, at), own.output)))


def _runs(own: Own, at: Resized) -> bool:
    """Whether the gradients have the shapes of what they are the gradients of."""
    values = own.values(0, at)
    got = tried(lambda: own.got(values, at))
    return got is not None and all(array.shape == values[name].shape for name, array in got.items())
