"""The training runs of the documents: what each document claims, and what happens.

An experiment has one run where the documented gradient is right; elsewhere it has a run with the
documented gradient and one with the right gradient, from the same weights and on the same data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from gdverify.documented.runs import classifier, fully_connected, layers, neuron
from gdverify.documented.runs.training import Curve, Experiment, Run
from gdverify.errors import unknown

EXPERIMENTS: tuple[Experiment, ...] = (
    *neuron.EXPERIMENTS,
    *fully_connected.EXPERIMENTS,
    *classifier.EXPERIMENTS,
    *layers.EXPERIMENTS,
)


@dataclass(frozen=True)
class Outcome:
    """What a run with the gradient of the ``label`` ended with, in a few words, and its losses."""

    label: str
    text: str
    curve: Curve


@dataclass(frozen=True)
class Result:
    """An experiment, and the outcomes of its runs in their order."""

    experiment: Experiment
    outcomes: tuple[Outcome, ...]


def select(names: Iterable[str]) -> tuple[Experiment, ...]:
    """The experiments of these names, in the order of the table; all of them for no name.

    Raises:
        UnknownName: a name is not in the table; the message lists the closest.
    """
    chosen = set(names)
    known = [experiment.name for experiment in EXPERIMENTS]
    for name in sorted(chosen.difference(known)):
        raise unknown("experiment", name, known)
    return tuple(each for each in EXPERIMENTS if not chosen or each.name in chosen)


def perform(experiment: Experiment, seed: int = 0, progress: Callable[[str], None] | None = None) -> Result:
    """Do every run of an experiment; the same seed gives the same result.

    ``progress`` is told, at most a thousand times a run, how far it is.
    """
    return Result(experiment, tuple(_outcome(experiment, run, seed, progress) for run in experiment.runs))


def _outcome(experiment: Experiment, run: Run, seed: int, progress: Callable[[str], None] | None) -> Outcome:
    def tick(done: int, steps: int) -> None:
        if progress is not None:
            progress(f"{experiment.name}, {run.label}: step {done:,} of {steps:,}")

    # A generator of its own for each run: all runs of an experiment begin with the same draws.
    text, curve = run.train(np.random.default_rng(seed), tick)
    return Outcome(run.label, text, curve)
