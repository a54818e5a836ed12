"""The constant that all gradients of a bound unit are too large by: of sizes, numbers and the learning rate.

At the sizes where a unit was bound a constant is only a number. Which one it is shows at others: ``1/13`` was one over
the batch. That a learning rate is in it shows when the rate is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gdverify.auditing.constants import divided
from gdverify.auditing.diagnosis.ratios import Factor, find_factor
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Constant
from gdverify.binding.binding import Binding
from gdverify.binding.calling.constructing import RATE
from gdverify.binding.calling.running import tried
from gdverify.binding.equations.evaluation import near, point
from gdverify.binding.gradients.rates import at_rate
from gdverify.binding.gradients.updates import seen
from gdverify.cases.strategies import fresh
from gdverify.derivation.steps import derive
from gdverify.evidence.reference import reference

CASES = 12
ONE = Factor("1", 1.0)


@dataclass(frozen=True)
class Common:
    """A constant that is common to all gradients, and the subject whose gradients are divided by it."""

    constant: Constant
    subject: Subject


def common_constant(binding: Binding, stated: bool, subject_of: Callable[[Binding], Subject]) -> Common | None:
    """The constant; None where there is none, or not the same one for all gradients.

    Args:
        binding: of the unit.
        stated: whether something says how large the gradients should be.
        subject_of: a binding as a subject.
    """
    if not _may_have_one(binding):
        return None
    # Where the learning rate is in it, the rest of it shows at a rate of 1.
    with_rate = _grows_with_rate(binding)
    subject = subject_of(at_rate(binding, 1.0) if with_rate else binding)
    factor = _factor(subject)
    if factor is None or (factor == ONE and not with_rate):
        return None
    said = f"{factor.said} lr".removeprefix("1 ") if with_rate else factor.said
    named = replace(factor, said=said)
    return Common(Constant(str(named), factor.number, stated), divided(subject, factor))


def _may_have_one(binding: Binding) -> bool:
    """Whether every gradient is a multiple of the derived one where the unit was bound, and some are not equal."""
    constants = [one.constant for one in binding.gradients]
    return all(c is not None for c in constants) and any(c != 1.0 for c in constants)


def _grows_with_rate(binding: Binding) -> bool:
    """Whether the gradients are proportional to the learning rate that the unit was given."""
    values = point(binding.derivation, binding.sizes)
    usual, half = (seen(one, values) for one in (binding, at_rate(binding, RATE / 2)))
    return usual is not None and half is not None and all(near(half[name] * 2, usual[name]) for name in usual)


def _factor(subject: Subject) -> Factor | None:
    """The constant that is common to all gradients, at several sizes."""
    space = subject.space()
    options = _last(space.options)
    derivation = derive(space.source, **options)
    runs = [(case, tried(partial(subject, case))) for case in fresh(space, derivation, options, CASES, 0)]
    found = set()
    for tensor in derivation.wanted:
        name = f"d{tensor.name}"
        observations = [
            (_value(got[tensor.name]), reference(derivation, case, [name]).bounds[name], case, _off(got[tensor.name]))
            for case, got in runs
            if got is not None
        ]
        found.add(find_factor(observations) if observations else None)
    return found.pop() if len(found) == 1 else None


def _value(got: Any) -> Any:
    return np.asarray(getattr(got, "value", got))


def _off(got: Any) -> Any:
    return getattr(got, "uncertainty", 0.0)


def _last(options: Mapping[str, Any]) -> dict[str, Any]:
    """Of each choice the last: a deep network has factors that differ from layer to layer, a shallow one has not."""
    return {name: list(v)[-1] if isinstance(v, (tuple, list, range)) else v for name, v in options.items()}
