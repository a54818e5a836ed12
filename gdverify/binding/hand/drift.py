"""Weights that are updated before they are used to back-propagate: a gradient that depends on the learning rate.

What a step takes off the weights, over the rate, is then off by something of the order of the rate. Where the rate can
be set, two small ones tell: what is linear in the rate cancels, and what is left is the gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gdverify.auditing.verdicts import Diagnosis
from gdverify.binding.ambiguity import Unbound
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.running import tried
from gdverify.binding.equations.evaluation import computed
from gdverify.binding.gradients.updates import SMALL
from gdverify.binding.hand.declared import Hand
from gdverify.binding.hand.grammar import Path
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, fresh, members
from gdverify.derivation.steps import derive

FIRST_ORDER, RIGHT = 1e-6, 1e-3  # relative: what shows a drift, and what is near enough to the gradient


def drift(hand: Hand, space: Space) -> tuple[Diagnosis, ...]:
    """The remark on a gradient that is right in the limit of a small learning rate alone; nothing for any other."""
    if not isinstance(hand.rate, Path):
        return ()
    options = [*members(space)][-1]  # of each choice the last: a network without hidden layers has nothing to drift
    derivation = derive(space.source, **options)
    (case,) = fresh(space, derivation, options, 1, 0, dtype="float64")
    names = [tensor.name for tensor in derivation.wanted]
    first, second = (_at(replace(hand, pace=rate), case, names) for rate in (SMALL, SMALL / 2))
    if first is None or second is None:
        return ()
    derived = computed(derivation, case.arrays, case.sizes, [f"d{name}" for name in names])
    drifting = [name for name in names if not _close(first[name], second[name], FIRST_ORDER)]
    if not drifting or not all(_close(2 * second[n] - first[n], derived[f"d{n}"], RIGHT) for n in names):
        return ()
    others = ", ".join(name for name in names if name not in drifting) or "others"
    return (
        Diagnosis(
            "too soon",
            f"the gradient of {', '.join(drifting)} depends on the learning rate, and is right in the limit of a small "
            f"one: weights ({others}) are updated before they are used to back-propagate; compute all gradients first, "
            "then update",
        ),
    )


def _at(hand: Hand, case: Case, names: list[str]) -> dict[str, Array] | None:
    try:
        found: Mapping[str, Any] | None = tried(lambda: hand(case))
    except Unbound:
        return None
    return None if found is None else {name: np.asarray(getattr(found[name], "value", found[name])) for name in names}


def _close(got: Array, expected: Array, within: float) -> bool:
    return bool(np.all(np.abs(got - expected) <= within * np.abs(expected).max(initial=0.0)))
