"""What arguments are filled with where no equation says what they may be: a loss often holds for probabilities only.

``(p − t) / n`` is the gradient of a softmax cross-entropy for targets that sum to one, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np

from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.constructing import INPUTS, OUTPUTS
from gdverify.binding.recognising.names import ARGUMENTS, meanings

Shape = tuple[int, ...]
Filler = Callable[[Shape, int], Array]


def ordinary(shape: Shape, seed: int) -> Array:
    """Numbers of order 1, none of them near 0."""
    return (_few if prod(shape) <= FEW else _ordinary)(shape, seed).copy()


def _ordinary(shape: Shape, seed: int) -> Array:
    rng = np.random.default_rng((seed, *shape))
    return rng.choice((-1.0, 1.0), size=shape) * rng.uniform(0.25, 1.75, size=shape)


FEW = 1024  # numbers that are kept: the same small arrays are asked for again and again
_few = lru_cache(maxsize=2048)(_ordinary)


def unit(shape: Shape, seed: int) -> Array:
    """Numbers between 0 and 1."""
    return np.random.default_rng((seed, *shape)).uniform(0.125, 0.875, size=shape)


def one_hot(shape: Shape, seed: int) -> Array:
    """A single 1 in each row, 0 elsewhere."""
    if not shape:
        return np.ones(shape)
    chosen = np.random.default_rng((seed, *shape)).integers(shape[-1], size=shape[:-1])
    return np.asarray(np.arange(shape[-1]) == chosen[..., None], dtype=np.float64)


def labels(classes: int) -> Filler:
    """Whole numbers below a number of classes; the last class is among them, since code may count by the largest."""

    def filler(shape: Shape, seed: int) -> Array:
        chosen = np.random.default_rng((seed, *shape)).integers(classes, size=shape)
        chosen.flat[seed % max(chosen.size, 1) : seed % max(chosen.size, 1) + 1] = classes - 1
        return chosen

    return filler


@dataclass(frozen=True)
class Fill:
    """What inputs and targets are filled with.

    Attributes:
        name: in messages.
        inputs, targets: make the values.
        per_sample: whether a target is one number for each sample, as a label is.
    """

    name: str
    inputs: Filler
    targets: Filler
    per_sample: bool = False

    def takes(self, shapes: Mapping[str, Shape]) -> bool:
        """Whether arguments may have these shapes."""
        targets = [shape for name, shape in shapes.items() if _is_target(name)]
        samples = {length for name, shape in shapes.items() if not _is_target(name) for length in shape}
        return not self.per_sample or all(len(shape) == 1 and set(shape) <= samples for shape in targets)

    def array(self, argument: str, shape: Shape, seed: int) -> Array:
        """The values of an argument."""
        return self.filler(argument)(shape, seed)

    def filler(self, argument: str) -> Filler:
        """What makes the values of an argument."""
        return self.targets if _is_target(argument) else self.inputs


def _is_target(argument: str) -> bool:
    return meanings(argument, ARGUMENTS)[:1] == ["target"]


FILLS: tuple[Fill, ...] = (
    Fill("any numbers", ordinary, ordinary),
    Fill("one-hot targets", ordinary, one_hot),
    Fill("integer labels", ordinary, labels(INPUTS), per_sample=True),
    Fill("integer labels of more classes", ordinary, labels(OUTPUTS), per_sample=True),
    Fill("probabilities", unit, unit),
    Fill("probabilities, one-hot targets", unit, one_hot),
    Fill("probabilities, integer labels", unit, labels(INPUTS), per_sample=True),
)
