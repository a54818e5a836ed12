"""The arithmetic of values with a bound on the rounding error that a correct implementation may make.

Each operator carries ``(value, error)`` through the reference, with the unit roundoff u of the *subject's* dtype:
what its operands' errors become, plus what a textbook implementation of the operator itself may lose. The rules are
those of running error analysis (Higham, Accuracy and Stability of Numerical Algorithms, ch. 3), for any order of
summation:

    a ± b    e_a + e_b + u(|a| + |b| + |v| + e)  a · b    |a| e_b + e_a (|b| + e_b) + u(|v| + e)
    a @ b    |a| e_b + e_a (|b| + e_b) + K u P   a / b    (e_a + |v| e_b) / (|b| − e_b) + 2u(|v| + e)

with P the sum of the magnitudes and K its length. They stand in `field`, `reductions`, `elementwise` and `positions`, a
row of a table for each operator; what hangs on comparisons stands in `conditions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np

from gdverify.evidence.bounded import MOVED, Bounded
from gdverify.evidence.conditions import Conditions, Flipped, Slope
from gdverify.evidence.elementwise import ELEMENTWISE
from gdverify.evidence.field import FIELD, neg, number, pi
from gdverify.evidence.positions import POSITIONS
from gdverify.evidence.precision import Precision
from gdverify.evidence.reductions import REDUCTIONS

Rule = Callable[..., Bounded]


class Rounding:
    """The arithmetic of values with errors, for one run of a reference.

    Args:
        dtype: of the subject, whose roundings are charged.
        ties: what is taken at an exact tie, as in `Conditions`.
        rounds: how often the roundings are charged: once, or not at all.

    Attributes:
        precision: of the subject.
        conditions: that were met.
        table: by operator, what it computes.
    """

    def __init__(self, dtype: np.dtype[Any], ties: str | Slope | Flipped = "any", rounds: int = 1) -> None:
        self.precision = Precision.of(dtype, rounds)
        self.conditions = met = Conditions(self.precision, ties)
        self.table: dict[str, Callable[..., Any]] = {
            **_rules(self.precision),
            **{name: getattr(met, name) for name in ("gt", "ge", "lt", "le")},
            **{name: _in_range(self.precision, getattr(met, name)) for name in ("where", "sign")},
        }


@lru_cache
def _rules(precision: Precision) -> Mapping[str, Rule]:
    """Every rule that hangs on the precision alone."""
    computed = {**FIELD, **REDUCTIONS, **ELEMENTWISE, **POSITIONS}
    return {
        **MOVED,
        **{name: _in_range(precision, partial(rule, precision)) for name, rule in computed.items()},
        "number": partial(number, precision),
        "pi": partial(pi, precision),
        "neg": partial(neg, precision),
    }


def _in_range(precision: Precision, rule: Rule) -> Rule:
    """The rule, unbounded where its value overflows in the subject's dtype."""
    return lambda *arguments: precision.in_range(rule(*arguments))
