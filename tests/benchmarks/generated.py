"""The generated ``loss_and_gradients`` against the same network by hand.

Both get the same arrays and must return the same loss and gradients before they are timed, in turn.
"""

from __future__ import annotations

import importlib.util
import resource
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from gdverify import catalogue
from gdverify.codegen.source import python_source
from gdverify.derivation.steps import Derivation, derive
from tests.benchmarks import by_hand, clock
from tests.benchmarks.figure import Measured, NotMeasured

BUDGET = 4.0  # seconds for each pair


@dataclass(frozen=True)
class Network:
    """A perceptron: the batch, and the widths from the inputs to the outputs."""

    batch: int
    widths: tuple[int, ...]
    hand: str

    def __str__(self) -> str:
        if len(set(self.widths)) == 1:
            return f"{len(self.widths) - 1} × {self.widths[0]} at batch {self.batch}"
        return str((self.batch, *self.widths)).replace(" ", "")

    def arrays(self) -> list[by_hand.Array]:
        """x, W1, b1, W2, b2, … and t; weights such that activations neither vanish nor saturate."""
        rng = np.random.default_rng(0)
        made = [rng.normal(size=(self.batch, self.widths[0]))]
        for before, after in zip(self.widths, self.widths[1:], strict=False):
            made += [rng.normal(size=(after, before)) / np.sqrt(before), rng.normal(size=after)]
        return [*made, rng.normal(size=(self.batch, self.widths[-1]))]


SMALL = Network(8, (4, 16, 2), "two_layers")
MEDIUM = Network(64, (784, 128, 10), "two_layers")
DEEP = Network(128, (256,) * 9, "layers")


def ratio(network: Network, activation: str) -> Measured:
    """Time of the generated function over that of the one by hand."""
    arrays = network.arrays()
    hand = partial(getattr(by_hand, f"{network.hand}_{activation}"), *arrays)
    hidden = len(network.widths) - 2
    derivation = derive(catalogue.find("mlp"), hidden=hidden, activation=activation, loss="mean_squared_error")
    generated = partial(loss_and_gradients(derivation), *arrays)
    refuse_different(generated(), hand())
    found = clock.ratio(generated, hand, BUDGET)
    return Measured(
        found.median,
        f"median of {found.samples} pairs of {found.calls} calls, half of them in {found.quartiles[0]:.3f}–"
        f"{found.quartiles[1]:.3f}; minima {1e6 * found.first:.1f} and {1e6 * found.second:.1f} µs; "
        f"page faults a call {_page_faults(generated)} and {_page_faults(hand)}",
    )


def loss_and_gradients(derivation: Derivation) -> by_hand.Network:
    """The generated function, written to a file and imported from it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "generated.py"
        path.write_text(python_source(derivation, "gdverify derive …"), encoding="utf-8")
        spec = importlib.util.spec_from_file_location("generated", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    function: by_hand.Network = module.loss_and_gradients
    return function


def refuse_different(first: by_hand.Result, second: by_hand.Result) -> None:
    """Raise NotMeasured where two losses, or gradients, are not the same to rounding."""
    (loss, gradients), (other_loss, others) = first, second
    if not np.isclose(loss, other_loss, rtol=1e-10, atol=0):
        raise NotMeasured(f"the losses differ: {loss} and {other_loss}")
    # One that is 0, such as that of the bias of attention's keys, is as small as rounding leaves it.
    least = 1e-12 * max((float(np.abs(gradient).max()) for gradient in gradients.values()), default=0.0)
    for name in gradients.keys() | others.keys():
        if not np.allclose(gradients[name], others[name], rtol=1e-8, atol=max(least, 1e-12)):
            raise NotMeasured(f"the gradients of {name} differ")


def _page_faults(action: clock.Action, calls: int = 20) -> int:
    """Pages that a call asks of the operating system: the memory that it holds at once, beyond what is kept for it."""
    action()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(calls):
        action()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // calls
