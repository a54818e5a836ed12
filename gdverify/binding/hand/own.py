"""Bindings by hand without an architecture: checked against differences of the code's own value.

Weights that the code makes itself are looked at where it leaves them: after k steps, and after one more under the same
seed. The gradient is what that step took off, and belongs to the weights before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gdverify.auditing.confinement import TooLong, limited, quiet
from gdverify.auditing.subject import Recovered, SelfJudged, recovered
from gdverify.auditing.verdicts import CORRECT, ERROR, UNDECIDED, WRONG, Diagnosis, ParameterVerdict, SubjectReport
from gdverify.binding.carriers import Array
from gdverify.binding.constructing import RATE
from gdverify.binding.extrapolation import Differences, differences, row, worse
from gdverify.binding.fills import ordinary
from gdverify.binding.hand import slots
from gdverify.binding.hand.declared import Hand, made
from gdverify.binding.hand.given import Given
from gdverify.binding.hand.grammar import RETURNED, SELF, Path
from gdverify.binding.hand.misfits import explaining
from gdverify.binding.hand.program import Script
from gdverify.binding.hand.seeding import seeded
from gdverify.binding.own import SAID
from gdverify.errors import BindingError, described

Shape = tuple[str | int, ...]
Draw = Callable[[np.random.Generator, Mapping[str, int]], Array]
SIZES = range(1, 6)  # that an axis may have where nothing is said of it
MOST_POINTS = 20  # differences cost four runs for each entry


@dataclass(frozen=True)
class OwnSubject(SelfJudged):
    """A binding by hand with its own forward pass as the reference.

    Attributes:
        hand: what is where.
        inputs: the axes of what is given to it, or what draws that.
    """

    hand: Hand = field(default_factory=Hand)
    inputs: Mapping[str, Shape | Draw] = field(default_factory=dict)

    def report(self, examples: int, seed: int, command: str) -> SubjectReport:
        """Judge the gradients at a number of points, each of sizes of its own."""
        worst: dict[str, ParameterVerdict] = {}
        blank = SubjectReport(self.name, SAID, CORRECT, "differences", min(examples, MOST_POINTS), seed, command)
        for number in range(blank.examples):
            try:
                with limited(self.time_limit, OwnSubject.report.__code__), quiet():
                    found = self._rows(np.random.default_rng((seed, number)))
            except TooLong:
                said = f"a point took more than time_limit={self.time_limit:g} seconds; give the code smaller sizes="
                return _unjudged(blank, "never returns", said)
            except BindingError as error:
                return _unjudged(blank, "misfit", str(error))
            except (Exception, SystemExit) as error:
                return _unjudged(blank, "raises", f"the code raises {described(error)}; expected it to run")
            worst.update({name: worse(worst.get(name), one) for name, one in found.items()})
        verdict = next((v for v in (WRONG, UNDECIDED) if any(one.verdict == v for one in worst.values())), CORRECT)
        remark = Diagnosis("own forward pass", SAID)
        return replace(blank, verdict=verdict, parameters=tuple(worst.values()), diagnosis=(remark,))

    def _rows(self, rng: np.random.Generator) -> dict[str, ParameterVerdict]:
        point = Point.drawn(self, rng)
        scale = abs(point.value(point.values)) + 1.0
        return {name: _row(name, got, point.expected(name, scale)) for name, got in point.gradients().items()}


def _row(name: str, got: Any, expected: Differences) -> ParameterVerdict:
    uncertain = replace(expected, error=expected.error + getattr(got, "uncertainty", 0.0))
    return row(name, np.asarray(getattr(got, "value", got), dtype=np.float64), uncertain)


def _unjudged(blank: SubjectReport, kind: str, message: str) -> SubjectReport:
    return replace(blank, verdict=ERROR, diagnosis=(Diagnosis(kind, message),))


@dataclass(frozen=True)
class Point:
    """One point: sizes, the arrays that go in, and those that stand in their places."""

    hand: Hand
    sizes: Mapping[str, int]
    values: Mapping[str, Array]
    shown: Mapping[str, Recovered] = field(default_factory=dict)

    @classmethod
    def drawn(cls, subject: OwnSubject, rng: np.random.Generator) -> Point:
        """A point of random sizes and values; parameters are shaped, or made, by the code."""
        hand, sizes = subject.hand, _sizes(subject, rng)
        arrays = {name: _array(how, rng, sizes) for name, how in subject.inputs.items()}
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
        rate = RATE if isinstance(self.hand.rate, Path) else float(self.hand.rate or 1.0)
        shown = {name: recovered(first[name], second[name], rate) for name in first}
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


def _sizes(subject: OwnSubject, rng: np.random.Generator) -> dict[str, int]:
    """A size for each axis: as it is fixed, or one of its choices."""
    names = {axis for how in subject.inputs.values() if not callable(how) for axis in how if isinstance(axis, str)}
    choices = {**dict.fromkeys(sorted(names), SIZES), **subject.sizes}
    return {
        name: choice if isinstance(choice, int) else int(rng.choice(list(choice))) for name, choice in choices.items()
    }


def _array(how: Shape | Draw, rng: np.random.Generator, sizes: Mapping[str, int]) -> Array:
    if callable(how):
        return np.asarray(how(rng, sizes))
    shape = tuple(sizes[axis] if isinstance(axis, str) else axis for axis in how)
    return ordinary(shape, int(rng.integers(2**31)))
