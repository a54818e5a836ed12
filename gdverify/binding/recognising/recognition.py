"""Recognise a forward pass by running it: its output against everything that the catalogue can compute.

Shapes narrow down which array may hold which tensor; that the outputs are equal decides.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np

from gdverify.binding.calling.carriers import Array, Carrier
from gdverify.binding.calling.constructing import BATCH, HIDDEN, INPUTS, OUTPUTS, RATE, Construction
from gdverify.binding.calling.places import Environment, Leaf, Place, get, leaves
from gdverify.binding.calling.running import SELF, Call, Held, play, tried
from gdverify.binding.equations.evaluation import SEED, near, point
from gdverify.binding.equations.goals import BY_GRADIENTS, EQUAL, GOALS, LOSS, PREDICTION, numbers, readings, wanted
from gdverify.binding.equations.skeletons import Member, Skeleton, skeletons
from gdverify.binding.gradients.gradients import changes
from gdverify.binding.recognising.assignment import Sizes, assignments
from gdverify.binding.recognising.layouts import BATCH as BATCHES
from gdverify.binding.recognising.layouts import SINGLE, Layout, fitting
from gdverify.binding.recognising.names import ARGUMENTS, meanings, plain
from gdverify.binding.recognising.ordering import likeliest
from gdverify.binding.recognising.probing import Probe
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor

MOST_TRIALS = 4000
MOST_OF_ONE = 250  # for one operation or architecture
MOST_ASSIGNMENTS = 48
MOST_LAYOUTS = 400  # for one order of the arguments
MOST_MEMBERS = 16  # of a family, where each has to be derived under every loss
MOST_PERMUTED = 5  # more arguments go by their names
ROLES = {"input": "input", "target": "target", "parameter": "parameters"}


@dataclass(frozen=True)
class Match:
    """A forward pass that was recognised.

    Attributes:
        skeleton: what it computes, but for the activations.
        member: the activations.
        held: where each tensor that it reads is.
        result: where its output is.
        sizes: of every axis, at the point where it was recognised.
        fixed: axes that must have this size, because a layout has no room for more.
        call: of the forward pass.
        goal: whether the result is the prediction or the loss.
        construction: of the object.
        dtype: of the object's arrays; a layer in single precision is recognised in single precision.
    """

    skeleton: Skeleton
    member: Member
    held: tuple[Held, ...]
    result: Held
    sizes: Mapping[str, int]
    fixed: Mapping[str, int]
    call: Call
    goal: str
    construction: Construction | None
    dtype: str

    @property
    def derivation(self) -> Derivation:
        """Of the member."""
        return self.member.derivation

    @property
    def narrow(self) -> bool:
        """Whether the arrays have an axis that no equation fills: it is 1 long, and may hide that the code is wrong."""
        single = not any(name in self.sizes for name in BATCHES)
        vectors = [one for one in self.held if len(one.tensors[0].axes) == 1 and one.tensors[0].role != "parameter"]
        data = [one for one in vectors if single or one.tensors[0].axes[0].name in BATCHES]
        return bool(self.fixed) or any(len(one.layout.dimensions(one.tensors[0].axes) or ()) > 1 for one in data)

    def with_single(self, tensor: Tensor) -> Match | None:
        """The same with a number where a vector was passed, so that there is one of its axis; None where none was."""
        numbers = [layout for layout in SINGLE if layout.alone == (0,) and layout.dimensions(tensor.axes) == ()]
        given = [one for one in self.held if one.place.root != SELF and [t.name for t in one.tensors] == [tensor.name]]
        if not given or len(tensor.axes) != 1 or not numbers:
            return None
        held = tuple(replace(one, layout=numbers[0]) if one in given else one for one in self.held)
        one = {tensor.axes[0].name: 1}
        return replace(self, held=held, sizes={**self.sizes, **one}, fixed={**self.fixed, **one})


@dataclass
class Budget:
    """How many runs are left; counted, so that the same code is always tried as far."""

    left: int = MOST_TRIALS
    spent: int = 0

    def spend(self) -> bool:
        """Count one run; False where none is left."""
        if not self.left:
            return False
        self.left -= 1
        self.spent += 1
        return True


def recognise(
    construction: Construction | None,
    call: Call,
    probes: Sequence[Probe],
    budget: Budget,
    goal: str = PREDICTION,
    among: Sequence[Skeleton] | None = None,
) -> Iterator[Match]:
    """What a forward pass computes; the first match is the one to take.

    Args:
        construction: of the object; None for a function.
        call: of the forward pass, each argument a root of the environment.
        probes: of the object's parameters; empty for a function.
        budget: of runs.
        goal: whether the call is taken to give the prediction or the loss.
        among: what it is compared with, by default everything that there is.
    """
    parameters = probes[0].parameters if probes else ()
    shapes = [probe.shapes for probe in probes]
    dtype = "float32" if any(leaf.array.dtype == np.float32 for leaf in parameters) else "float64"
    distinct = construction is None or len(construction.primes) > 1
    # Layouts that have room for one sample or one output only come last: they would hide an axis.
    # A gradient is recognised by its shape as well, so it must not be of one entry.
    alones = (False, True) if goal in (PREDICTION, LOSS) else (False,)
    runs = Runs(construction, call, budget)
    for alone, held_leaves in itertools.product(alones, _leaf_sets(parameters)):
        least = len(call.arguments) + len(held_leaves)
        possible = [s for s in skeletons() if s.fits(least, least + len(held_leaves))] if among is None else among
        for skeleton in _by_name(possible, call, goal):
            trial = Trial(runs, skeleton, goal, dtype)
            for every, sizes, fixed in itertools.islice(
                _ways(trial, held_leaves, shapes, alone, distinct), MOST_OF_ONE
            ):
                if not budget.left:
                    return
                yield from trial.run(every, sizes, fixed)


def _ways(
    trial: Trial,
    leaves_: Sequence[Leaf],
    shapes: Sequence[Mapping[str, tuple[int, ...]]],
    alone: bool,
    distinct: bool,
) -> Iterator[tuple[tuple[Held, ...], Sizes, Sizes]]:
    """The ways to hold a skeleton's tensors, with the sizes of the axes and those that a layout fixes.

    Args:
        trial: the call and the skeleton.
        leaves_: the parameters of the object.
        shapes: of the arguments, for which the call runs.
        alone: whether some layout has room for one of an axis only; without it none has.
        distinct: whether different axes have different lengths.
    """
    for tensors in _tensor_sets(trial.skeleton, trial.goal):
        held_ways = assignments(tensors, leaves_, len(trial.call.arguments), distinct)
        for held, sizes in itertools.islice(held_ways, MOST_ASSIGNMENTS):
            rest = [t for t in tensors if not any(t in one.tensors for one in held)]
            for every, fixed in _complete(trial, held, rest, sizes, shapes, alone):
                if bool(fixed) == alone:
                    yield every, {**sizes, **fixed}, fixed


def _by_name(among: Sequence[Skeleton], call: Call, goal: str) -> list[Skeleton]:
    """First what has tensors called as the arguments are; the order of the catalogue breaks ties."""

    def fit(skeleton: Skeleton) -> int:
        tensors = next(_tensor_sets(skeleton, goal), [])
        return sum(max((named(name, tensor) for tensor in tensors), default=0) for name in call.arguments)

    return sorted(among, key=fit, reverse=True)


def _leaf_sets(parameters: Sequence[Leaf]) -> list[list[Leaf]]:
    """Arrays, and then plain numbers too: they are constants more often than parameters."""
    arrays = [leaf for leaf in parameters if leaf.array.ndim or leaf.carrier.name != "number"]
    return [arrays, [*parameters]] if len(arrays) < len(parameters) else [arrays]


def _tensor_sets(skeleton: Skeleton, goal: str) -> Iterator[list[Tensor]]:
    """What the goal is computed from; the loss of an architecture from its target too."""
    if goal == PREDICTION:
        yield skeleton.tensors
    elif skeleton.targets:
        yield [*skeleton.tensors, *skeleton.targets]
    elif not skeleton.derivation.result.axes:
        yield skeleton.tensors


def sizes_for(derivation: Derivation, known: Mapping[str, int]) -> Sizes:
    """A size for each axis: what is known, and primes of their own for the others."""
    hidden = iter(HIDDEN)
    usual = {"inputs": INPUTS, "features": INPUTS, "outputs": OUTPUTS, "batch": BATCH, "points": BATCH}
    taken = set(known.values())
    found: Sizes = {}
    for axis in derivation.composition.axes:
        size = known.get(axis.name) or usual.get(axis.name) or next(hidden)
        while axis.name not in known and size in taken:
            size = next(hidden)
        found[axis.name] = size
        taken.add(size)
    return derivation.roomy(found)


def _complete(
    trial: Trial,
    held: tuple[Held, ...],
    rest: Sequence[Tensor],
    known: Sizes,
    shapes: Sequence[Mapping[str, tuple[int, ...]]],
    alone: bool,
) -> Iterator[tuple[tuple[Held, ...], Sizes]]:
    """What leaves hold, and the rest as arguments in every order and layout; with the sizes that these fix."""
    for given in _given(trial.call, rest):
        for layouts in itertools.islice(_layouts(given, known, shapes, alone), MOST_LAYOUTS):
            passed = tuple(
                Held((tensor,), layout, trial.call.arguments[name], trial.call.carrier)
                for (name, tensor), layout in zip(given, layouts, strict=True)
            )
            every = (*held, *passed)
            fixed = {name: size for one in every for name, size in one.layout.fixed(one.tensors).items()}
            if all(known.get(name, size) == size for name, size in fixed.items()):
                yield every, fixed


def _given(call: Call, rest: Sequence[Tensor]) -> list[list[tuple[str, Tensor]]]:
    """Arguments with tensors in every order, those that fit by name first, then those in the order of the equation."""
    arguments = list(call.arguments)
    if len(rest) > MOST_PERMUTED:
        return [_by_names(arguments, rest), list(zip(arguments, rest, strict=True))]
    orders = [list(zip(arguments, order, strict=True)) for order in itertools.permutations(rest)]
    return sorted(orders, key=lambda pairs: -sum(named(name, tensor) for name, tensor in pairs))


def _by_names(arguments: Sequence[str], rest: Sequence[Tensor]) -> list[tuple[str, Tensor]]:
    """Each argument with the tensor that its name fits best, of those that are left."""
    free, pairs = [*rest], []
    for name in sorted(arguments, key=lambda name: -max(named(name, tensor) for tensor in rest)):
        chosen = max(free, key=lambda tensor: named(name, tensor))
        free.remove(chosen)
        pairs.append((name, chosen))
    return sorted(pairs, key=lambda pair: arguments.index(pair[0]))


@lru_cache(maxsize=4096)  # the same arguments are held against the tensors of the whole catalogue, in every order
def named(argument: str, tensor: Tensor) -> int:
    """How well an argument's name fits a tensor: 3 for the same name, 2 but for a number, 1 for the same meaning."""
    if plain(argument) == plain(tensor.name):
        return 3
    if plain(argument) == plain(tensor.name).rstrip("0123456789"):
        return 2
    return int(ROLES.get(tensor.role, tensor.role) in meanings(argument, ARGUMENTS))


