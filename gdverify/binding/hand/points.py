"""Points at which a binding without an architecture is looked at, and what its code says there.

Weights that the code makes itself are looked at where it leaves them: after k steps, and after one more under the same
seed. The gradient is what that step took off, and belongs to the weights before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gdverify.auditing.subject import Recovered, recovered
from gdverify.binding.calling.carriers import Array
from gdverify.binding.hand import slots
from gdverify.binding.hand.declared import Hand, made
from gdverify.binding.hand.given import Given
from gdverify.binding.hand.grammar import RETURNED, SELF, Path
from gdverify.binding.hand.misfits import explaining
from gdverify.binding.hand.program import Script
from gdverify.binding.hand.seeding import seeded
from gdverify.binding.own.extrapolation import Differences, differences
from gdverify.binding.recognising.fills import ordinary

Shape = tuple[str | int, ...]
Draw = Callable[[np.random.Generator, Mapping[str, int]], Array]
Inputs = Mapping[str, Shape | Draw]
SIZES = range(1, 6)  # that an axis may have where nothing is said of it


@dataclass(frozen=True)
class Point:
    """One point: sizes, the arrays that go in, and those that stand in their places."""

    hand: Hand
    sizes: Mapping[str, int]
    values: Mapping[str, Array]
    shown: Mapping[str, Recovered] = field(default_factory=dict)

    @classmethod
    def drawn(cls, hand: Hand, inputs: Inputs, choices: Mapping[str, Any], rng: np.random.Generator) -> Point:
        """A point of random sizes and values; parameters are shaped, or made, by the code.

        Args:
            hand: what is where.
            inputs: the axes of what is handed over, or what draws that.
            choices: sizes that are fixed, or chosen from.
            rng: decides.
        """
        sizes = _sizes(inputs, choices, rng)
        arrays = {name: _array(how, rng, sizes) for name, how in inputs.items()}
        empty = cls(hand, sizes, arrays)
        if hand.steps is not None:
            return empty.after_steps()
        shapes = empty.shapes()
        inside = {name: ordinary(shape, int(rng.integers(2**31))) for name, shape in shapes.items()}
        return replace(empty, values={**arrays, **inside})

    def given(self, values: Mapping[str, Array], **more: int) -> Given:
        """What the functions of the binding are called with."""
        arrays = {name: value.copy() for name, value in values.items()}
        return Given(arrays, {**self.sizes, **more})

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters, from an object as it is made."""
        given = self.given(self.values)
        with seeded(self.hand.seed):
            given.made[SELF] = self._made(given)
        return {
            name: self._read(name, places[0], given).shape
            for name, places in self.hand.places.items()
            if name not in self.values
        }

    def _made(self, given: Given) -> Any:
        make = self.hand.make
        return None if make is None else make.run() if isinstance(make, Script) else made(make, given)

    def _read(self, name: str, place: Path, given: Given) -> Array:
        with explaining(f"{name} = {place}", "", given):
            array = slots.read(place, given.made, given.sizes)
        return np.asarray(array, dtype=np.float64)

    def after_steps(self) -> Point:
        """The parameters after k steps, and what one more took off them."""
        assert self.hand.steps is not None
        first, second = (self._trained(self.hand.steps + more) for more in (0, 1))
        assert self.hand.step_length is not None
        shown = {name: recovered(first[name], second[name], self.hand.step_length) for name in first}
        return replace(self, values={**self.values, **first}, shown=shown)

    def _trained(self, steps: int) -> dict[str, Array]:
        given = self.given(self.values, steps=steps)
        self._train(given)
        return {name: self._read(name, places[0], given) for name, places in self.hand.places.items()}

    def _train(self, given: Given) -> None:
        assert self.hand.run is not None
        with seeded(self.hand.seed):
            given.made[SELF] = self._made(given)
            for place, value in self.hand.known.items():
                slots.put_value(place, given.made, value, given.sizes)
            given.made[RETURNED] = self.hand.run(given)

    def value(self, values: Mapping[str, Array]) -> float:
        """What the gradients are of, with other arrays."""
        if self.hand.steps is None:
            given, _ = self.hand.played(self.given(values), self.hand.forward or self.hand.run)
        else:
            given = self.given(values, steps=self.hand.steps)
            self._train(given)
            with seeded(self.hand.seed):
                for name, places in self.hand.places.items():
                    with explaining(f"{name} = {places[0]}", name, given):
                        slots.put(places[0], given.made, values[name], given.sizes)
                assert self.hand.forward is not None
                given.made[RETURNED] = self.hand.forward(given)
        return float(self.hand.loss(given))

    def gradients(self) -> Mapping[str, Any]:
        """What the code says they are."""
        if self.hand.steps is not None:
            return self.shown
        given, before = self.hand.played(self.given(self.values), self.hand.run)
        return {name: self.hand.gradient(name, given, before) for name in self.values if self.hand.claims(name)}

    def expected(self, name: str, scale: float) -> Differences:
        """The gradient of an array by differences of the code's own value, which is of size ``scale``."""
        return differences(lambda array: self.value({**self.values, name: array}), self.values[name], scale)


def _sizes(inputs: Inputs, choices: Mapping[str, Any], rng: np.random.Generator) -> dict[str, int]:
    """A size for each axis: as it is fixed, or one of its choices."""
    names = {axis for how in inputs.values() if not callable(how) for axis in how if isinstance(axis, str)}
    every = {**dict.fromkeys(sorted(names), SIZES), **choices}
    return {name: one if isinstance(one, int) else int(rng.choice(list(one))) for name, one in every.items()}


def _array(how: Shape | Draw, rng: np.random.Generator, sizes: Mapping[str, int]) -> Array:
    if callable(how):
        return np.asarray(how(rng, sizes))
    shape = tuple(sizes[axis] if isinstance(axis, str) else axis for axis in how)
    return ordinary(shape, int(rng.integers(2**31)))
