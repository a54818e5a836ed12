"""What a call may be taken to give: the prediction, the loss, or nothing but gradients. A row for each.

A row says which values the mathematics has for it, for a choice of activations; `located` finds them in what was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Leaf
from gdverify.binding.calling.running import Held
from gdverify.binding.equations.evaluation import NEAR, computed, near, ratio
from gdverify.binding.equations.losses import loss_values, losses
from gdverify.binding.equations.skeletons import Member
from gdverify.binding.recognising.assignment import Sizes
from gdverify.binding.recognising.layouts import REDUCED, fitting
from gdverify.catalogue import common_losses
from gdverify.derivation.variants import losses_instead
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
    composed = len(member.derivation.composition.applications) > 1
    variants = (losses_instead(member.derivation, common_losses()) if composed else {}) | {"": member.derivation}
    for name, derivation in variants.items():
        loss = losses().get(name) or derivation.composition.applications[-1].operation
        chosen = replace(member, loss=loss if derivation.composition.role("target") else None)
        expected = computed(derivation, values, sizes, [f"d{tensor.name}" for tensor in derivation.wanted])
        for tensor in derivation.wanted:
            if tensor.axes:
                yield (
                    replace(chosen, derivation=derivation),
                    Tensor(f"d{tensor.name}", tensor.axes),
                    expected[f"d{tensor.name}"],
                )


GOALS = {PREDICTION: _prediction, LOSS: _loss, GRADIENT: _gradient, MULTIPLE: _gradient, STEP: _gradient}
EQUAL = {MULTIPLE: _is_multiple}  # where another comparison than equality is meant


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
    for leaf in found:
        reduced = REDUCED if not expected.ndim and leaf.array.size > 1 and leaf.array.dtype.kind == "f" else ()
        for layout in (*fitting(tensors[0], leaf.array.shape, sizes), *reduced):
            if equal(np.asarray(layout.read(leaf.array, [expected.shape])[0]), expected):
                yield Held(tuple(tensors), layout, leaf.place, leaf.carrier)
