"""A binding by hand at work: make the object, put the arrays of a case in their places, run, and take the gradients.

The gradient of a tensor is what stands at a place, or the sum over several for weights that are used more than once,
or what a step took off the tensor itself, over the learning rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from gdverify.auditing.subject import Recovered, recovered
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.constructing import RATE
from gdverify.binding.hand import slots
from gdverify.binding.hand.callables import text
from gdverify.binding.hand.given import Given
from gdverify.binding.hand.grammar import RETURNED, SELF, Name, Path, named
from gdverify.binding.hand.misfits import explaining, misfit
from gdverify.binding.hand.precision import precise
from gdverify.binding.hand.program import Put, Script
from gdverify.binding.hand.seeding import seeded
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation, Source, derive

Maker = Callable[[Given], Any]
Getter = Path | Maker
Getters = tuple[Getter, ...]


@dataclass(frozen=True)
class Hand:
    """What a binding by hand declares.

    Attributes:
        source: what it is judged against; None for its own forward pass.
        make: what makes the object for a case, its class, or the script that is run for each; None for functions.
        places: of tensors, by name or by one such as ``W{k}``; a tensor may have several.
        run: what gives the gradients, and is returned.
        forward: what gives the value, on an object of its own; where there is none, `run` gives that too.
        gradients: where they are, or what makes them; those of one tensor are added up.
        beneath: where the gradients lie as the parameters do in self.
        rate: the learning rate, or the place of it, where it is set to `pace`.
        value: where the loss is.
        output: where the result is, for what gets its gradient from behind.
        settings: places that are set to a value.
        steps: after how many steps of the code's own the gradient is looked at, where it makes its weights itself.
        seed: of the random numbers that the code draws.
        pace: a large power of two, so that a change of the weights shows the gradient exactly.
    """

    source: Source | None = None
    make: Maker | Script | type | None = None
    places: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    run: Maker | None = None
    forward: Maker | None = None
    gradients: Mapping[str, Getters] = field(default_factory=dict)
    beneath: Path | None = None
    rate: float | Path | None = None
    value: Getter | None = None
    output: Getter | None = None
    settings: Mapping[Path, Any] = field(default_factory=dict)
    steps: int | None = None
    seed: int = 0
    pace: float = RATE

    def __call__(self, case: Case) -> Mapping[str, Any]:
        """The gradients on a case, and the loss where it is said where that is."""
        given, before = self.played(self.given(case), self.run)
        found: dict[str, Any] = {name: self.gradient(name, given, before) for name in self.names(case)}
        if self.value is not None or self.output is not None:
            found["loss"] = self.loss(given if self.forward is None else self.played(self.given(case), self.forward)[0])
        return found

    def given(self, case: Case) -> Given:
        """What the functions of the binding are called with."""
        derivation = self._derivation(case)
        return Given.of(case, [*derivation.arguments, *derivation.every_adjoint])

    def names(self, case: Case) -> list[str]:
        """The tensors whose gradients are returned: those that are asked for, and what is said to be there besides."""
        derivation = self._derivation(case)
        further = (tensor.name for tensor in derivation.every_adjoint if named(self.gradients, tensor.name))
        return [*dict.fromkeys([*(tensor.name for tensor in derivation.wanted), *further])]

    def _derivation(self, case: Case) -> Derivation:
        assert self.source is not None
        return derive(self.source, **case.options)

    def played(self, given: Given, call: Maker | None) -> tuple[Given, dict[str, Array]]:
        """The case after a call on a new object, and what stood in the places before it."""
        before: dict[str, Array] = {}
        with seeded(self.seed), precise(given.arrays):
            self._start(given, before)
            if call is not None:
                given.made[RETURNED] = call(given)
        return given, before

    def played_again(self, given: Given, before: Given) -> Given:
        """Other data, run on the object of a case before, whose tensors are put in their places again."""
        assert self.run is not None
        with seeded(self.seed), precise(given.arrays):
            given.made[SELF] = before.made[SELF]
            for name, place in self._held(given):
                self._put(name, place, given, {})
            given.made[RETURNED] = self.run(given)
        return given

    def _start(self, given: Given, before: dict[str, Array]) -> None:
        """Make the object, and put everything in its place."""
        if isinstance(self.make, Script):
            given.made[SELF] = self.make.run(self._puts(given, before))
            return
        if self.make is not None:
            given.made[SELF] = made(self.make, given)
        for place, value in self.known.items():
            _set(place, given, value)
        for name, place in self._held(given):
            self._put(name, place, given, before)

    def _puts(self, given: Given, before: dict[str, Array]) -> Iterator[Put]:
        for place, value in self.known.items():
            yield Put(_global(place), len(place.steps) == 1, _in_module(given, partial(_set, place, given, value)))
        for name, place in self._held(given):
            action = partial(self._put, name, place, given, before)
            yield Put(_global(place), slots.replaces(place), _in_module(given, action))

    @property
    def known(self) -> dict[Path, Any]:
        """Everything that is set to a value, a learning rate among it."""
        return {**self.settings, **({self.rate: self.pace} if isinstance(self.rate, Path) else {})}

    def _held(self, given: Given) -> Iterator[tuple[str, Path]]:
        for name in given.arrays:
            for place in self.places_of(name):
                yield name, place

    @property
    def step_length(self) -> float | None:
        """The learning rate as a number."""
        return self.pace if isinstance(self.rate, Path) else self.rate

    def claims(self, name: str) -> bool:
        """Whether it says where the gradient of a tensor is."""
        by_place = self.beneath is not None or self.rate is not None
        return named(self.gradients, name) is not None or (by_place and bool(self.places_of(name)))

    def places_of(self, name: str) -> tuple[Path, ...]:
        """Where a tensor is, if anywhere."""
        found = named(self.places, name)
        return () if found is None else found[0]

    def _put(self, name: str, place: Path, given: Given, before: dict[str, Array]) -> None:
        sizes = self._sizes(name, given)
        with explaining(f"{name} = {place}", name, given):
            slots.put(place, given.made, given.arrays[name], sizes)
            before[f"{name} {place}"] = slots.read(place, given.made, sizes)

    def _sizes(self, name: str, given: Given) -> dict[str, int]:
        found = named(self.places, name) or named(self.gradients, name)
        return {**given.sizes, **(found[1] if found else {})}

    def gradient(self, name: str, given: Given, before: Mapping[str, Array]) -> Any:
        """The gradient of a tensor."""
        found = named(self.gradients, name)
        getters = self._beneath(name) if found is None else found[0]
        if getters:
            return _added([self._got(f"d{name}", name, one, given) for one in getters])
        return _added([self._shown(name, place, given, before) for place in self.places_of(name)])

    def _beneath(self, name: str) -> Getters:
        """The places of the tensor's gradient, under what holds all gradients as self holds the tensors."""
        root = self.beneath
        if root is None:
            return ()
        return tuple(Path(f"{root}: {p}", root.root, (*root.steps, *p.steps)) for p in self.places_of(name))

    def _got(self, shown: str, name: str, getter: Getter, given: Given) -> Array:
        sizes = {**self._sizes(name, given), **(named(self.gradients, name) or ({}, {}))[1]}
        with explaining(f"{shown} = {text(getter)}", name, given):
            array = _numbers(getter, given, sizes)
            if array.shape != given.shape(name):
                raise slots.WrongShape(array.shape)
            return array

    def _shown(self, name: str, place: Path, given: Given, before: Mapping[str, Array]) -> Recovered:
        assert self.step_length is not None
        with explaining(f"{name} = {place}, after the run", name, given):
            after = slots.read(place, given.made, self._sizes(name, given))
            start = before[f"{name} {place}"]
            if after.shape != start.shape:
                raise slots.WrongShape(after.shape)
        return recovered(start, after, self.step_length)

    def loss(self, given: Given) -> Any:
        """The value whose gradient it is: the loss, or the result times what arrives from behind."""
        if self.value is not None:
            with explaining(f"value = {text(self.value)}", "", given):
                array = _numbers(self.value, given, given.sizes)
                if array.size != 1:
                    raise misfit(f"value = {text(self.value)}: has shape {array.shape}, expected one number", given)
                return array.reshape(())[()]
        assert self.output is not None
        with explaining(f"output = {text(self.output)}", "upstream", given):
            array = _numbers(self.output, given, given.sizes)
            if array.shape != given.upstream.shape:
                raise slots.WrongShape(array.shape)
            return np.sum(array * given.upstream)


def made(make: Maker | type, given: Given) -> Any:
    """An object for a case; that of a class which takes no arguments is the same for each."""
    return make() if isinstance(make, type) else make(given)


def _numbers(getter: Getter, given: Given, sizes: Mapping[str, int]) -> Array:
    if isinstance(getter, Path):
        return slots.read(getter, given.made, sizes)
    return slots.array_of(getter(given))


def _added(parts: list[Any]) -> Any:
    """The sum over the slots of one tensor, each a gradient or what is known of one."""
    if isinstance(parts[0], Recovered):
        return Recovered(sum(part.value for part in parts), sum(part.uncertainty for part in parts))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _set(place: Path, given: Given, value: Any) -> None:
    with explaining(f"set {place}", "", given):
        slots.put_value(place, given.made, value, given.sizes)


def _in_module(given: Given, action: Callable[[], None]) -> Callable[[ModuleType], None]:
    """The action on a script whose globals are the attributes of self."""

    def act(module: ModuleType) -> None:
        given.made[SELF] = module
        action()

    return act


def _global(place: Path) -> str:
    """The global of a script that a place begins with."""
    first = place.steps[0]
    assert isinstance(first, Name)
    return first.name
