"""The audit of the two-layer network: shrinking and diagnosis included, imports not.

For each of several seeds the shortest of a few repetitions is taken; of these, the longest counts.
"""

from __future__ import annotations

from functools import partial

from gdverify.auditing.audit import audit
from gdverify.auditing.verdicts import CORRECT, WRONG
from tests.benchmarks import children, subjects
from tests.benchmarks.clock import minimum
from tests.benchmarks.figure import Measured, NotMeasured

SEEDS = range(3)
REPEAT, OFTEN = 3, 9


def correct() -> Measured:
    """The correct implementation."""
    time, seed = max((_judged("correct", seed, CORRECT, OFTEN), seed) for seed in SEEDS)
    return Measured(time, f"slowest of {len(SEEDS)} seeds ({seed}), each the minimum of {OFTEN}")


def slowest_wrong() -> Measured:
    """The wrong implementation that takes longest."""
    names = [function.__name__ for function in subjects.WRONG]
    time, name, seed = max((_judged(name, seed, WRONG, REPEAT), name, seed) for name in names for seed in SEEDS)
    return Measured(
        time, f"slowest of {len(names)} mistakes ({name}) × {len(SEEDS)} seeds ({seed}), each the minimum of {REPEAT}"
    )


def first(name: str) -> Measured:
    """The first audit of a process that has imported all it needs."""
    times = [float(children.output("first_audit", name)) for _ in range(REPEAT)]
    return Measured(min(times), f"{name}; nothing derived before it; minimum of {REPEAT} processes")


def _judged(name: str, seed: int, expected: str, repeat: int) -> float:
    run = partial(audit, subjects.marked(name), examples=subjects.EXAMPLES, seed=seed)
    if (found := run().verdict) != expected:
        raise NotMeasured(f"{name}, seed {seed}: the verdict is {found}, and should be {expected}")
    return minimum(run, repeat)
