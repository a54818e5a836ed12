"""Minimising a quadratic, fitting a line, and training an MLP on a noisy sine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gdverify.documented.arrays import Array, Scalar
from gdverify.documented.layers import (
    MLP,
    Layer,
    Linear,
    MeanSquaredError,
    ReLU,
    Tanh,
    line_gradient,
    line_loss,
    quadratic,
    quadratic_gradient,
)
from gdverify.documented.runs.training import (
    DOCUMENTED_IS_RIGHT,
    Experiment,
    Run,
    Tick,
    Trained,
    Training,
    descend,
)

SAMPLES = 128
EPOCHS = 250
LEARNING_RATE = 0.075
DECAY = 0.998


def minimise(rng: np.random.Generator, tick: Tick) -> Trained:
    """z² from z = −4, 50 steps with learning rate 0.05; nothing here is random."""
    z: Scalar | float = -4.0

    def step() -> None:
        nonlocal z
        z = z - 0.05 * quadratic_gradient(z)

    curve = descend(step, lambda: quadratic(z), 50, tick)
    return f"z = {z:.4f} after 50 steps", curve


def fit_line(rng: np.random.Generator, tick: Tick, *, learning_rate: float, steps: int) -> Trained:
    """Ten points of y = x with normal noise, from a = b = 0."""
    x: Array = np.arange(10.0)
    y = x + rng.normal(0, 1, 10)
    a = b = np.float64(0)

    def step() -> None:
        nonlocal a, b
        da, db = line_gradient(a, b, x, y)
        a, b = a - learning_rate * da, b - learning_rate * db

    curve = descend(step, lambda: line_loss(a, b, x, y), steps, tick)
    best_a, best_b = np.polyfit(x, y, 1)
    return (
        f"a = {a:.4f}, b = {b:.4f} after {steps:,} steps with learning rate {learning_rate}; "
        f"least squares: {best_a:.4f}, {best_b:.4f}"
    ), curve


def train_mlp(
    rng: np.random.Generator, tick: Tick, *, activation: Callable[[], Layer], batch: int = SAMPLES
) -> Trained:
    """250 epochs on 128 samples, in batches drawn anew each epoch; loss on all samples."""
    x = np.sort(rng.standard_normal((SAMPLES, 1)), axis=0)
    t = np.sin(np.pi * x / 2) + 0.3 * rng.standard_normal((SAMPLES, 1))
    net = MLP(1, (20, 20), 1, activation, rng)
    error = MeanSquaredError()
    learning_rate = LEARNING_RATE

    def epoch() -> None:
        nonlocal learning_rate
        learning_rate *= DECAY
        for rows in _batches(rng, batch):
            error.forward(net.forward(x[rows]), t[rows])
            net.backward(error.backward())
            _update(net, learning_rate)

    curve = descend(epoch, lambda: error.forward(net.forward(x), t), EPOCHS, tick)
    first, last = curve.losses[[0, -1]]
    return f"mean squared error from {first:.3f} to {last:.3f} in {EPOCHS} epochs", curve


def _batches(rng: np.random.Generator, size: int) -> list[NDArray[np.int64]]:
    """The rows of each batch of an epoch: every sample once, in random order unless all at once."""
    rows = np.arange(SAMPLES) if size == SAMPLES else rng.permutation(SAMPLES)
    return [rows[start : start + size] for start in range(0, SAMPLES, size)]


def _update(net: MLP, learning_rate: float) -> None:
    for layer in net.layers:
        if isinstance(layer, Linear):
            layer.W = layer.W - learning_rate * layer.dW
            layer.b = layer.b - learning_rate * layer.db


def _experiment(name: str, claim: str, train: Training) -> Experiment:
    return Experiment(name, SOURCE, claim, (Run(DOCUMENTED_IS_RIGHT, train),))


SOURCE = "a blog post on gradient descent and how to implement it from scratch"
EXPERIMENTS = (
    _experiment("quadratic", "50 steps with learning rate 0.05 take z² from z = −4 to 0", minimise),
    _experiment(
        "line",
        "gradient descent finds the line through ten noisy points",
        partial(fit_line, learning_rate=0.02, steps=1_000),
    ),
    _experiment(
        "mlp-relu",
        "hidden layers (20, 20) with ReLU learn a noisy sine in 250 epochs",
        partial(train_mlp, activation=ReLU),
    ),
    _experiment(
        "mlp-tanh",
        "hidden layers (20, 20) with Tanh learn a noisy sine in 250 epochs",
        partial(train_mlp, activation=Tanh),
    ),
    _experiment(
        "mlp-relu-batches",
        "a random subset of the samples is enough for a step: the same in batches of 32",
        partial(train_mlp, activation=ReLU, batch=32),
    ),
)
