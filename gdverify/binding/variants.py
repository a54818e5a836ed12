"""A unit under the options at which it was not bound first: other activations, strengths switched, other windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gdverify.binding.binding import Binding
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.constructing import Construction, constructions
from gdverify.binding.calling.parts import Parts
from gdverify.binding.calling.running import parameters_of
from gdverify.binding.calling.strengths import strengths, switched
from gdverify.binding.calling.windows import windows
from gdverify.binding.equations.evaluation import point
from gdverify.binding.own.forward import Own


@dataclass(frozen=True)
class Variant:
    """A unit under other options.

    Attributes:
        parts: of the unit, with what its calls are given.
        choice: the options of the constructor.
        said: what is other, ``activation=relu``.
    """

    parts: Parts
    choice: Mapping[str, Any]
    said: str


def of_options(parts: Parts, construction: Construction | None, depth: int) -> Iterator[Variant]:
    """Each other value of the options that the constructor offers."""
    if construction is None or not construction.choice:
        return
    seen: list[Mapping[str, Any]] = [construction.choice]
    for one in constructions(construction.make, depth):
        if one.choice not in seen:
            seen.append(one.choice)
            yield Variant(parts, one.choice, _said(one.choice))


def of_strengths(parts: Parts, construction: Construction | None) -> Iterator[Variant]:
    """Each term that regularises switched on, or off where it is on."""
    usual = {} if construction is None else construction.choice
    made = [] if construction is None else [one.name for one in parameters_of(construction.make)]
    for name, value in strengths(parts).items():
        own = {name: value} if name in made else {}
        yield Variant(switched(parts, name, value), {**usual, **own}, _said({name: value}))


def of_windows(parts: Parts, construction: Construction | None) -> Iterator[Variant]:
    """Each stride, padding and dilation off its default."""
    usual = {} if construction is None else construction.choice
    for name, value in windows(parts).items():
        yield Variant(parts, {**usual, name: value}, _said({name: value}))


def _said(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={getattr(value, '__name__', value)}" for name, value in options.items())


def differs(one: Binding | Own, other: Binding | Own) -> bool:
    """Whether a unit gives other numbers under other options, so that something new was run."""
    first, second = _numbers(one), _numbers(other)
    return first.keys() != second.keys() or not all(np.array_equal(first[name], second[name]) for name in first)


def _numbers(bound: Binding | Own) -> dict[str, Array]:
    """What a unit gives at one point: its gradients with all terms in them, and its loss or its result."""
    if isinstance(bound, Own):
        values = bound.values(0)
        return {**bound.got(values), "result": bound.output_of(values)}
    bare = replace(bound, gradients=tuple(replace(one, terms=()) for one in bound.gradients))
    inputs = point(bound.derivation, bound.sizes)
    environment = bare.run(inputs, bound.sizes)
    gradients = bare.gradients_of(environment, bound.sizes, inputs)
    shown = bare.result_of(environment, bound.sizes) if bare.loss is None else bare.loss_of(environment)
    return {name: np.asarray(getattr(value, "value", value)) for name, value in {**gradients, "result": shown}.items()}
