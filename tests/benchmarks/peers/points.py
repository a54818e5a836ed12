"""Where the gradients are checked: the one point that somebody writes down in a test."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import numpy as np

from gdverify.cases.case import Array, Case
from gdverify.cases.domains import domains
from gdverify.cases.strategies import build
from gdverify.codegen.program import program, run
from gdverify.evidence.arithmetic import NUMPY
from tests.helpers import Source

SIZES = (3, 4, 2, 5)  # of the axes in turn: small and distinct, as in a careful test
SEED = 1234
LARGE = 1000.0

Change = Callable[[Array], Array]


def ordinary(source: Source) -> Case:
    """Values of order 1, away from 0."""
    derivation = source.derivation
    sizes = {axis.name: size for axis, size in zip(derivation.composition.axes, cycle(SIZES), strict=False)}
    return build(derivation, source.options, sizes, "ordinary", "float64", SEED)


def integers(source: Source) -> Case:
    """Whole numbers, so that values tie and pre-activations are 0."""
    return _changed(source, np.round)


def large(source: Source) -> Case:
    """Inputs and targets of order 1000, unless the loss itself is too large for a float there."""
    case, made = _changed(source, lambda array: LARGE * array), program(source.derivation)
    with np.errstate(all="ignore"):
        loss = run(made.loss, {**case.arrays, **case.sizes}, NUMPY)["loss"]
    return case if np.isfinite(loss) else ordinary(source)


def _changed(source: Source, change: Change) -> Case:
    """The data exchanged wherever it may be any real number; parameters stay."""
    case = ordinary(source)
    restricted = {*domains(source.derivation), *(tensor.name for tensor in source.derivation.positions)}
    data = {**case.inputs, **case.targets}
    return case.replaced(**{name: np.asarray(change(array)) for name, array in data.items() if name not in restricted})


# The first is where wrong gradients are looked for, all of them where right ones are flagged.
ORDINARY = "ordinary"
POINTS: dict[str, Callable[[Source], Case]] = {ORDINARY: ordinary, "integers": integers, f"±{LARGE:.0f}": large}
