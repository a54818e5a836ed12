"""What matches no equation of the catalogue is checked against finite differences of its own forward pass.

Random numbers are the same in each run, and each run has an object of its own, so that a mask that is drawn or a state
that is kept is part of the function that is differentiated. The differences are extrapolated (Richardson), in float64,
and each entry says itself how far it can be trusted: two step lengths that disagree, as at a kink, make it one that is
not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gdverify.auditing.verdicts import ParameterVerdict, SubjectReport
from gdverify.binding.ambiguity import Ambiguous, Reading, Unbound
from gdverify.binding.arguments import Known, cached, is_sure, readings, returned_names
from gdverify.binding.binding import BEFORE
from gdverify.binding.carriers import Array, precision_of
from gdverify.binding.constructing import BATCH, Construction
from gdverify.binding.evaluation import ratio
from gdverify.binding.extrapolation import Differences, differences, fits, row
from gdverify.binding.fills import FILLS, Fill, ordinary
from gdverify.binding.following import GIVING, SLOPES, UPSTREAM
from gdverify.binding.gradients import BY_NAME, Candidate, Found, by_shape, candidates, fitting_candidates, snapshot
from gdverify.binding.layouts import LAYOUTS
from gdverify.binding.leading import _constructions, leading_call
from gdverify.binding.lengths import axis_size, shape_of, sizes_of, tensor_of
from gdverify.binding.own_verdict import Pair, concluded, notes
from gdverify.binding.parts import Parts
from gdverify.binding.places import Environment, Item, Leaf, Place, get, leaves
from gdverify.binding.probing import Probe, probe
from gdverify.binding.randomness import fixed
from gdverify.binding.resizing import Resized, resizings
from gdverify.binding.running import SELF, Call, Held, play, tried
from gdverify.binding.vocabulary import words

LEADS = ("loss", "forward", "loss_and_gradients")
SAID = "no documented architecture: checked against its own forward pass"
AS_IT_IS = LAYOUTS[0]
MOST_SHAPES = 4
AVERAGES = {"running", "moving"}
Values = Mapping[str, Array]


@dataclass(frozen=True)
class Own:
    """A unit with its own forward pass as the reference.

    Attributes:
        name: in the report.
        construction: of its object.
        held: what goes in: parameters, and arguments.
        lead: the forward pass.
        calls: after it; the last one gives the gradients.
        output: where the forward pass leaves its result.
        gradients: where they are.
        fill: what its arguments may be.
        seen: of its forward pass.
        reduction: what an output that is a loss for each sample stands for; by default it is any output.
        sure: whether each argument of the backward pass is what its name says.
        resized: the sizes at which it is judged.
        covered: options and modes that are run, and what is not.
    """

    name: str
    construction: Construction | None
    held: tuple[Held, ...]
    lead: Call
    calls: tuple[Call, ...]
    output: Place
    shape: tuple[int, ...]
    gradients: tuple[Found, ...]
    fill: Fill
    seen: Probe
    reduction: str = ""
    sure: bool = True
    resized: tuple[Resized, ...] = (Resized(),)
    covered: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The binding, in one line."""
        made = [] if self.construction is None else [f"self = {self.construction}"]
        data = [] if self.fill == FILLS[0] else [f"data: {self.fill.name}"]
        loss = [f"loss = {self.output}.{self.reduction}()"] if self.reduction else []
        return "; ".join(
            [*made, *data, *dict.fromkeys(map(str, (self.lead, *self.calls))), *loss, *map(str, self.gradients)]
        )

    @property
    def complete(self) -> bool:
        """Whether each parameter of the object has a gradient, or where there is none, some argument."""
        given = {tensor.name for one in self.gradients for tensor in one.held.tensors}
        inside = {one.tensors[0].name for one in self.held if one.place.root == SELF}
        return inside <= given if inside else bool(given)

    @property
    def proved(self) -> bool:
        """Whether the gradients equalled the differences where it was bound."""
        return all(one.constant == 1.0 for one in self.gradients)

    @property
    def anchors(self) -> int:
        """How many gradients equalled the differences."""
        return sum(one.constant == 1.0 for one in self.gradients)

    @property
    def common(self) -> bool:
        """Whether every gradient is the one by differences times the same constant."""
        constants = [one.constant for one in self.gradients if one.constant is not None]
        every = len(constants) == len(self.gradients) and bool(constants)
        return every and max(constants) - min(constants) <= 1e-6 * abs(constants[0])

    @property
    def certain(self) -> bool:
        """Whether what differs may be called wrong: another gradient fits, or there is but one way to read it."""
        called = any(one.how == BY_NAME for one in self.gradients)
        stated = (called or len(self.gradients) == 1) and self.sure and self.meaningful
        return self.anchors > 0 or self.common or stated

    @property
    def meaningful(self) -> bool:
        """Whether slopes say all: of what mixes its inputs, as a softmax does, they are no more than a diagonal."""
        if not any(one.slope for one in self.gradients):
            return True
        values = self.values(0)
        (name,) = [one.held.tensors[0].name for one in self.gradients]
        moved = values[name].copy()
        moved.flat[0] += 2.0**-8
        before, after = self.output_of(values), self.output_of({**values, name: moved})
        return before.shape == moved.shape and np.array_equal(before.ravel()[1:], after.ravel()[1:])

    def values(self, seed: int, at: Resized | None = None) -> dict[str, Array]:
        """Values of everything that goes in, and of the gradient from behind."""
        at = at or self.resized[0]
        shapes = {one.tensors[0].name: at.shape_of(one.tensors[0]) for one in self.held}
        outside = {one.tensors[0].name for one in self.held if one.place.root != SELF}
        found = {
            name: self.fill.array(name, shape, seed * 100 + k) if name in outside else ordinary(shape, seed * 100 + k)
            for k, (name, shape) in enumerate(shapes.items())
        }
        shape = self.shape if at.output is None else at.output
        behind = REDUCTIONS[self.reduction](shape) if self.reduction else ordinary(shape, seed * 100 + 99)
        return {**found, UPSTREAM: behind}

    def environment(self, values: Values, at: Resized, calls: Sequence[Call] = ()) -> Environment:
        """After the forward pass, and further calls that draw on with the random numbers."""
        made = None if self.construction is None else self.construction.build(at.lengths)
        with precision_of(self.lead.carrier, values), fixed(made):
            environment = play(None if made is None else lambda: made, self.held, [self.lead], values)
            upstream = values[UPSTREAM]
            environment[UPSTREAM] = self.lead.carrier.make(upstream) if upstream.shape else upstream[()]
            environment[BEFORE] = snapshot(environment)
            for call in calls:
                call.make(environment)
        return environment

    def scalar(self, values: Values, at: Resized) -> float:
        """``Σ upstream · output``."""
        output = self.output_of(values, at)
        return float(np.sum(output * values[UPSTREAM])) if output.ndim else float(output)

    def output_of(self, values: Values, at: Resized | None = None) -> Array:
        """What the forward pass gives; lists per time step are one array."""
        environment = self.environment(values, at or self.resized[0])
        found = [leaf.array.astype(np.float64) for leaf in leaves("output", get(environment, self.output))]
        per_step = isinstance(get(environment, self.output), (list, tuple)) and len({one.shape for one in found}) == 1
        return np.stack(found) if per_step else found[0]

    def expected(self, values: Values, at: Resized | None = None) -> dict[str, Differences]:
        """The gradients by differences."""
        sizes = at or self.resized[0]
        scale = abs(self.scalar(values, sizes)) + 1.0

        def moved(name: str) -> Callable[[Array], float]:
            return lambda array: self.scalar({**values, name: array}, sizes)

        return {
            one.tensors[0].name: differences(moved(one.tensors[0].name), values[one.tensors[0].name], scale)
            for one in self.held
            if values[one.tensors[0].name].dtype.kind == "f"
        }

    def run(self, values: Values, at: Resized | None = None) -> Environment:
        """The environment after all calls."""
        return self.environment(values, at or self.resized[0], self.calls)

    def got(self, values: Values, at: Resized | None = None) -> dict[str, Array]:
        """The gradients of the unit."""
        sizes = at or self.resized[0]
        environment = self.run(values, sizes)
        found: dict[str, Any] = {}
        for one in self.gradients:
            found |= one.read(environment, environment[BEFORE], sizes.sizes_of(one.held.tensors), values[UPSTREAM])
        return {name: np.asarray(getattr(value, "value", value)) for name, value in found.items()}

    def recurs(self) -> bool:
        """Whether the last row of the output depends on the first row of an argument, as a state makes it."""
        values = self.values(0)
        data = [one.tensors[0] for one in self.held if one.place.root != SELF]
        passed = next((t.name for t in data if t.axes and axis_size(t.axes[0]) == BATCH), None)
        if passed is None:
            return False
        moved = {**values, passed: np.concatenate([values[passed][:1] + 0.5, values[passed][1:]])}
        before, after = (self.output_of(v)[-1] for v in (values, moved))
        return not np.array_equal(before, after)

    def resizable(self) -> Own:
        """The same, judged at all the sizes at which it runs."""
        return replace(self, resized=tuple(resizings(self)))

    def report(self, examples: int = 20, seed: int = 0, command: str = "") -> SubjectReport:
        """Judge the gradients at a number of points, at each of the sizes in turn."""
        rows: list[tuple[Resized, dict[str, ParameterVerdict]]] = []
        pairs: list[Pair] = []
        for k in range(max(examples, len(self.resized))):
            at = self.resized[k % len(self.resized)]
            values = self.values(seed * 1000 + k, at)
            expected, got = self.expected(values, at), self.got(values, at)
            rows.append((at, {name: row(name, value, expected[name]) for name, value in got.items()}))
            pairs += [Pair(name, value, expected[name], at) for name, value in got.items()]
        return concluded(self, SAID, rows, pairs, notes(self), (examples, seed, command))


