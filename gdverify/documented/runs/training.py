"""What every training run shares: gradient descent with its losses recorded, and the words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdverify.documented.arrays import Scalar

# A curve has this many intervals at most: more do not show in a plot.
INTERVALS = 1000

# Called now and then with the number of steps done and of steps in all.
Tick: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Curve:
    """Losses of a training run: ``losses[i]`` after ``steps[i]`` steps, both ``(points,)``."""

    steps: NDArray[np.int64]
    losses: NDArray[np.float64]


# What a run returns: what it ended with, in a few words, and its curve.
Trained: TypeAlias = tuple[str, Curve]
Training: TypeAlias = Callable[[np.random.Generator, Tick], Trained]

# With which gradient a run is trained: how its outcome is labelled.
DOCUMENTED = "documented"
RIGHT = "right"
DOCUMENTED_IS_RIGHT = "documented = right"


@dataclass(frozen=True)
class Run:
    """One training run; ``label`` says with which gradient, and what else is particular to it."""

    label: str
    train: Training


@dataclass(frozen=True)
class Experiment:
    """A claim of a document about training, and the runs that test it."""

    name: str
    source: str
    claim: str
    runs: tuple[Run, ...]


def descend(step: Callable[[], object], loss: Callable[[], Scalar | float], steps: int, tick: Tick) -> Curve:
    """Take ``steps`` steps and record the loss before the first, after the last, and between."""
    recorded = np.linspace(0, steps, min(steps, INTERVALS) + 1).astype(np.int64)
    losses = [float(loss())]
    for before, after in pairwise(recorded.tolist()):
        for _ in range(before, after):
            step()
        losses.append(float(loss()))
        tick(after, steps)
    return Curve(recorded, np.array(losses))
