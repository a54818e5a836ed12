"""Training a neuron of one input."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from gdverify.documented import neuron
from gdverify.documented.arrays import Scalar
from gdverify.documented.runs.training import (
    DOCUMENTED,
    RIGHT,
    Experiment,
    Run,
    Tick,
    Trained,
    descend,
)

INPUT = np.float64(0.1)
TARGET = 0.3

Gradient = Callable[[Scalar, Scalar, float], Scalar]


def train(rng: np.random.Generator, tick: Tick, *, gradient: Gradient, learning_rate: float, steps: int) -> Trained:
    """From a weight uniform in [0, 1)."""
    w: Scalar = np.float64(rng.random())

    def step() -> None:
        nonlocal w
        w = w - learning_rate * gradient(w, INPUT, TARGET)

    curve = descend(step, lambda: neuron.loss(w, INPUT, TARGET), steps, tick)
    return f"p = {neuron.prediction(w, INPUT):.4f} after {steps:,} steps", curve


def _both(learning_rate: float, steps: int) -> tuple[Run, Run]:
    trained = partial(train, learning_rate=learning_rate, steps=steps)
    return (
        Run(DOCUMENTED, partial(trained, gradient=neuron.gradient)),
        Run(RIGHT, partial(trained, gradient=neuron.corrected_gradient)),
    )


SOURCE = "Ahmed Fawzy Gad, Implementing Gradient Descent in Python, Part 1: The Forward and Backward Pass"
EXPERIMENTS = (
    Experiment(
        "neuron",
        SOURCE,
        "with learning rate 0.5, 10,000 steps take the prediction p to its target 0.3",
        _both(learning_rate=0.5, steps=10_000),
    ),
    Experiment(
        "neuron-slow",
        SOURCE,
        "with learning rate 0.01, 50,000 steps take the prediction p to its target 0.3",
        _both(learning_rate=0.01, steps=50_000),
    ),
)