REDUCTIONS: dict[str, Callable[[tuple[int, ...]], Array]] = {
    "mean": lambda shape: np.full(shape, 1 / np.prod(shape)),
    "sum": np.ones,
}


def bind_own(
    parts: Parts, depth: int, mode: Mapping[str, Any] | None = None, choice: Mapping[str, Any] | None = None
) -> Own:
    """Bind a unit to its own forward pass.

    Args:
        parts: of the unit.
        depth: of networks whose constructor takes a list of sizes.
        mode: constants that the forward pass is given, such as ``training=False``.
        choice: the options of the constructor, where they are settled.

    Raises:
        Unbound: its forward pass does not run on anything tried, or no call gives gradients.
        Ambiguous: several arrays may be a gradient.
    """
    roles = [role for role in LEADS if role in parts.roles]
    if not roles:
        raise Unbound(f"{parts.name}: no forward pass and no loss to check its gradients against.")
    made = [one for role in roles for one in _bound_by(parts, depth, _in_mode(leading_call(parts, role), mode), choice)]
    if not made:
        raise Unbound(
            f"{parts.name}: its forward pass ran on nothing that was tried or is constant, or no call gave gradients "
            "for it."
        )
    best = next((one for one in made if one.proved), None) or next((one for one in made if one.certain), made[0])
    if not best.certain:
        raise _which_reading(best)
    return best.resizable()


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
                if made.anchors:
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
    is_loss = start.shape and len(arguments) > 1
    reduced = (_best(parts, replace(start, reduction=name), environment) for name in REDUCTIONS if is_loss)
    return next((one for one in reduced if one is not None and one.proved), best)


