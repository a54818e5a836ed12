"""Why a subject returns something else for the same case: accumulated, drifting, or random.

Six calls in a row tell. Where the last two agree, only what came before made the difference. Steps that are all the
same are an accumulation. Entries that all move in one direction are state that changes with each call; six random
numbers are in order once in 360 times. The rest is random, surely so where the subject agrees with itself once the
global random states are set before each call.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np

from gdverify.auditing.behaviours.agreement import Difference, same_bits
from gdverify.auditing.execution import Array, Returned, call
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation

SEEDED = 8  # calls that agree by chance where one entry is dropped or not: once in 128
CALLS = 6
SEEDED = 8  # calls that agree by chance where one entry is dropped or not: once in 128
STEPS_AGREE = 1e-3  # float32 steps beside a large sum keep no more digits

SAID = "the subject returned different results for the same case in two calls: expected the same; "


def changing(
    subject: Subject, derivation: Derivation, case: Case, results: tuple[Returned, Returned], where: Difference
) -> Problem:
    """The problem of a subject that is not repeatable, by its reason.

    Args:
        subject, derivation, case: of the calls.
        results: of the first two calls.
        where: they differ most.
    """
    series = list(results)
    seeded = False
    with suppress(Problem):
        series += [call(subject, derivation, case) for _ in range(CALLS - len(results))]
        seeded = _seeded_agree(subject, derivation, case)
    if same_bits(*series[-2:]):
        return Problem(
            "depends on earlier calls",
            f"{SAID}{where.place} is another one in the first call than in those that follow; look for a cache, or for "
            "what is set up only once.",
        )
    values = np.array([result.values[where.tensor] for result in series if where.tensor in result.values], np.float64)
    steps = np.diff(values, axis=0)
    if _constant(steps):
        numbers = ", ".join(f"{value[where.index]:.6g}" for value in values[:3])
        return Problem(
            "accumulates",
            f"{SAID}{where.place} grows by the same step with every call: {numbers}, …; gradients are added to those "
            "of earlier calls: set them to zero at the start of each backward pass.",
        )
    if seeded:
        return Problem(
            "random",
            f"{SAID}with the global states of np.random and random set before each call they are; look for dropout or "
            "noise, and switch it off for the audit.",
        )
    if len(steps) > 1 and _monotone(steps):
        return Problem(
            "drifts",
            f"{SAID}{where.place} moves in one direction with every call; look for state that is kept between calls: "
            "weights that are updated, a running mean, momentum.",
        )
    return Problem(
        "random",
        f"{SAID}{where.place} goes up and down from call to call; look for dropout or noise with a generator of its "
        "own, or for other state that is kept between calls.",
    )


def _constant(steps: Array) -> bool:
    size = np.max(np.abs(steps), initial=0)
    return bool(len(steps) > 1 and size > 0 and np.all(np.abs(steps - steps[0]) <= STEPS_AGREE * size))


def _monotone(steps: Array) -> bool:
    moving = steps[:, np.any(steps != 0, axis=0)] if steps.ndim > 1 else steps
    return bool(np.all(np.all(moving >= 0, axis=0) | np.all(moving <= 0, axis=0)))


def _seeded_agree(subject: Subject, derivation: Derivation, case: Case) -> bool:
    found = []
    for _ in range(SEEDED):
        with set_random_states():
            found.append(call(subject, derivation, case))
    return all(same_bits(found[0], other) for other in found[1:])


@contextmanager
def set_random_states() -> Iterator[None]:
    """The global random states are the same each time, and afterwards what they were."""
    python, numpy = random.getstate(), np.random.get_state()  # the subject's, not ours
    random.seed(0)
    np.random.seed(0)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