def _layouts(
    given: Sequence[tuple[str, Tensor]],
    known: Sizes,
    shapes: Sequence[Mapping[str, tuple[int, ...]]],
    alone: bool,
) -> Iterator[tuple[Layout, ...]]:
    """A layout for each argument; where the shapes that run are known, only those that have them."""
    rows = SINGLE if alone else [layout for layout in SINGLE if not layout.alone]
    every = [[layout for layout in rows if layout.dimensions(tensor.axes) is not None] for _, tensor in given]
    if not shapes:
        yield from likeliest(every)
        return
    seen: set[tuple[str, ...]] = set()
    for one in shapes:
        fits = [fitting(tensor, one[name], known) if name in one else [] for name, tensor in given]
        for chosen in itertools.product(*fits):
            key = tuple(layout.name for layout in chosen)
            if key not in seen:
                seen.add(key)
                yield chosen


class Runs:
    """A call on the values that it is tried on; on the same ones it runs once, whatever they are taken to stand for."""

    def __init__(self, construction: Construction | None, call: Call, budget: Budget) -> None:
        self.construction = construction
        self.call = call
        self._budget = budget
        self._known: dict[tuple[tuple[object, ...], ...], Environment | None] = {}

    def environment(self, held: Sequence[Held], values: Mapping[str, Array]) -> Environment | None:
        """The environment after a run; None where it fails, and where no run is left."""
        key = tuple(one.stored(values) for one in held)
        if key not in self._known:
            if not self._budget.spend():
                return None
            self._known[key] = attempt(self.construction, held, [self.call], values)
        return self._known[key]


