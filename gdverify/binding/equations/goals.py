"""What a call may be taken to give: the prediction, the loss, or nothing but gradients. A row for each.

A row says which values the mathematics has for it, for a choice of activations; `located` finds them in what was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Leaf
from gdverify.binding.calling.running import Held
from gdverify.binding.equations.evaluation import NEAR, computed, near, point, ratio
from gdverify.binding.equations.losses import loss_values, losses
from gdverify.binding.equations.skeletons import Member
from gdverify.binding.recognising.assignment import Sizes
from gdverify.binding.recognising.layouts import REDUCED, Layout, fitting
from gdverify.catalogue import common_losses
from gdverify.derivation.steps import Derivation
from gdverify.derivation.variants import losses_instead
from gdverify.notation.operation import Operation
from gdverify.notation.tensors import Tensor

PREDICTION, LOSS, GRADIENT, MULTIPLE = "prediction", "loss", "gradient", "multiple of a gradient"
STEP = "step"  # a change of the arguments, which is a gradient times the learning rate
BY_GRADIENTS = (GRADIENT, MULTIPLE, STEP)  # where neither a prediction nor a loss is to be seen
COARSEST = max(NEAR.values())
SCALAR = Tensor("loss", ())


def _is_multiple(got: Array, expected: Array) -> bool:
    return ratio(got, expected) is not None


Wanted = Iterator[tuple[Member, Tensor, Array]]


def _prediction(member: Member, values: Mapping[str, Array], sizes: Sizes) -> Wanted:
    result = member.derivation.prediction
    yield member, result, computed(member.derivation, values, sizes, [result.name])[result.name]


def _loss(member: Member, values: Mapping[str, Array], sizes: Sizes) -> Wanted:
    """The loss of the member, under each loss of the catalogue."""
    for _, _, prediction in _prediction(member, values, sizes):
        for loss, value in loss_values(member.derivation, prediction, values):
            yield replace(member, loss=loss), SCALAR, value


def _gradient(member: Member, values: Mapping[str, Array], sizes: Sizes) -> Wanted:
    """The gradients under each loss: where nothing else is to be seen, one that is equal says what is computed."""
    for chosen in _under_each_loss(member):
        yield from _gradient_of(chosen, values, sizes)


def _under_each_loss(member: Member) -> Iterator[Member]:
    composed = len(member.derivation.composition.applications) > 1
    variants = (losses_instead(member.derivation, common_losses()) if composed else {}) | {"": member.derivation}
    for name, derivation in variants.items():
        loss = losses().get(name) or derivation.composition.applications[-1].operation
        targets = derivation.composition.role("target")
        yield replace(member, derivation=derivation, loss=loss if targets else None)


def _gradient_of(member: Member, values: Mapping[str, Array], sizes: Sizes) -> Wanted:
    wanted = member.derivation.wanted
    expected = computed(member.derivation, values, sizes, [f"d{tensor.name}" for tensor in wanted])
    for tensor in wanted:
        if tensor.axes:
            yield member, Tensor(f"d{tensor.name}", tensor.axes), expected[f"d{tensor.name}"]


GOALS = {PREDICTION: _prediction, LOSS: _loss, GRADIENT: _gradient, MULTIPLE: _gradient, STEP: _gradient}
EQUAL = {MULTIPLE: _is_multiple}  # where another comparison than equality is meant


def wanted(goal: str, member: Member, at: Derivation, sizes: Sizes, dtype: str) -> Wanted:
    """What a row has for a member, at the values of `point` for the derivation ``at``."""
    key = at, tuple(sizes.items()), dtype
    if goal in BY_GRADIENTS:
        for one in _under_each_loss(member):
            yield from _wanted(_gradient_of, tuple(one.options.items()), one.derivation, one.loss, *key)
    else:
        yield from _wanted(GOALS[goal], tuple(member.options.items()), member.derivation, member.loss, *key)


@lru_cache(maxsize=4096)  # every way to hold the arguments is compared with the same predictions, losses and gradients
def _wanted(
    row: Callable[[Member, Mapping[str, Array], Sizes], Wanted],
    options: tuple[tuple[str, Any], ...],
    derivation: Derivation,
    loss: Operation | None,
    at: Derivation,
    sizes: tuple[tuple[str, int], ...],
    dtype: str,
) -> tuple[tuple[Member, Tensor, Array], ...]:
    return tuple(row(Member(dict(options), derivation, loss), point(at, dict(sizes), dtype), dict(sizes)))


Reading = tuple[Leaf, Layout, Array]


def readings(tensor: Tensor, shape: tuple[int, ...], found: Sequence[Leaf], sizes: Mapping[str, int]) -> list[Reading]:
    """A tensor of some shape, as each of the leaves gives it in each layout that it may have."""
    read: list[Reading] = []
    for leaf in found:
        reduced = REDUCED if not shape and leaf.array.size > 1 and leaf.array.dtype.kind == "f" else ()
        for layout in (*fitting(tensor, leaf.array.shape, sizes), *reduced):
            read.append((leaf, layout, np.asarray(layout.read(leaf.array, [shape])[0])))
    return read


def numbers(found: Sequence[Leaf], sizes: Mapping[str, int]) -> Callable[[float], bool]:
    """Whether a number is near one of those that the leaves may be read as; what is decides `located`."""
    arrays = [leaf.array for leaf in found if leaf.array.dtype.kind in "fiub" and leaf.array.size]
    readings = [layout.read(array, [()])[0] for array in arrays for layout in fitting(SCALAR, array.shape, sizes)]
    readings += [layout.read(array, [()])[0] for array in arrays if array.size > 1 for layout in REDUCED]
    known = np.array([float(np.asarray(reading).reshape(())) for reading in readings])
    return lambda expected: bool((np.abs(known - expected) <= COARSEST * abs(expected)).any())


def located(
    tensors: Sequence[Tensor],
    expected: Array,
    found: Sequence[Leaf],
    sizes: Mapping[str, int],
    equal: Callable[[Array, Array], bool] = near,
) -> Iterator[Held]:
    """Where a tensor with the expected values is, among the leaves."""
    for leaf, layout, got in readings(tensors[0], expected.shape, found, sizes):
        if equal(got, expected):
            yield Held(tuple(tensors), layout, leaf.place, leaf.carrier)
