"""Training fully connected networks on one sample."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from gdverify.documented.arrays import Array, Scalar
from gdverify.documented.fully_connected import CorrectedFlattened, Flattened, FullyConnected
from gdverify.documented.runs.training import (
    DOCUMENTED,
    DOCUMENTED_IS_RIGHT,
    RIGHT,
    Experiment,
    Run,
    Tick,
    Trained,
    descend,
)

DATA: Array = np.array([0.2, 0.3])
Y_TRUE: Array = np.array([0.3, 0.67])
SMALL = (2, 3, 3, 2)
WIDE = (2, 1000, 1000, 2)


def train(
    rng: np.random.Generator,
    tick: Tick,
    *,
    network: type[FullyConnected],
    layers: Sequence[int],
    learning_rate: float,
    steps: int,
) -> Trained:
    """``steps`` steps on the sample."""
    net = network(layers, rng, learning_rate)
    curve = descend(lambda: net.train(DATA, Y_TRUE), lambda: _loss(net), steps, tick)
    return f"outputs {_outputs(net)} after {steps:,} steps", curve


def saturate(rng: np.random.Generator, tick: Tick, *, layers: Sequence[int]) -> Trained:
    """One step of a saturated network, with a learning rate at which no gradient hides."""
    # The smallest number above 0 is 2^−1074. Times 2^1023 it moves every weight below 1.
    net = FullyConnected(layers, rng, learning_rate=2.0**1023)
    before = [W.copy() for W in net.weights]
    curve = descend(lambda: net.train(DATA, Y_TRUE), lambda: _loss(net), 1, tick)
    still = sum(map(np.array_equal, before, net.weights))
    if still < len(before):
        return f"{len(before) - still} of {len(before)} weights have a gradient", curve
    return (
        f"outputs {_outputs(net)}, whatever the number of steps: the gradients of all {still} "
        "weights are exactly 0, a step with learning rate 2^1023 changes nothing"
    ), curve


def _loss(net: FullyConnected) -> Scalar:
    loss: Scalar = np.sum((Y_TRUE - net.predict(DATA)) ** 2)
    return loss


def _outputs(net: FullyConnected) -> str:
    return f"({', '.join(f'{output:.4f}' for output in net.predict(DATA))})"


_small = partial(train, network=FullyConnected, layers=SMALL, learning_rate=0.01)
_flattened = partial(train, network=Flattened, layers=WIDE)
_corrected = partial(train, network=CorrectedFlattened, layers=WIDE)

SOURCE = "Practice Implementing Gradient Descent"
EXPERIMENTS = (
    Experiment(
        "network",
        SOURCE,
        "layers 2-3-3-2: in 1,000 steps the outputs equal their targets (0.3, 0.67)",
        (Run(DOCUMENTED_IS_RIGHT, partial(_small, steps=1_000)),),
    ),
    Experiment(
        "network-longer",
        SOURCE,
        "the same, tried with 100 times as many steps",
        (Run(DOCUMENTED_IS_RIGHT, partial(_small, steps=100_000)),),
    ),
    Experiment(
        "wide-network",
        SOURCE,
        "layers 2-1000-1000-2: nothing is learned, because the gradients are 0",
        (Run(DOCUMENTED_IS_RIGHT, partial(saturate, layers=WIDE)),),
    ),
    Experiment(
        "wide-network-flattened",
        SOURCE,
        "the same layers with σ(0.01 z) learn, and the learning rate absorbs the factor 0.01",
        (
            Run(DOCUMENTED, partial(_flattened, learning_rate=0.01, steps=1_500)),
            Run(RIGHT, partial(_corrected, learning_rate=0.01, steps=1_500)),
            # Faster than both: it is not the wrong gradient that lets the network learn.
            Run(f"{RIGHT}, learning rate 10", partial(_corrected, learning_rate=10.0, steps=500)),
        ),
    ),
)
