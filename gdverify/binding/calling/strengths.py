"""Regularisation on and off: the strengths that a constructor or a call offers, each at a value beside its default.

What is right without a term may be wrong with it, and most defaults are 0: so a strength that is 0 is switched on, and
any other is switched off.
"""

from __future__ import annotations

import inspect
import itertools
from dataclasses import replace

from gdverify.binding.calling.constructing import AMBIGUOUS
from gdverify.binding.calling.parts import Parts
from gdverify.binding.calling.running import parameters_of
from gdverify.binding.recognising.names import ARGUMENTS, meanings, plain

ON, OFF = 0.125, 0.0  # a round number: its products are exact, and a factor that is left out shows
STEPS = {"train", "update"}
UNSURE = ("decay",)  # that of a learning rate, or of a running mean


def strengths(parts: Parts) -> dict[str, float]:
    """The value beside its default of each strength that a unit offers, by the name of the parameter."""
    made = [] if parts.make is None else parameters_of(parts.make)
    called = [*itertools.chain.from_iterable(parts.signature(role) for role in parts.roles)]
    misnamed = [] if STEPS & {*parts.roles} else [one for one in called if _is_rate(one)]
    every = [one for one in (*made, *called) if is_strength(one)]
    return {one.name: OFF if _value(one) else ON for one in (*every, *misnamed)}


def _is_rate(parameter: inspect.Parameter) -> bool:
    """Whether a parameter is called a learning rate; what takes no step has none, and means the strength of a term."""
    required = parameter.default is parameter.empty
    return required and {"rate"} <= {*meanings(parameter.name, ARGUMENTS)} and plain(parameter.name) not in AMBIGUOUS


def is_strength(parameter: inspect.Parameter) -> bool:
    """Whether a parameter is how much of a term there is; whole numbers above 1 are sizes, as of a layer ``l2``."""
    named = "regularisation" in meanings(parameter.name, ARGUMENTS) and plain(parameter.name) not in UNSURE
    default = parameter.default
    number = type(default) is float or (type(default) is int and default in (0, 1))
    return named and (number or default in (None, parameter.empty))


def _value(parameter: inspect.Parameter) -> float:
    """What a strength is as long as nobody says anything; where that has to be said, 0."""
    return 0.0 if parameter.default in (None, parameter.empty) else float(parameter.default)


def switched(parts: Parts, name: str, value: float) -> Parts:
    """The unit with a strength that each of its calls is given."""
    return replace(parts, settings={**parts.settings, name: value})
