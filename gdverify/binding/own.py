"""What matches no equation of the catalogue is checked against finite differences of its own forward pass.

The differences are extrapolated (Richardson), in float64, and each entry says itself how far it can be trusted: two
step lengths that disagree, as at a kink, make it one that is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gdverify.auditing.verdicts import CORRECT, UNDECIDED, WRONG, Diagnosis, ParameterVerdict, SubjectReport
from gdverify.binding.ambiguity import Ambiguous, Reading, Unbound
from gdverify.binding.arguments import Known, cached, is_sure, readings, returned_names
from gdverify.binding.binding import BEFORE
from gdverify.binding.carriers import Array
from gdverify.binding.constructing import Construction
from gdverify.binding.extrapolation import Differences, differences, fits, is_slight, row, worse
from gdverify.binding.fills import FILLS, Fill, ordinary
from gdverify.binding.following import GIVING, SLOPES, UPSTREAM
from gdverify.binding.gradients import Candidate, Found, by_shape, candidates, fitting_candidates, snapshot
from gdverify.binding.layouts import LAYOUTS
from gdverify.binding.leading import _constructions, leading_call
from gdverify.binding.lengths import axis_size, shape_of, sizes_of, tensor_of
from gdverify.binding.parts import Parts
from gdverify.binding.places import Environment, Leaf, Place, get, leaves
from gdverify.binding.probing import Probe, probe
from gdverify.binding.running import SELF, Call, Held, play, tried

SLIGHTLY = (
    "{} differs from its own forward pass by at most {:.1g} of its size, as an ε that is added for safety or a rounded "
    "constant does: too little to be called wrong"
)
LEADS = ("loss", "forward", "loss_and_gradients")
SAID = "no documented architecture: checked against its own forward pass"
AS_IT_IS = LAYOUTS[0]
MOST_SHAPES = 4
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
        reduction: what an output that is a loss for each sample stands for; by default it is any output.
        sure: whether each argument of the backward pass is what its name says.
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
    reduction: str = ""
    sure: bool = True

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
    def certain(self) -> bool:
        """Whether what differs may be called wrong: another gradient fits, or there is but one way to read it."""
        return self.proved or self.anchors > 0 or (len(self.gradients) == 1 and self.sure and self.meaningful)

    @property
    def meaningful(self) -> bool:
        """Whether slopes say all: of what mixes its inputs, as a softmax does, they are no more than a diagonal."""
        if not any(one.slope for one in self.gradients):
            return True
        values = self.values(0)
        (name,) = [one.held.tensors[0].name for one in self.gradients]
        moved = values[name].copy()
        moved.flat[0] += 2.0**-8
        before, after = self._output(values), self._output({**values, name: moved})
        return before.shape == moved.shape and np.array_equal(before.ravel()[1:], after.ravel()[1:])

    def _output(self, values: Values) -> Array:
        environment = play(self.construction.build if self.construction else None, self.held, [self.lead], values)
        return np.asarray(get(environment, self.output), dtype=np.float64)

    def values(self, seed: int) -> dict[str, Array]:
        """Values of everything that goes in, and of the gradient from behind."""
        shapes = {one.tensors[0].name: tuple(axis_size(axis) for axis in one.tensors[0].axes) for one in self.held}
        outside = {one.tensors[0].name for one in self.held if one.place.root != SELF}
        found = {
            name: self.fill.array(name, shape, seed * 100 + k) if name in outside else ordinary(shape, seed * 100 + k)
            for k, (name, shape) in enumerate(shapes.items())
        }
        behind = REDUCTIONS[self.reduction](self.shape) if self.reduction else ordinary(self.shape, seed * 100 + 99)
        return {**found, UPSTREAM: behind}

    def scalar(self, values: Values) -> float:
        """``Σ upstream · output``."""
        output = self._output(values)
        return float(np.sum(output * values[UPSTREAM])) if output.ndim else float(output)

    def expected(self, values: Values) -> dict[str, Differences]:
        """The gradients by differences."""
        scale = abs(self.scalar(values)) + 1.0

        def moved(name: str) -> Callable[[Array], float]:
            return lambda array: self.scalar({**values, name: array})

        return {
            one.tensors[0].name: differences(moved(one.tensors[0].name), values[one.tensors[0].name], scale)
            for one in self.held
            if values[one.tensors[0].name].dtype.kind == "f"
        }

    def run(self, values: Values) -> Environment:
        """The environment after all calls."""
        make = self.construction.build if self.construction else None
        environment = play(make, self.held, [self.lead], values)
        environment[UPSTREAM] = values[UPSTREAM].copy() if self.shape else values[UPSTREAM][()]
        for call in self.calls[:-1]:
            call.make(environment)
        environment[BEFORE] = snapshot(environment)
        self.calls[-1].make(environment)
        return environment

    def got(self, values: Values) -> dict[str, Array]:
        """The gradients of the unit."""
        environment = self.run(values)
        found: dict[str, Any] = {}
        for one in self.gradients:
            found |= one.read(environment, environment[BEFORE], sizes_of(one.held.tensors), values[UPSTREAM])
        return {name: np.asarray(getattr(value, "value", value)) for name, value in found.items()}

    def report(self, examples: int = 20, seed: int = 0, command: str = "") -> SubjectReport:
        """Judge the gradients at a number of points; all at the shapes at which the unit was bound."""
        worst: dict[str, ParameterVerdict] = {}
        for k in range(examples):
            values = self.values(seed * 1000 + k)
            expected, got = self.expected(values), self.got(values)
            for name, value in got.items():
                worst[name] = worse(worst.get(name), row(name, value, expected[name]))
        rows = tuple(worst.values())
        verdict = next((v for v in (WRONG, UNDECIDED) if any(row.verdict == v for row in rows)), CORRECT)
        slight = [row for row in rows if is_slight(row)]
        sizes = {row.name: abs(row.expected) + abs(row.got) for row in slight}
        said = [Diagnosis("own forward pass", SAID)]
        said += [Diagnosis("slight", SLIGHTLY.format(r.name, 2 * r.largest_error / sizes[r.name])) for r in slight]
        return SubjectReport(self.name, SAID, verdict, "differences", examples, seed, command, rows, tuple(said))


REDUCTIONS: dict[str, Callable[[tuple[int, ...]], Array]] = {
    "mean": lambda shape: np.full(shape, 1 / np.prod(shape)),
    "sum": np.ones,
}


def bind_own(parts: Parts, depth: int) -> Own:
    """Bind a unit to its own forward pass.

    Raises:
        Unbound: its forward pass does not run on anything tried, or no call gives gradients.
        Ambiguous: several arrays may be a gradient.
    """
    roles = [role for role in LEADS if role in parts.roles]
    if not roles:
        raise Unbound(f"{parts.name}: no forward pass and no loss to check its gradients against.")
    made = [one for role in roles for one in _bound_by(parts, depth, leading_call(parts, role))]
    if not made:
        raise Unbound(
            f"{parts.name}: its forward pass ran on nothing that was tried, or no call gave gradients for it."
        )
    best = next((one for one in made if one.proved), None) or next((one for one in made if one.certain), made[0])
    if not best.certain:
        raise _which_reading(best)
    return best


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


def _bound_by(parts: Parts, depth: int, lead: Call) -> list[Own]:
    """The bindings by one leading call, up to the first that is proved."""
    found: list[Own] = []
    for construction in _constructions(parts, depth, None):
        for fill in FILLS if len(lead.arguments) > 1 else FILLS[:1]:
            probes = [one for one in probe(construction, lead, fill) if not one.random and fill.takes(one.shapes)]
            # The first shapes at which every parameter has a gradient decide: at others, such as a single sample, an
            # error may not show. But code for one sample may run on several and mean nothing by it.
            for seen in probes[:MOST_SHAPES]:
                made = _bound(parts, construction, lead, seen, fill)
                if made is None or not made.complete:
                    continue
                found.append(made)
                if made.proved:
                    return found
                if made.anchors:
                    break
    return found


def _bound(parts: Parts, construction: Construction | None, lead: Call, seen: Probe, fill: Fill) -> Own | None:
    arguments = [Held((tensor_of(n, shape),), AS_IT_IS, lead.arguments[n]) for n, shape in seen.shapes.items()]
    inside = [Held((tensor_of(x.place.last, x.array.shape),), AS_IT_IS, x.place, x.carrier) for x in seen.parameters]
    held = (*inside, *arguments)
    if len({one.tensors[0].name for one in held}) < len(held):
        return None
    start = Own(parts.name, construction, held, lead, (), Place(lead.role), (), (), fill)
    values = start.values(0)
    environment = tried(lambda: play(construction.build if construction else None, held, [lead], values))
    output = _output(environment, lead, arguments) if environment is not None else None
    if environment is None or output is None or not np.isfinite(output.array).all():
        return None
    start = replace(start, output=output.place, shape=output.array.shape)
    best = _best(parts, start, environment)
    if best is not None and best.proved:
        return best
    # A loss for each sample stands for their mean or their sum, and nothing arrives from behind.
    reduced = (_best(parts, replace(start, reduction=name), environment) for name in REDUCTIONS if start.shape)
    return next((one for one in reduced if one is not None and one.proved), best)


def _best(parts: Parts, start: Own, environment: Environment) -> Own | None:
    """The reading whose gradients are those by differences; or else the first whose gradients can be told apart."""
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
        equal = [
            Found(held, candidate.rate, candidate.slope, 1.0, "exact")
            for candidate, held in fitting_candidates(tensors, every, sizes_of(tensors))
            if fits(
                row("", held.layout.read(candidate.leaf.array, [shape_of(tensors[0])])[0], expected[tensors[0].name])
            )
        ]
        options = equal[:1] or by_shape(tensors, every, sizes_of(tensors), one, {f.held.place for f in found})
        if len(options) > 1:
            readings_ = [Reading(f"the gradient of {tensors[0]} is {o.held.place}", str(o)) for o in options[:3]]
            raise Ambiguous(
                own.name, f"{len(options)} arrays may be the gradient of {tensors[0]}; which one?", readings_
            )
        found += options
    return tuple(found)


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
    returned = [leaf for leaf in leaves(lead.role, environment[lead.role]) if leaf.array.dtype.kind == "f"]
    if lead.role == "loss_and_gradients":
        return next((leaf for leaf in returned if leaf.array.size == 1), None)
    if returned:
        return returned[0]
    given = [np.asarray(environment[one.place.root]) for one in arguments]
    held = leaves(SELF, environment.get(SELF))
    return next((x for x in held if "out" in x.place.last and not any(np.array_equal(x.array, g) for g in given)), None)