@dataclass(frozen=True)
class Trial:
    """A call that may compute a skeleton's prediction or loss."""

    runs: Runs
    skeleton: Skeleton
    goal: str
    dtype: str

    @property
    def call(self) -> Call:
        """The call."""
        return self.runs.call

    def run(self, held: tuple[Held, ...], known: Sizes, fixed: Sizes) -> Iterator[Match]:
        """The matches with the tensors held as they are."""
        derivation = self.skeleton.derivation
        sizes = sizes_for(derivation, known)
        if not derivation.has_room(sizes):
            return
        values = point(derivation, sizes, self.dtype)
        environment = self.runs.environment(held, values)
        if environment is None:
            return
        stepped = self.goal in BY_GRADIENTS and self.call.role == "train"
        taken = {one.place for one in held}
        shows = steps(environment, self.call, held, values) if stepped else self._seen(environment)
        found = [x for x in shows if np.isfinite(x.array).all() and (stepped or x.place not in taken)]
        shown = derivation.prediction
        if self.goal == PREDICTION and shown.axes and not any(fitting(shown, x.array.shape, sizes) for x in found):
            return
        near_number = numbers(found, sizes)
        members = self.skeleton.members() if found else iter(())
        equal, read = EQUAL.get(self.goal, near), cache(partial(readings, found=found, sizes=sizes))
        for member in itertools.islice(members, MOST_MEMBERS if self.goal in BY_GRADIENTS else None):
            for chosen, tensor, expected in wanted(self.goal, member, derivation, sizes, self.dtype):
                if not expected.ndim and not near_number(float(expected)):
                    continue
                for leaf, layout, got in read(tensor, expected.shape):
                    if equal(got, expected):
                        yield Match(
                            self.skeleton,
                            chosen,
                            held,
                            Held((tensor,), layout, leaf.place, leaf.carrier),
                            sizes,
                            fixed,
                            self.call,
                            self.goal,
                            self.runs.construction,
                            self.dtype,
                        )

    def _seen(self, environment: Environment) -> list[Leaf]:
        """What the call returned; where that is nothing, what the object holds, but for what was given or made so."""
        returned = leaves(self.call.role, environment[self.call.role])
        if returned or self.runs.construction is None:
            return returned
        places = self.call.arguments.values()
        known = [leaf.array for place in places for leaf in leaves("", environment[place.root])]
        known += [leaf.array for leaf in tried(partial(_made, self.runs.construction)) or []]
        held = leaves(SELF, environment.get(SELF))
        return [leaf for leaf in held if not any(np.array_equal(leaf.array, array) for array in known)]


