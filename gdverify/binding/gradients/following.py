"""The calls after the leading one: the loss, and what gives the gradients; every reading of their arguments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gdverify.binding.binding import BEFORE, Binding
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.constructing import RATE, Construction
from gdverify.binding.calling.parts import Parts
from gdverify.binding.calling.places import Attribute, Environment, Place, get, leaves
from gdverify.binding.calling.running import SELF, Call, Held, tried
from gdverify.binding.equations.evaluation import near
from gdverify.binding.equations.goals import LOSS, MULTIPLE, PREDICTION
from gdverify.binding.gradients.arguments import Given, Known, cached, is_sure, readings, returned_names
from gdverify.binding.gradients.gradients import Candidate, candidates
from gdverify.binding.recognising.layouts import LABELS
from gdverify.binding.recognising.names import ARGUMENTS, meanings
from gdverify.binding.recognising.recognition import Match, steps
from gdverify.cases.domains import is_of_classes
from gdverify.notation.operation import Operation
from gdverify.notation.tensors import Tensor

GIVING = ("loss_and_gradients", "backward", "gradient", "train", "derivative", "update")
SLOPES = ("gradient", "derivative")  # roles that may give f'(z) instead of f'(z) times what arrives from behind
WITH_LOSS = ("train", "loss_and_gradients", "update")  # roles to which nothing arrives from behind
UNKNOWN_RATE = 1.0  # the change of the weights as it is
TARGET, LABEL, UPSTREAM = "target", "labels", "upstream"


@dataclass(frozen=True)
class Run:
    """One way to make the calls, and what was there to see afterwards.

    Attributes:
        binding: the calls and what goes in; its gradients are still to be found.
        environment: after the calls.
        candidates: for gradients.
        by_upstream: whether a gradient was passed from behind.
        values: of the tensors that went in.
        sure: whether every argument was given what its name says, or what alone was left for it.
    """

    binding: Binding
    environment: Environment
    candidates: tuple[Candidate, ...]
    by_upstream: bool
    values: Mapping[str, Array]
    sure: bool = True


def runs(parts: Parts, match: Match, values: Mapping[str, Array]) -> Iterator[Run]:
    """The ways to go on from a leading call, the likeliest first.

    Args:
        parts: of the unit.
        match: of its leading call.
        values: of every argument of the match's derivation.
    """
    settings = _settings(match, values)
    start = _binding(match, (), settings=settings)
    environment = _attempted(start, values)
    if environment is None:
        return
    for role in (role for role in GIVING if role in parts.roles and _may_give(role, match)):
        if role == match.call.role:
            yield _seen(start, environment, role, values, False)
            continue
        for before, extra, seen in _losses(parts, match, environment, values, role):
            known = _known(parts, match, seen, role)
            for given in readings(parts.signature(role, environment), known):
                if match.skeleton.targets and _uses(given, UPSTREAM) and _uses(given, TARGET):
                    continue  # what arrives from behind is that of a loss with a target, or there is no loss
                call = _call(parts, role, given)
                held = (*extra, *(h for h in _new(match, given) if h.place not in {e.place for e in extra}))
                binding = _binding(match, (*before, call), held, settings)
                after = _attempted(binding, values)
                if after is not None:
                    run = _seen(binding, after, role, values, _uses(given, UPSTREAM))
                    yield replace(run, sure=is_sure(given, known), candidates=_named(run.candidates, parts, role))


def _may_give(role: str, match: Match) -> bool:
    """What trains has a loss, so it is no single operation; a derivative is that of an activation."""
    if role in WITH_LOSS:
        return match.derivation.upstream is None
    source = match.skeleton.source
    return role != "derivative" or (isinstance(source, Operation) and source.elementwise)


def _binding(
    match: Match, calls: Sequence[Call], held: Sequence[Held] = (), settings: Mapping[Place, Any] | None = None
) -> Binding:
    return Binding(
        match.skeleton.source,
        match.member.options,
        match.derivation,
        match.construction,
        settings or {},
        (*match.held, *held),
        (match.call, *calls),
        match.result,
        match.result if match.goal == LOSS else None,
        (),
        match.sizes,
        match.fixed,
    )


def _attempted(binding: Binding, values: Mapping[str, Array]) -> Environment | None:
    return tried(lambda: binding.run(values, binding.sizes))


def _settings(match: Match, values: Mapping[str, Array]) -> dict[Place, Any]:
    """The learning rate, where it is an attribute and not an argument of the constructor."""
    construction = match.construction
    if construction is None or RATE in construction.arguments.values():
        return {}
    made = tried(construction.build)
    parameters = {one.place for one in match.held}
    rates = [place for place in _numbers(made) if "rate" in meanings(place.last, ARGUMENTS) and place not in parameters]
    alike = _scales if match.goal == MULTIPLE else _changes_nothing
    return {place: RATE for place in rates if alike(match, place, values)}


def _changes_nothing(match: Match, place: Place, values: Mapping[str, Array]) -> bool:
    """Whether the forward pass is the same with the rate set: the slope of a leaky ReLU is called alpha too."""
    chosen: tuple[dict[Place, Any], ...] = ({}, {place: RATE})
    usual, other = (tried(partial(_result, _binding(match, (), settings=one), values)) for one in chosen)
    return usual is not None and other is not None and np.array_equal(usual, other)


def _scales(match: Match, place: Place, values: Mapping[str, Array]) -> bool:
    """Whether a step is as many times longer as the rate is."""
    usual, other = (_attempted(_binding(match, (), settings=one), values) for one in ({}, {place: RATE}))
    if usual is None or other is None:
        return False
    rate = float(get(usual, place))
    before, after = (steps(environment, match.call, match.held, values) for environment in (usual, other))
    return all(near(b.array / RATE, a.array / rate) for a, b in zip(before, after, strict=True))


def _result(binding: Binding, values: Mapping[str, Array]) -> Array:
    return binding.result_of(binding.run(values, binding.sizes), binding.sizes)


def _numbers(made: Any) -> list[Place]:
    """The plain numbers of an object and of its class: an attribute set on the object hides one of the class."""
    own = [leaf.place for leaf in leaves(SELF, made) if leaf.carrier.name == "number"]
    shared = [name for name, value in vars(type(made)).items() if isinstance(value, (int, float))]
    return list(dict.fromkeys([*own, *(Place(SELF, (Attribute(name),)) for name in shared)]))


def rate_of(construction: Construction | None, calls: Sequence[Call], settings: Iterable[Any] = ()) -> float:
    """The learning rate of a run, 1 where it is not known: then the change shows it."""
    given = [*settings, *(construction.arguments.values() if construction else ())]
    given += [value for call in calls for value in call.constants.values()]
    return RATE if RATE in given else UNKNOWN_RATE


def _seen(binding: Binding, environment: Environment, role: str, values: Mapping[str, Array], upstream: bool) -> Run:
    found = candidates(
        environment,
        environment[BEFORE],
        role,
        binding.held,
        rate_of(binding.construction, binding.calls, binding.settings.values()),
    )
    if role in SLOPES and binding.upstream is not None and not upstream:
        factor = values[binding.upstream]
        found = [
            replace(c, slope=True, leaf=replace(c.leaf, array=c.leaf.array * factor))
            for c in found
            if c.leaf.array.shape == factor.shape
        ]
    return Run(binding, environment, tuple(found), upstream, values)


def _named(found: Sequence[Candidate], parts: Parts, role: str) -> tuple[Candidate, ...]:
    """The candidates with the names that the ``return`` of what gave them has for them."""
    code = parts.code(role)
    names = {place: name for name, place in (returned_names(code, role) if code is not None else {}).items()}
    return tuple(replace(one, name=names.get(one.leaf.place, "")) for one in found)


def _call(parts: Parts, role: str, given: Mapping[str, Given]) -> Call:
    places = {name: value.place for name, value in given.items() if value.place is not None}
    constants = {name: value.constant for name, value in given.items() if value.place is None}
    return Call(role, parts.roles[role], places, constants)


def _uses(given: Mapping[str, Given], root: str) -> bool:
    return any(value.place is not None and value.place.root == root for value in given.values())


def _new(match: Match, given: Mapping[str, Given]) -> list[Held]:
    """The target or the upstream gradient, as it is passed: stored as the prediction is."""
    tensors: dict[str, Tensor] = {}
    if match.derivation.upstream is not None:
        tensors[UPSTREAM] = match.derivation.upstream
    elif match.skeleton.targets:
        tensors = dict.fromkeys((UPSTREAM, TARGET), match.skeleton.targets[0])
    stored = [
        Held((tensor,), match.result.layout, Place(root), match.result.carrier)
        for root, tensor in tensors.items()
        if _uses(given, root)
    ]
    return stored + [Held((t,), LABELS, Place(LABEL)) for t in match.skeleton.targets if _uses(given, LABEL)]


def _known(parts: Parts, match: Match, environment: Environment, role: str) -> Known:
    derivation, places = match.derivation, {}
    roles = {tensor.name: tensor.role for tensor in derivation.arguments}
    parameters = {one.place for one in match.held if one.place.root == SELF}
    data = [one for one in match.held if one.place not in parameters]
    places["input"] = [one.place for one in data if roles[one.tensors[0].name] == "input"]
    targets = [one.place for one in data if roles[one.tensors[0].name] == "target"]
    if match.goal == PREDICTION:
        places["prediction"] = [match.result.place]
        places["cache"] = cached(match.result.place, match.call.role, environment[match.call.role])
        behind = match.derivation.upstream is not None or match.skeleton.targets
        if behind and role not in (*WITH_LOSS, "loss"):
            places["upstream"] = [Place(UPSTREAM)]
        if match.skeleton.targets:
            targets = [Place(TARGET), *([Place(LABEL)] if _of_classes(match) else [])]
    elif match.skeleton.is_operation and places["input"]:
        places["prediction"] = places["input"][:1]
    places["target"] = targets
    lead = parts.code(match.call.role)
    names = returned_names(lead, match.call.role) if lead is not None else {}
    held = [leaf.place.steps[0] for leaf in leaves(SELF, environment.get(SELF))]
    attributes = {step.name: Place(SELF, (step,)) for step in held if isinstance(step, Attribute)}
    ordered = {name: found for name, found in places.items() if found}
    return Known(dict(match.call.arguments), ordered, names, attributes, _constants(match.call))


def _constants(lead: Call) -> Mapping[str, Any]:
    """What a loss was given by name: of its gradient the same is meant, whatever a name says elsewhere."""
    return lead.constants if lead.role == "loss" else {}


def _of_classes(match: Match) -> bool:
    """Whether the target is 1 for one class of each sample."""
    (target,) = match.skeleton.targets
    return len(target.axes) == 2 and is_of_classes(match.derivation, target.name)


def _losses(
    parts: Parts, match: Match, environment: Environment, values: Mapping[str, Array], role: str
) -> list[tuple[tuple[Call, ...], tuple[Held, ...], Environment]]:
    """No call of the loss, and before that the ways to call it, where the unit has one of its own."""
    none: list[tuple[tuple[Call, ...], tuple[Held, ...], Environment]] = [((), (), environment)]
    if "loss" not in parts.roles or match.call.role == "loss" or role == "train":
        return none
    found = []
    for given in readings(parts.signature("loss"), _known(parts, match, environment, "loss")):
        call, held = _call(parts, "loss", given), tuple(_new(match, given))
        after = _attempted(_binding(match, (call,), held), values)
        if after is not None:
            found.append(((call,), held, after))
    return [*found[:4], *none]
