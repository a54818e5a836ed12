"""How a unit is called and what is where, so that its gradients are those of its own forward pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gdverify.binding.ambiguity import Ambiguous, Reading, Unbound
from gdverify.binding.binding import BEFORE
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.constructing import Construction
from gdverify.binding.calling.parts import Parts
from gdverify.binding.calling.places import Environment, Item, Leaf, Place, get, leaves
from gdverify.binding.calling.running import SELF, Call, Held, tried
from gdverify.binding.equations.evaluation import ratio
from gdverify.binding.finding.vocabulary import words
from gdverify.binding.gradients.arguments import Known, cached, is_sure, readings, returned_names
from gdverify.binding.gradients.exchanged import as_called
from gdverify.binding.gradients.following import GIVING, SLOPES, UPSTREAM, rate_of
from gdverify.binding.gradients.gradients import Candidate, Found, by_shape, candidates, fitting_candidates
from gdverify.binding.own.extrapolation import Differences, fits, row
from gdverify.binding.own.forward import REDUCTIONS, Own, Values
from gdverify.binding.own.lengths import shape_of, sizes_of, tensor_of
from gdverify.binding.own.resizing import EXCHANGES, Resized
from gdverify.binding.recognising.fills import FILLS, Fill
from gdverify.binding.recognising.layouts import LAYOUTS
from gdverify.binding.recognising.leading import _constructions, leading_call
from gdverify.binding.recognising.names import ARGUMENTS, meanings
from gdverify.binding.recognising.probing import Probe, probe
from gdverify.binding.recognising.vectors import vectorial
from gdverify.binding.recognising.ways import ways

LEADS = ("loss", "forward", "loss_and_gradients")
AS_IT_IS = LAYOUTS[0]
MOST_SHAPES = 4
AVERAGES = {"running", "moving"}


def bind_own(
    parts: Parts, depth: int, mode: Mapping[str, Any] | None = None, choice: Mapping[str, Any] | None = None
) -> Own:
    """A unit bound to its own forward pass.

    Args:
        parts: of the unit.
        depth: of networks whose constructor takes a list of sizes.
        mode: constants that the forward pass is given, such as ``training=False``.
        choice: the options of the constructor, where they are settled.

    Raises:
        Unbound: its forward pass does not run on anything tried, or no call gives gradients.
        Ambiguous: no reading is one by which a gradient may be called wrong.
    """
    made = readings_of(parts, depth, mode, choice)
    best = max(made, key=lambda one: one.rank)
    doubted = any(one.exact and one.anchors > best.anchors for one in made)
    if not best.proved and (not best.certain or doubted):
        raise _which_reading(best)
    placed = as_called(best.gradients, best.held, best.lead, parts, best.calls[-1].role)
    return replace(best.resizable(), gradients=placed.gradients, remarks=placed.remarks)


def readings_of(
    parts: Parts, depth: int, mode: Mapping[str, Any] | None = None, choice: Mapping[str, Any] | None = None
) -> list[Own]:
    """The ways to read a unit, as `bind_own` does, up to the first whose gradients are all right.

    Raises:
        Unbound: its forward pass does not run on anything tried, or no call gives gradients.
    """
    roles = [role for role in LEADS if role in parts.roles]
    if not roles:
        raise Unbound(f"{parts.name}: no forward pass and no loss to check its gradients against.")
    made = [one for role in roles for one in _bound_by(parts, depth, _in_mode(leading_call(parts, role), mode), choice)]
    if not made:
        raise Unbound(
            f"{parts.name}: its forward pass ran on nothing that was tried or is constant, or no call gave gradients "
            "for it. What is tried are rows or columns of samples, sequences (samples, steps, features) and images; "
            "say how it is called with gdverify.bind(…)."
        )
    return made


def _which_reading(own: Own) -> Ambiguous:
    readings_ = [
        Reading(f"as {', '.join(map(str, (own.lead, *own.calls)))}: its gradients are wrong", "a binding by hand"),
        Reading("as something else", "a binding by hand, or --against NAME"),
    ]
    return Ambiguous(
        own.name,
        "none of its arrays equals a gradient of its own forward pass in any way in which its arguments were read; "
        "how is it called?",
        readings_,
    )


def _in_mode(lead: Call, mode: Mapping[str, Any] | None) -> Call:
    return lead if not mode else replace(lead, constants={**lead.constants, **mode})


def _bound_by(parts: Parts, depth: int, lead: Call, choice: Mapping[str, Any] | None) -> list[Own]:
    """The bindings by one leading call, up to the first that is proved."""
    found: list[Own] = []
    vector = vectorial(parts, lead)
    for way in ways(vector, depth) if vector is not None else ():
        made = _bound(parts, way.construction, way.call, Probe(dict(way.shapes), (), False), way.fill, ())
        if made is not None and made.complete:
            found.append(replace(made, exchanges=way.exchanges(EXCHANGES)))
            if made.proved:
                return found
    if found:
        return found  # read as numbers, what takes all parameters in one vector would be something else
    for construction in _constructions(parts, depth, choice):
        for fill in FILLS if len(lead.arguments) > 1 else FILLS[:1]:
            probes = [one for one in probe(construction, lead, fill) if fill.takes(one.shapes)]
            # The first shapes at which every parameter has a gradient decide: at others, such as a single sample, an
            # error may not show. But code for one sample may run on several and mean nothing by it.
            for seen, parameters in ((one, some) for one in probes[:MOST_SHAPES] for some in _parameter_sets(one)):
                made = _bound(parts, construction, lead, seen, fill, parameters)
                if made is None or not made.complete:
                    continue
                found.append(made)
                if made.proved:
                    return found
                if made.anchors and made.certain:
                    break
    return found


def _parameter_sets(seen: Probe) -> list[Sequence[Leaf]]:
    """What may have gradients: everything, or arrays alone, since a number may be a constant such as an ε.

    A running mean is a constant where a forward pass reads it only.
    """
    arrays = [x for x in seen.parameters if x.array.ndim or x.carrier.name != "number"]
    trained = [x for x in arrays if not set(words(x.place.last)) & AVERAGES]
    sets: list[Sequence[Leaf]] = [seen.parameters]
    return sets + [one for one, more in ((arrays, seen.parameters), (trained, arrays)) if len(one) < len(more)]


def _bound(
    parts: Parts,
    construction: Construction | None,
    lead: Call,
    seen: Probe,
    fill: Fill,
    parameters: Sequence[Leaf],
) -> Own | None:
    arguments = [
        Held((tensor_of(n, shape),), AS_IT_IS, lead.arguments[n], lead.carrier) for n, shape in seen.shapes.items()
    ]
    inside = [Held((tensor_of(x.place.last, x.array.shape),), AS_IT_IS, x.place, x.carrier) for x in parameters]
    held = (*inside, *arguments)
    if len({one.tensors[0].name for one in held}) < len(held):
        return None
    start = Own(parts.name, construction, held, lead, (), Place(lead.role), (), (), fill, seen)
    values = start.values(0)
    environment = tried(lambda: start.environment(values, Resized()))
    output = _output(environment, lead, arguments) if environment is not None else None
    if environment is None or output is None or not np.isfinite(output.array).all():
        return None
    start = replace(start, output=output.place, shape=output.array.shape)
    best = _best(parts, start, environment)
    if best is not None and best.proved:
        return best
    # A loss for each sample stands for their mean or their sum, and nothing arrives from behind. It has a target, too.
    is_loss = (
        start.shape and len(arguments) > 1 and parts.first("backward", "gradient", "loss_and_gradients") is not None
    )
    reduced = (_best(parts, replace(start, reduction=name), environment) for name in REDUCTIONS if is_loss)
    found = [one for one in (best, *reduced) if one is not None]
    return max(found, key=lambda one: one.rank, default=None)


def _best(parts: Parts, start: Own, environment: Environment) -> Own | None:
    """The reading whose gradients are those by differences; or else the first of those with most that are."""
    values = start.values(0)
    if not any(tried(partial(made.run, values)) for made in _calls(parts, start, environment)):
        return None
    expected = tried(lambda: start.expected(values))
    if expected is None or not any(one.value.any() for one in expected.values()):
        return None  # what changes nothing, as the softmax of one number, shows nothing
    best: Own | None = None
    for made in _calls(parts, start, environment):
        found = tried(partial(_gradients, made, values, expected, made.calls[-1].role))
        if not found:
            continue
        made = replace(made, gradients=found)
        if made.proved:
            return made
        best = made if best is None or made.rank > best.rank else best
    return best


def _calls(parts: Parts, start: Own, environment: Environment) -> Iterator[Own]:
    """The ways to ask for the gradients, the likeliest first."""
    if start.lead.role == "loss_and_gradients":
        yield replace(start, calls=(start.lead,))
        return
    known = _known(parts, start, environment)
    for role in (role for role in GIVING if role in parts.roles and role not in ("train", "update")):
        for given in readings(parts.signature(role, environment), known):
            places = {name: one.place for name, one in given.items() if one.place is not None}
            constants = {name: one.constant for name, one in given.items() if one.place is None}
            if start.shape and not start.reduction and role not in SLOPES and Place(UPSTREAM) not in places.values():
                continue  # of what an array stands for nothing is known but what arrives from behind it
            sure = is_sure(given, known)
            yield replace(start, calls=(Call(role, parts.roles[role], places, constants),), sure=sure)


def _gradients(own: Own, values: Values, expected: Mapping[str, Differences], role: str) -> tuple[Found, ...]:
    """The arrays that are gradients by differences, and of the others those that only one array can be.

    What is called a target is data: it has a gradient only where that is exact.
    """
    environment = own.run(values)
    rate = rate_of(own.construction, own.calls)
    every = candidates(environment, environment[BEFORE], own.calls[-1].role, own.held, rate)
    behind = Place(UPSTREAM) in own.calls[-1].arguments.values()
    if role in SLOPES and own.shape and not behind:
        every = [_as_slope(c, values[UPSTREAM]) for c in every if c.leaf.array.shape == own.shape]
    asked = [one for one in own.held if one.tensors[0].name in expected]
    names = [one.tensors[0].name for one in asked]
    found = {name: _by_value(one, every, expected[name]) for name, one in zip(names, asked, strict=True)}
    for name, one in zip(names, asked, strict=True):
        if found[name] is None and not _is_target(one):
            taken = {known.held.place for known in found.values() if known is not None}
            options = by_shape(one.tensors, every, sizes_of(one.tensors), one, taken)
            if len(options) > 1:
                raise _which_array(own, one, options)
            found[name] = options[0] if options else None
    return tuple(known for known in found.values() if known is not None)


def _by_value(one: Held, every: Sequence[Candidate], expected: Differences) -> Found | None:
    known = [
        Found(held, candidate.rate, candidate.slope, constant, "exact" if constant == 1.0 else "up to a constant")
        for candidate, held in fitting_candidates(one.tensors, every, sizes_of(one.tensors))
        if (constant := _constant(candidate.leaf.array, held, expected)) is not None
    ]
    return next((found for found in known if found.constant == 1.0), known[0] if known else None)


def _is_target(one: Held) -> bool:
    return one.place.root != SELF and meanings(one.place.root, ARGUMENTS)[:1] == ["target"]


def _which_array(own: Own, one: Held, options: Sequence[Found]) -> Ambiguous:
    tensor = one.tensors[0]
    readings_ = [Reading(f"the gradient of {tensor} is {o.held.place}", str(o)) for o in options[:3]]
    return Ambiguous(own.name, f"{len(options)} arrays may be the gradient of {tensor}; which one?", readings_)


def _constant(array: Array, held: Held, expected: Differences) -> float | None:
    """How many times the gradient by differences an array is, 1 where it is that at most slightly off."""
    got = held.layout.read(array, [shape_of(held.tensors[0])])[0]
    if fits(row("", got, expected)):
        return 1.0
    constant = ratio(got, expected.value)
    return constant if constant is not None and fits(row("", got / constant, expected)) else None


def _as_slope(candidate: Candidate, upstream: Array) -> Candidate:
    return replace(candidate, slope=True, leaf=replace(candidate.leaf, array=candidate.leaf.array * upstream))


def _known(parts: Parts, own: Own, environment: Environment) -> Known:
    role = own.lead.role
    inputs = [one.place for one in own.held if one.place.root != SELF]
    places: dict[str, Sequence[Place]] = {"input": inputs, "target": inputs[1:], "prediction": [own.output]}
    if own.shape and not own.reduction:
        places[UPSTREAM] = [Place(UPSTREAM)]
    places["cache"] = cached(own.output, role, environment[role])
    code = parts.code(role)
    return Known(
        dict(own.lead.arguments),
        {name: found for name, found in places.items() if found},
        returned_names(code, role) if code is not None else {},
        {},
        own.lead.constants if role == "loss" else {},
    )


def _output(environment: Environment, lead: Call, arguments: Sequence[Held]) -> Leaf | None:
    """What the forward pass gives: an array, a list of arrays that are alike (one a time step), or what it keeps."""
    first = Place(lead.role, (Item(0),)) if isinstance(environment[lead.role], tuple) else Place(lead.role)
    steps = leaves(lead.role, value) if isinstance(value := get(environment, first), list) else []
    if len(steps) > 1 and len({leaf.array.shape for leaf in steps}) == 1:
        return Leaf(first, np.stack([leaf.array for leaf in steps]), steps[0].carrier)
    returned = [leaf for leaf in leaves(lead.role, environment[lead.role]) if leaf.array.dtype.kind == "f"]
    if lead.role == "loss_and_gradients":
        return next((leaf for leaf in returned if leaf.array.size == 1), None)
    if returned:
        return returned[0]
    given = [np.asarray(environment[one.place.root]) for one in arguments]
    held = leaves(SELF, environment.get(SELF))
    return next((x for x in held if "out" in x.place.last and not any(np.array_equal(x.array, g) for g in given)), None)