def _best(parts: Parts, start: Own, environment: Environment) -> Own | None:
    """The reading whose gradients are those by differences; or else the first of those with most that are."""
    values = start.values(0)
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
        if best is None or (made.anchors, made.certain) > (best.anchors, best.certain):
            best = made
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
            sure = is_sure(given, known)
            yield replace(start, calls=(Call(role, parts.roles[role], places, constants),), sure=sure)


def _gradients(own: Own, values: Values, expected: Mapping[str, Differences], role: str) -> tuple[Found, ...]:
    environment = own.run(values)
    every = candidates(environment, environment[BEFORE], own.calls[-1].role, own.held, 1.0)
    behind = Place(UPSTREAM) in own.calls[-1].arguments.values()
    if role in SLOPES and own.shape and not behind:
        every = [_as_slope(c, values[UPSTREAM]) for c in every if c.leaf.array.shape == own.shape]
    found: list[Found] = []
    for one in own.held:
        tensors = one.tensors
        if tensors[0].name not in expected:
            continue
        known = [
            Found(held, candidate.rate, candidate.slope, constant, "exact" if constant == 1.0 else "up to a constant")
            for candidate, held in fitting_candidates(tensors, every, sizes_of(tensors))
            if (constant := _constant(candidate.leaf.array, held, expected[tensors[0].name])) is not None
        ]
        options = [one for one in known if one.constant == 1.0][:1] or known[:1]
        options = options or by_shape(tensors, every, sizes_of(tensors), one, {f.held.place for f in found})
        if len(options) > 1:
            readings_ = [Reading(f"the gradient of {tensors[0]} is {o.held.place}", str(o)) for o in options[:3]]
            raise Ambiguous(
                own.name, f"{len(options)} arrays may be the gradient of {tensors[0]}; which one?", readings_
            )
        found += options
    return tuple(found)


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
