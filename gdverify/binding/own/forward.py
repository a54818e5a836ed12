"""What matches no equation of the catalogue is checked against its own forward pass: by finite differences.

Random numbers are the same in each run, and each run has an object of its own, so that a mask that is drawn or a state
that is kept is part of the function that is differentiated. The differences are extrapolated (Richardson), in float64,
and each entry says itself how far it can be trusted: two step lengths that disagree, as at a kink, make it one that is
not judged. A second witness is the derivative of the forward pass on symbols (`gdverify.binding.own.witness`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gdverify.auditing.behaviours.report import concluding
from gdverify.auditing.ladder.rungs import AUTO, Wanted
from gdverify.auditing.verdicts import PROVED, WRONG, Diagnosis, ParameterVerdict, SubjectReport
from gdverify.binding.binding import BEFORE
from gdverify.binding.calling.carriers import Array, precision_of
from gdverify.binding.calling.constructing import BATCH, Construction
from gdverify.binding.calling.memory import alike
from gdverify.binding.calling.places import Environment, Place, get, leaves
from gdverify.binding.calling.randomness import fixed
from gdverify.binding.calling.running import SELF, Call, Held
from gdverify.binding.gradients.following import UPSTREAM
from gdverify.binding.gradients.gradients import BY_NAME, Found, snapshot
from gdverify.binding.own.conduct import conduct
from gdverify.binding.own.extrapolation import Differences, differences, row
from gdverify.binding.own.lengths import axis_size
from gdverify.binding.own.resizing import EXCHANGES, Resized, resizings
from gdverify.binding.own.twice import called_twice
from gdverify.binding.own.verdict import Pair, concluded, notes
from gdverify.binding.own.witness import witnessed
from gdverify.binding.recognising.fills import FILLS, Fill, ordinary
from gdverify.binding.recognising.probing import Probe

SAID = "no documented architecture: checked against its own forward pass"
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
        exchanges: the lengths that are exchanged for others, by what the sizes are called then.
        remarks: what a reader should know beside the verdict.
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
    exchanges: Mapping[str, Mapping[int, int]] = field(default_factory=lambda: EXCHANGES)
    remarks: tuple[str, ...] = ()

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
    def exact(self) -> bool:
        """Whether the gradients that there are equalled the differences where it was bound."""
        return all(one.constant == 1.0 for one in self.gradients)

    @property
    def proved(self) -> bool:
        """Whether they did, and nothing was guessed: each argument is what its name says, or all have a gradient."""
        data = [one for one in self.held if one.place.root != SELF]
        return self.exact and (self.sure or len(self.gradients) == len(self.held) or len(data) == 1)

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
        called = any(one.how == BY_NAME for one in self.gradients) or len(self.gradients) == 1
        return self.sure and (self.anchors > 0 or self.common or (called and self.meaningful))

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """The better the higher: all gradients equal, what differs is wrong, how many equal."""
        return self.proved, self.certain, self.anchors

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
        environment: dict[str, Any] = {} if made is None else {SELF: made}
        # What draws no random numbers on its way forward has none to be fixed: differences call it thousands of times.
        drawn = fixed(made) if calls or self.seen.random else nullcontext()
        with precision_of(self.lead.carrier, values), drawn:
            for one in self.held:
                one.store(environment, values)
            self._call(environment, values, calls)
        return environment

    def run_again(self, environment: Environment, values: Values) -> None:
        """Make all calls once more on the same object, with other values."""
        with precision_of(self.lead.carrier, values), fixed(environment.get(SELF)):
            for one in self.held:
                one.renew(environment, values)
            self._call(environment, values, self.calls)

    def _call(self, environment: Environment, values: Values, calls: Sequence[Call]) -> None:
        self.lead.make(environment)
        upstream = values[UPSTREAM]
        behind = self.lead.carrier.make(upstream) if upstream.shape else upstream[()]
        environment[UPSTREAM] = alike(behind, [upstream])
        environment[BEFORE] = snapshot(environment)
        for call in calls:
            call.make(environment)

    def scalar(self, values: Values, at: Resized) -> float:
        """``Σ upstream · output``."""
        output = self.output_of(values, at)
        return float(np.sum(output * values[UPSTREAM])) if output.ndim else float(output)

    def output_of(self, values: Values, at: Resized | None = None) -> Array:
        """What the forward pass gives; lists per time step are one array."""
        return self.output_in(self.environment(values, at or self.resized[0]))

    def output_in(self, environment: Environment) -> Array:
        """What the forward pass has given."""
        found = [leaf.array.astype(np.float64) for leaf in leaves("output", get(environment, self.output))]
        per_step = isinstance(get(environment, self.output), (list, tuple)) and len({one.shape for one in found}) == 1
        return np.stack(found) if per_step else found[0]

    def roundoff(self, values: Values, at: Resized) -> float:
        """Of the dtype in which the forward pass gives its result."""
        environment = self.environment(values, at)
        found = [leaf.array.dtype for leaf in leaves("output", get(environment, self.output))]
        return max(float(np.finfo(dtype).eps) for dtype in found if dtype.kind == "f")

    def expected(self, values: Values, at: Resized | None = None) -> dict[str, Differences]:
        """The gradients by differences."""
        sizes = at or self.resized[0]
        scale = abs(self.scalar(values, sizes)) + 1.0
        roundoff = self.roundoff(values, sizes)

        def moved(name: str) -> Callable[[Array], float]:
            return lambda array: self.scalar({**values, name: array}, sizes)

        return {
            one.tensors[0].name: differences(moved(one.tensors[0].name), values[one.tensors[0].name], scale, roundoff)
            for one in self.held
            if values[one.tensors[0].name].dtype.kind == "f"
        }

    def run(self, values: Values, at: Resized | None = None) -> Environment:
        """The environment after all calls."""
        return self.environment(values, at or self.resized[0], self.calls)

    def got(self, values: Values, at: Resized | None = None) -> dict[str, Array]:
        """The gradients of the unit."""
        sizes = at or self.resized[0]
        return self.gradients_in(self.run(values, sizes), values, sizes)

    def gradients_in(self, environment: Environment, values: Values, sizes: Resized) -> dict[str, Array]:
        """The gradients after all calls."""
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

    def points(self, examples: int, seed: int) -> Iterator[tuple[Values, Resized]]:
        """Values at which the gradients are judged, at each of the sizes in turn."""
        for k in range(max(examples, len(self.resized))):
            at = self.resized[k % len(self.resized)]
            yield self.values(seed * 1000 + k, at), at

    def is_wrong_at(self, values: Values, at: Resized) -> bool:
        """Whether a gradient is wrong at a point."""
        # First the gradients: differences take many calls, and what those leave behind may make the gradients wrong.
        got, expected = self.got(values, at), self.expected(values, at)
        return any(row(name, value, expected[name]).verdict == WRONG for name, value in got.items())

    def report(self, examples: int = 20, seed: int = 0, command: str = "", evidence: str = AUTO) -> SubjectReport:
        """Judge the gradients at a number of points, at each of the sizes in turn.

        Args:
            examples, seed: how many points, and which.
            command: that replays it, for the report.
            evidence: ``tested`` by differences alone, or also derived from the code itself, as in
                `gdverify.auditing.audit.audit`.
        """
        rows: list[tuple[Resized, dict[str, ParameterVerdict]]] = []
        pairs: list[Pair] = []
        wrong: dict[str, tuple[Values, Resized]] = {}
        for values, at in self.points(examples, seed):
            got, expected = self.got(values, at), self.expected(values, at)
            rows.append((at, {name: row(name, value, expected[name]) for name, value in got.items()}))
            pairs += [Pair(name, value, expected[name], at) for name, value in got.items()]
            wrong |= {name: (values, at) for name, one in rows[-1][1].items() if one.verdict == WRONG}
        twice = called_twice(self, seed)
        said = [*notes(self), *(Diagnosis("remark", remark) for remark in (*self.remarks, *twice.remarks))]
        report = concluded(self, SAID, rows, pairs, said, (examples, seed, command))
        if PROVED in Wanted(evidence).rungs:
            report = witnessed(report, self, seed, wrong)
        return concluding(report, [*conduct(self, seed), *twice.findings])


REDUCTIONS: dict[str, Callable[[tuple[int, ...]], Array]] = {
    "mean": lambda shape: np.full(shape, 1 / np.prod(shape)),
    "sum": np.ones,
}
