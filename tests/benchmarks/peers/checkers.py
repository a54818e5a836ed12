"""The table of checkers, as data; a new one is a row and a module that says how it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

from gdverify.cases.case import Case
from tests.benchmarks.peers import by_autograd, by_gdverify, by_jax, by_scipy, by_torch
from tests.benchmarks.peers.candidates import Candidate
from tests.benchmarks.peers.points import ORDINARY, POINTS
from tests.benchmarks.peers.question import Question

Passes = Callable[[Candidate, Case], bool]


@dataclass(frozen=True)
class Checker:
    """A checker of gradients.

    Attributes:
        name: as its own documentation has it.
        package: what must be installed.
        settings: what it was called with.
        passes: whether it accepts a candidate, asked at a point where it looks at one.
        points: where it is asked about right candidates; one is enough where it looks at none.
    """

    name: str
    package: str
    settings: str
    passes: Passes
    points: tuple[str, ...] = tuple(POINTS)

    @property
    def available(self) -> bool:
        """Whether its package is installed."""
        return find_spec(self.package) is not None


def at_a_point(passes: Callable[[Question], bool]) -> Passes:
    """A checker that asks for a function, its backward pass and a point; where it raises, somebody's test fails."""

    def asked(candidate: Candidate, point: Case) -> bool:
        try:
            return passes(candidate.question(point))
        except Exception:  # of whatever kind a gradient of the wrong shape makes the package raise
            return False

    return asked


def by_itself(passes: Callable[[Candidate], bool]) -> Passes:
    """A checker that draws its own cases."""
    return lambda candidate, point: passes(candidate)


GDVERIFY = Checker(
    "gdverify audit", "gdverify", "100 examples, all regimes", by_itself(by_gdverify.passes), (ORDINARY,)
)
CHECKERS: tuple[Checker, ...] = (
    GDVERIFY,
    Checker("torch gradcheck", "torch", "slow mode", at_a_point(by_torch.passes)),
    Checker("torch gradcheck, fast", "torch", "fast mode", at_a_point(partial(by_torch.passes, fast_mode=True))),
    Checker("jax check_grads", "jax", "order 1, reverse, float64", at_a_point(by_jax.passes)),
    Checker("autograd check_grads", "autograd", "order 1, reverse, all arguments", at_a_point(by_autograd.passes)),
    Checker("scipy check_grad", "scipy", f"norm ≤ {by_scipy.THRESHOLD:g} · max(1, ‖g‖)", at_a_point(by_scipy.passes)),
)