def _made(construction: Construction) -> list[Leaf]:
    """What an object holds before anything is called."""
    return leaves(SELF, construction.build())


def reproduced(match: Match) -> bool:
    """Whether the forward pass is the same at another point too: a mask that is drawn may be that of a ReLU once."""
    if match.goal not in (PREDICTION, LOSS):
        return True
    # What is kept from one call to the next is kept from the first point, and wrong at the second.
    attempt(match.construction, match.held, [match.call], point(match.derivation, match.sizes, match.dtype))
    values = point(match.derivation, match.sizes, match.dtype, SEED + 1)
    environment = attempt(match.construction, match.held, [match.call], values)
    if environment is None:
        return False
    array = match.result.carrier.read(get(environment, match.result.place))
    for chosen, _, expected in GOALS[match.goal](match.member, values, dict(match.sizes)):
        if chosen.loss is match.member.loss:
            return near(np.asarray(match.result.layout.read(array, [expected.shape])[0]), expected)
    return False


def steps(environment: Environment, call: Call, held: Sequence[Held], values: Mapping[str, Array]) -> list[Leaf]:
    """What a call changed its arguments by, or returned in their place, over the learning rate."""
    rate = RATE if RATE in call.constants.values() else 1.0
    before = {str(one.place): one.layout.store(*(values[t.name] for t in one.tensors)) for one in held}
    return [one.leaf for one in changes(environment, before, call.role, held, rate)]


def attempt(
    construction: Construction | None, held: Sequence[Held], calls: Sequence[Call], values: Mapping[str, Array]
) -> Environment | None:
    """The environment after a run, or None where it fails: a wrong guess ends in any exception."""
    return tried(lambda: play(construction.build if construction else None, held, calls, values))


def forward_call(
    role: str, callee: Any, arguments: Sequence[str], constants: Mapping[str, Any], carrier: Carrier
) -> Call:
    """A call whose arguments are roots of the environment, named as the arguments are."""
    return Call(role, callee, {name: Place(name) for name in arguments}, dict(constants), carrier)
