"""Weights that come into being inside ``fit``, anew in each call: nothing can be put there before a step is taken.

What a step takes off them shows where the code is run for k steps and for k + 1 under one seed. A binding by hand does
that, and this writes down as much of it as the code tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from gdverify.binding.calling.constructing import BATCH, INPUTS, OUTPUTS, Construction, constructions
from gdverify.binding.calling.parts import Parts
from gdverify.binding.calling.places import Leaf, leaves
from gdverify.binding.calling.running import SELF, Method, parameters_of, tried
from gdverify.binding.recognising.fills import ordinary
from gdverify.binding.recognising.names import ARGUMENTS, meanings

RATE, STEPS = 2.0, 2
MOST_TRIED = 4
TARGETS = ((BATCH,), (BATCH, 1), (BATCH, OUTPUTS))
SAID = (
    "The weights come into being inside {train}, anew in each call, so that none can be put there. What a step takes "
    "off them shows when it is run for {steps} steps and for one more, under one seed; say so by hand, with the loss "
    "for …:\n    {binding}"
)


def advice(parts: Parts, depth: int) -> str:
    """The binding to write for a class whose training makes its weights; empty for any other unit.

    Args:
        parts: of the unit.
        depth: of networks whose constructor takes a list.
    """
    train = parts.roles.get("train")
    if parts.make is None or not isinstance(train, Method):
        return ""
    for made, _ in zip(constructions(parts.make, depth), range(MOST_TRIED), strict=False):
        for shape in TARGETS:
            found = tried(partial(_made_by, parts, made, train.name, shape))
            if found:
                written = _written(parts, made, train.name, found, shape)
                return SAID.format(train=train, steps=STEPS, binding=written) if "c.steps" in written else ""
    return ""


def _made_by(parts: Parts, made: Construction, train: str, shape: tuple[int, ...]) -> list[Leaf]:
    """The arrays that training makes of an object that has none, and the numbers that it changes."""
    new = made.build()
    before = {leaf.place: np.array(leaf.array) for leaf in leaves(SELF, new)}
    if any(array.ndim for array in before.values()):
        return []
    x, t = ordinary((BATCH, INPUTS), 1), np.resize([0.0, 1.0], shape)
    getattr(new, train)(x, t, **_steps(parts, train, 1))
    after = [leaf for leaf in leaves(SELF, new) if leaf.array.dtype.kind == "f" and len(leaf.place.steps) == 1]
    changed = [leaf for leaf in after if leaf.place not in before or not np.array_equal(before[leaf.place], leaf.array)]
    kept = [leaf for leaf in changed if not any(np.array_equal(leaf.array, data) for data in (x, t))]
    named = [leaf for leaf in kept if not {"rate", "repetitions"} & {*meanings(leaf.place.last, ARGUMENTS)}]
    sized = [leaf for leaf in named if BATCH not in leaf.array.shape and leaf.carrier.name != "list"]
    return sized if any(INPUTS in leaf.array.shape for leaf in sized) else []


def _steps(parts: Parts, train: str, steps: Any) -> dict[str, Any]:
    """What training is told of how far to go."""
    told: Mapping[str, Any] = {"repetitions": steps, "rate": RATE}
    return dict(_told([p.name for p in parts.signature("train")], told))


def _told(names: list[str], told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in names:
        meaning = next((one for one in meanings(name, ARGUMENTS) if one in told), None)
        if meaning is not None:
            yield name, told[meaning]


def _written(parts: Parts, made: Construction, train: str, found: list[Leaf], shape: tuple[int, ...]) -> str:
    """The binding as one writes it."""
    assert parts.make is not None
    steps = {"repetitions": "c.steps", "rate": repr(RATE)}
    asked = {name: repr(value) for name, value in made.arguments.items()}
    given = {**asked, **dict(_told([p.name for p in parameters_of(parts.make)], steps))}
    told = dict(_told([p.name for p in parts.signature("train")], steps))
    places = {leaf.place.last: leaf.place.last for leaf in found}
    axes = {BATCH: "batch", 1: 1, OUTPUTS: "outputs"}
    inputs = {"x": ("batch", "features"), "t": tuple(axes[length] for length in shape)}
    call = ", ".join(["c.x", "c.t", *(f"{name}={value}" for name, value in told.items())])
    rate = RATE if repr(RATE) in {*given.values(), *told.values()} else "…"
    return (
        f"gdverify.bind(lambda c: {parts.name}({', '.join(f'{n}={v}' for n, v in given.items())}), steps={STEPS}, "
        f"rate={rate}, inputs={inputs}, run=lambda c: c.self.{train}({call}), places={places}, forward=lambda c: …)"
    )
