"""The call that says what a unit computes: its forward pass, or else its loss or its step of training."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gdverify.binding.calling.constructing import AMBIGUOUS, Construction, constructions
from gdverify.binding.calling.parts import Parts, Settled
from gdverify.binding.calling.running import Call
from gdverify.binding.equations.goals import BY_GRADIENTS, GRADIENT, LOSS, MULTIPLE, PREDICTION, STEP
from gdverify.binding.equations.skeletons import Skeleton
from gdverify.binding.gradients.arguments import CONSTANTS
from gdverify.binding.recognising.names import ARGUMENTS, meanings, plain
from gdverify.binding.recognising.packed import packed
from gdverify.binding.recognising.probing import Probe, probe
from gdverify.binding.recognising.recognition import Budget, Match, forward_call, recognise
from gdverify.binding.recognising.vectors import ROLES, Vectorial, vectorial
from gdverify.binding.recognising.ways import ways

# Roles in the order in which they are asked, and what their result is taken for.
LEADS = (
    ("forward", PREDICTION),
    ("forward", LOSS),
    ("loss", LOSS),
    ("loss_and_gradients", LOSS),
    ("train", LOSS),
    ("gradient", GRADIENT),
    ("backward", GRADIENT),
    ("gradient", MULTIPLE),
    ("train", STEP),
    ("train", MULTIPLE),
)
STEPS = ("train", "update")
SETTINGS = ("rate", "repetitions", "regularisation", "verbose")
MOST_PROBES = 8


def leads(
    parts: Parts, depth: int, budget: Budget, among: Sequence[Skeleton] | None, choice: Mapping[str, Any] | None = None
) -> Iterator[Match]:
    """What the leading call of a unit computes, the likeliest first.

    Args:
        parts: of the unit.
        depth: of the networks to construct, where the constructor takes a list.
        budget: of runs.
        among: what it is compared with.
        choice: the options of the constructor, where they are settled.
    """
    probed: dict[tuple[str, int], list[Probe]] = {}  # what a call is taken for changes nothing of what it shows
    for vector in vectors(parts):
        matches = packed(vector, depth, budget, among)
        first = next(matches, None)
        if first is not None:
            yield first
            yield from matches
        if first is not None or any(ways(vector, depth)):
            return  # what takes all parameters in one vector is of one number each only by accident
    for role, goal in LEADS:
        if role in parts.roles and (goal not in BY_GRADIENTS or not {"forward", "loss"} & set(parts.roles)):
            call = leading_call(parts, role)
            for number, construction in enumerate(_constructions(parts, depth, choice)):
                if construction is not None and (role, number) not in probed:
                    probed[role, number] = probe(construction, call)[:MOST_PROBES]
                probes = probed.get((role, number), [])
                if construction is None or probes:
                    yield from recognise(construction, call, probes, budget, goal, among)


def vectors(parts: Parts) -> list[Vectorial]:
    """The calls of a unit that take all parameters in one vector."""
    found = [vectorial(parts, leading_call(parts, role)) for role in ROLES if role in parts.roles]
    return [one for one in found if one is not None]


def leading_call(parts: Parts, role: str) -> Call:
    """The call with its required arguments as roots, and constants for a learning rate or a number of steps."""
    data, constants = [], {}
    for parameter in parts.signature(role):
        setting = next((m for m in meanings(parameter.name, ARGUMENTS) if m in SETTINGS), None)
        if setting == "rate" and role not in STEPS and plain(parameter.name) in AMBIGUOUS:
            setting = None
        elif setting == "rate" and _is_misnamed(parameter, role):
            setting = "regularisation"
        if isinstance(parameter.default, Settled):
            constants[parameter.name] = parameter.default.value
        elif setting is not None and (_is_required(parameter) or setting in ("rate", "repetitions")):
            constants[parameter.name] = CONSTANTS[setting]
        elif _is_required(parameter):
            data.append(parameter.name)
    return forward_call(role, parts.roles[role], data, constants, parts.carrier)


def _is_misnamed(parameter: inspect.Parameter, role: str) -> bool:
    """Whether what is called a learning rate is none: a loss takes no step."""
    return _is_required(parameter) and role in ("loss", "loss_and_gradients")


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty


def _constructions(parts: Parts, depth: int, choice: Mapping[str, Any] | None) -> Iterator[Construction | None]:
    if parts.make is None:
        yield None
        return
    for made in constructions(parts.make, depth):
        if choice is None:
            yield made
        elif made.choice.items() <= choice.items():
            yield replace(made, choice=choice)
