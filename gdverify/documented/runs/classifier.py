"""Training the two-layer classifier on two species of iris."""

from __future__ import annotations

from functools import partial

import numpy as np

from gdverify.documented.classifier import Classifier, CorrectedClassifier, mean_cross_entropy
from gdverify.documented.iris import two_species
from gdverify.documented.runs.training import (
    DOCUMENTED,
    RIGHT,
    Experiment,
    Run,
    Tick,
    Trained,
    descend,
)

EPOCHS = 101


def train(rng: np.random.Generator, tick: Tick, *, network: type[Classifier], learning_rate: float) -> Trained:
    """101 epochs in single precision, all 100 samples at once; loss before each step."""
    X, labels = (array.astype(np.float32) for array in two_species())
    net = network(inputs=2, hidden=32, outputs=1, rng=rng, learning_rate=learning_rate)
    net.w1, net.w2 = net.w1.astype(np.float32), net.w2.astype(np.float32)
    curve = descend(
        lambda: net.train(X, labels),
        lambda: mean_cross_entropy(net.forward(X), labels),
        EPOCHS,
        tick,
    )
    shown = ", ".join(f"{loss:.4f}" for loss in curve.losses[:EPOCHS:20])
    return f"mean cross-entropy {shown} at epoch 0, 20, …, 100", curve


_documented = partial(train, network=Classifier)
_corrected = partial(train, network=CorrectedClassifier)

SOURCE = "Deep Learning Wizard, Forwardpropagation, Backpropagation and Gradient Descent with PyTorch"
EXPERIMENTS = (
    Experiment(
        "classifier",
        SOURCE,
        "the mean cross-entropy falls in 101 epochs, there from 0.92 to 0.66",
        (
            Run(DOCUMENTED, partial(_documented, learning_rate=0.001)),
            Run(RIGHT, partial(_corrected, learning_rate=0.001)),
            # The documented gradient is summed over the 100 samples: this gives the mean its pace.
            Run(f"{RIGHT}, learning rate 0.1", partial(_corrected, learning_rate=0.1)),
        ),
    ),
)
