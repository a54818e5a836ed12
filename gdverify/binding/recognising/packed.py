"""Recognise what a function of one flat vector computes: each network, in each way of packing its parameters.

The length of the vector is what makes such a function run: it follows from the widths of a network and from the
packing. The number that comes out decides between those that run.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Environment, Place, get, leaves
from gdverify.binding.calling.running import Call, Held
from gdverify.binding.equations.evaluation import point
from gdverify.binding.equations.families import (
    network,
    network_without_biases,
    softmax_classifier,
    softmax_classifier_without_biases,
)
from gdverify.binding.equations.goals import GOALS, LOSS, PREDICTION, located
from gdverify.binding.equations.labelled import of_classes
from gdverify.binding.equations.skeletons import Member, Skeleton
from gdverify.binding.recognising.labels import LABELLED
from gdverify.binding.recognising.layouts import SINGLE, Layout
from gdverify.binding.recognising.packings import Packing, packings, reshaped
from gdverify.binding.recognising.recognition import Budget, Match, attempt
from gdverify.binding.recognising.sizings import Sizing, sizings
from gdverify.binding.recognising.vectors import Vectorial
from gdverify.derivation.steps import derive
from gdverify.notation.architecture import Architecture
from gdverify.notation.tensors import Tensor
from gdverify.operations.activations import identity, sigmoid, tanh
from gdverify.operations.classification import binary_cross_entropy, cross_entropy
from gdverify.operations.losses import mean_squared_error

DTYPE = "float64"
# Times weights of order 1: up to where 1 − σ(z) still has digits, which 1 in 1000 of its logarithm allows for.
FAR, CLOSE = (4.0, 8.0, 16.0), 1e-3
MOST_MEMBERS = 6  # activations of the hidden layers
# The families, each with what stands after its last layer, and the loss that says which targets it takes.
ROWS: tuple[tuple[Architecture, Mapping[str, Any]], ...] = (
    # First, since a softmax whose logarithm is taken is another code than the two in one, which does not overflow.
    (softmax_classifier_without_biases, {"loss": cross_entropy}),
    (softmax_classifier, {"loss": cross_entropy}),
    (network_without_biases, {"last": sigmoid, "loss": binary_cross_entropy}),
    (network, {"last": sigmoid, "loss": binary_cross_entropy}),
    (network_without_biases, {"last": identity, "loss": mean_squared_error}),
    (network, {"last": identity, "loss": mean_squared_error}),
)
SINGLE_OUTPUT = ("network_without_biases", "network")  # one class of one is no choice


def packed(vector: Vectorial, depth: int, budget: Budget, among: Sequence[Skeleton] | None = None) -> Iterator[Match]:
    """What a function of one vector computes, at the shapes at which something shaped like its gradient comes out.

    Args:
        vector: the function.
        depth: of networks whose widths are passed as a list.
        budget: of runs.
        among: what it is compared with, by default everything that there is.
    """
    for sizing in sizings(vector.widths, vector.function, depth):
        refused: set[tuple[Any, ...]] = set()
        for skeleton in _skeletons(sizing, among):
            trial = Trial(vector, sizing, skeleton, refused)
            for held in trial.ways():
                if not budget.spend():
                    return
                yield from trial.matches(held)


def _skeletons(sizing: Sizing, among: Sequence[Skeleton] | None) -> Iterator[Skeleton]:
    """The networks of some widths; with targets that are labels last, since any zeros and ones say more."""
    named = None if among is None else {one.source.name for one in among}
    single = sizing.widths[-1] == 1
    rows = [row for row in ROWS if not single or row[0].name in SINGLE_OUTPUT]
    for labelled in (False,) if single else (False, True):
        for family, chosen in rows:
            if named is None or family.name in named:
                source = of_classes(family) if labelled else family
                settled = {"activation": tanh} if not sizing.hidden else {}
                last = {name: one for name, one in chosen.items() if name == "last"}
                yield Skeleton(source, {"hidden": sizing.hidden, "loss": chosen["loss"], **last}, {**settled, **last})


@dataclass
class Trial:
    """A function of a vector beside one network.

    Attributes:
        vector: the function.
        sizing: the widths.
        skeleton: the network.
        refused: the shapes at which the function did not run.
    """

    vector: Vectorial
    sizing: Sizing
    skeleton: Skeleton
    refused: set[tuple[Any, ...]] = field(repr=False)

    @property
    def goal(self) -> str:
        """What the call is taken to give."""
        return PREDICTION if self.vector.target is None else LOSS

    @cached_property
    def values(self) -> dict[str, Array]:
        """Of every argument of the network."""
        return point(self.skeleton.derivation, self.sizing.sizes, DTYPE)

    @cached_property
    def expected(self) -> list[tuple[Member, Tensor, Array]]:
        """What the network gives, under each choice of activations and each loss."""
        members = map(self._member, itertools.islice(self.skeleton.members(), MOST_MEMBERS))
        return [one for member in members for one in GOALS[self.goal](member, self.values, self.sizing.sizes)]

    def _member(self, member: Member) -> Member:
        """The member without an activation that it has no use for."""
        used = {k: one for k, one in member.options.items() if k != "activation" or self.sizing.hidden}
        return Member(used, derive(self.skeleton.source, **used))

    def ways(self) -> Iterator[tuple[Held, ...]]:
        """The ways to hold its tensors at which the function may run."""
        sizes, carrier = self.sizing.sizes, self.vector.call.carrier
        data = [self._data()] if self.vector.target is None else [self._data(), self._targets()]
        for tensors, way in self._packings():
            vectors = [Held(tensors, form, Place(self.vector.theta), carrier) for form in reshaped(way)]
            for held in sorted(itertools.product(vectors, *data), key=self._disagree):
                if self._shapes(held, sizes) not in self.refused:
                    yield held

    def _disagree(self, held: Sequence[Held]) -> bool:
        """Whether, of one output, either parameters or targets are a vector: people write both alike."""
        if self.sizing.widths[-1] > 1:
            return False
        ranks = {len(one.layout.shape(one.tensors, self.sizing.sizes) or ()) for one in (held[0], held[-1])}
        return len(ranks) > 1

    def _packings(self) -> Iterator[tuple[tuple[Tensor, ...], Packing]]:
        """Those that differ at these widths."""
        seen: set[bytes] = set()
        for tensors, way in packings(self.skeleton.derivation.composition.role("parameter")):
            stored = way.store(*(self.values[tensor.name] for tensor in tensors)).tobytes()
            if stored not in seen:
                seen.add(stored)
                yield tensors, way

    def _data(self) -> list[Held]:
        (x,) = self.skeleton.derivation.composition.role("input")
        layouts = self._fitting(x)
        if x.axes[1].name in self.sizing.fixed and not self.sizing.written:
            layouts = [one for one in layouts if one.alone]  # one input of many is no other equation
        return [self._held(x, self.vector.input, layout) for layout in layouts]

    def _targets(self) -> list[Held]:
        assert self.vector.target is not None
        (t,) = self.skeleton.derivation.composition.role("target")
        labelled = t.name in self.skeleton.derivation.composition.of_classes
        layouts = LABELLED if labelled else self._fitting(t)
        return [self._held(t, self.vector.target, layout) for layout in layouts]

    def _held(self, tensor: Tensor, name: str, layout: Layout) -> Held:
        return Held((tensor,), layout, Place(name), self.vector.call.carrier)

    def _fitting(self, tensor: Tensor) -> list[Layout]:
        """The layouts that can hold a matrix at these widths; one sample alone would hide an axis."""
        fitting = (layout for layout in SINGLE if layout.shape([tensor], self.sizing.sizes) is not None)
        return [layout for layout in fitting if 0 not in layout.alone]

    def _shapes(self, held: Sequence[Held], sizes: Mapping[str, int]) -> tuple[Any, ...]:
        return tuple((one.layout in LABELLED and one.layout.name, one.layout.shape(one.tensors, sizes)) for one in held)

    def matches(self, held: tuple[Held, ...]) -> Iterator[Match]:
        """What comes out, beside what the network gives."""
        construction, call = self.vector.sized(self.sizing)
        environment = attempt(construction, held, [call], self.values)
        if environment is None:
            self.refused.add(self._shapes(held, self.sizing.sizes))
            return
        found = [x for x in leaves(call.role, environment[call.role]) if np.isfinite(x.array).all()]
        sizes, fixed = self.sizing.sizes, {**self.sizing.fixed, **_fixed(held)}
        for member, tensor, value in self.expected if found and self._shaped(call, environment, held) else ():
            for result in located([tensor], value, found, sizes):
                one = Match(self.skeleton, member, held, result, sizes, fixed, call, self.goal, construction, DTYPE)
                if self._holds_far(one):
                    yield one

    def _holds_far(self, one: Match) -> bool:
        """Whether it is the same with large weights, too: where a probability is cut off or has an ε it is not.

        That is another function, which its own forward pass says best. What is not finite shows nothing.
        """
        names = {tensor.name for tensor in one.held[0].tensors}
        for factor in FAR:
            values = {name: factor * array if name in names else array for name, array in self.values.items()}
            every = GOALS[self.goal](one.member, values, dict(one.sizes))
            expected = next(value for member, _, value in every if member.loss is one.member.loss)
            environment = attempt(one.construction, one.held, [one.call], values)
            if environment is None:
                return False
            array = one.result.carrier.read(get(environment, one.result.place))
            got = np.asarray(one.result.layout.read(array, [expected.shape])[0], dtype=np.float64)
            known = np.isfinite(expected) & np.isfinite(got)
            if np.any(np.abs(got[known] - expected[known]) > CLOSE * np.abs(expected[known]).max(initial=0.0)):
                return False
        return True

    def _shaped(self, call: Call, environment: Environment, held: Sequence[Held]) -> bool:
        length = sum(self.values[tensor.name].size for tensor in held[0].tensors)
        return self.vector.gives(call, environment, length)


def _fixed(held: Sequence[Held]) -> dict[str, int]:
    return {name: size for one in held for name, size in one.layout.fixed(one.tensors).items()}
