"""The derived loss and gradients in ball arithmetic: what a certificate compares a subject's balls with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation
from gdverify.tracing.balls import Values, arithmetic
from gdverify.tracing.derived import Entries, derived, point
from gdverify.tracing.expression import Graph
from gdverify.tracing.path import Condition, agrees


@dataclass(frozen=True)
class Certified:
    """Balls that contain the derived values.

    Attributes:
        arrays: of balls, by name.
        open: branches that floats took and balls do not confirm; with any, the values are those of one branch only.
    """

    arrays: dict[str, Entries]
    open: tuple[Condition, ...]


def certified(derivation: Derivation, case: Case, names: Iterable[str], bits: int) -> Certified:
    """The derived values at a case, which is taken as exact.

    Args:
        derivation: the mathematics.
        case: the point.
        names: ``loss``, and names of adjoints such as ``dW1``.
        bits: the precision.

    Raises:
        Undefined: a value does not exist, or is not known to be finite with so many bits.
    """
    wanted = list(names)
    made = derived(derivation, case, Graph(), wanted)
    entries = [entry for name in wanted for entry in made.arrays[name].ravel().tolist()]
    conditions = [condition.difference for condition in made.path]
    values = Values([*entries, *conditions], point(case), bits, arithmetic())
    ball = np.frompyfunc(values.__getitem__, 1, 1)
    arrays = {name: np.asarray(ball(made.arrays[name]), dtype=object) for name in wanted}
    return Certified(arrays, tuple(condition for condition in made.path if not _confirmed(condition, values)))


def _confirmed(condition: Condition, values: Values) -> bool:
    sign = values.sign(condition.difference)
    return sign is not None and agrees(condition, sign)
