"""The generated gradients against those of HIPS autograd (the extra ``peers``), which differentiates while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial

from gdverify import catalogue
from gdverify.cases.strategies import build
from gdverify.derivation.steps import derive
from tests.benchmarks import clock
from tests.benchmarks.figure import Breakdown, Measured, NotMeasured
from tests.benchmarks.generated import loss_and_gradients, refuse_different

BUDGET = 1.0  # seconds for each pair
SMALL, ORDINARY = "small", "ordinary"

SIZES: dict[str, dict[str, dict[str, int]]] = {
    SMALL: {
        "mlp": {"batch": 8, "inputs": 4, "hidden1": 16, "hidden2": 16, "outputs": 2},
        "softmax_regression": {"batch": 8, "inputs": 8, "outputs": 4},
        "small_cnn": {"batch": 2, "channels": 1, "features": 4, "rows": 10, "columns": 10, "classes": 4},
        "multi_head_attention": {"batch": 2, "time": 6, "features": 8},
        "rnn": {"batch": 4, "time": 8, "inputs": 4, "hidden": 8, "classes": 4},
    },
    ORDINARY: {
        "mlp": {"batch": 128, "inputs": 256, "hidden1": 256, "hidden2": 256, "outputs": 64},
        "softmax_regression": {"batch": 128, "inputs": 784, "outputs": 10},
        "small_cnn": {"batch": 16, "channels": 4, "features": 8, "rows": 26, "columns": 26, "classes": 10},
        "multi_head_attention": {"batch": 16, "time": 32, "features": 64},
        "rnn": {"batch": 32, "time": 24, "inputs": 32, "hidden": 64, "classes": 10},
    },
}


def times_faster(sizes: str) -> Measured:
    """How often the generated function runs while autograd runs once: the least of the networks."""
    found = {name: _ratio(name, chosen) for name, chosen in SIZES[sizes].items()}
    least = min(found, key=lambda name: found[name].median)
    rows = [
        (name, f"{1e6 * r.second:.0f}", f"{1e6 * r.first:.0f}", f"{r.median:.2f}", f"{r.quartiles[0]:.2f}")
        for name, r in found.items()
    ]
    headings = (f"{sizes} sizes", "generated, µs", "autograd, µs", "times faster", "lower quartile")
    note = f"{least}, of {len(found)}; median of pairs in turn, about {BUDGET:g} s each"
    return Measured(found[least].median, note, (Breakdown("generated against HIPS autograd", headings, rows),))


@cache
def _autograd() -> tuple[object, Mapping[str, object]]:
    """What differentiates, and the networks.

    Raises:
        NotMeasured: it is not installed.
    """
    try:
        from autograd import value_and_grad

        from tests.benchmarks.by_autograd import NETWORKS
    except ImportError as error:
        raise NotMeasured(f'{error.name} is not installed: pip install "gdverify[peers]"') from error
    return value_and_grad, NETWORKS


def _ratio(name: str, sizes: Mapping[str, int]) -> clock.Ratio:
    value_and_grad, networks = _autograd()
    derivation = derive(catalogue.find(name))
    case = build(derivation, {}, sizes, "ordinary", "float64", seed=0)
    arrays = [case.arrays[tensor.name] for tensor in derivation.arguments]
    wanted = tuple(derivation.arguments.index(tensor) for tensor in derivation.wanted)
    generated = partial(loss_and_gradients(derivation), *arrays)
    differentiated = partial(value_and_grad(networks[name], wanted), *arrays)  # type: ignore[operator]
    loss, gradients = differentiated()
    named = {tensor.name: gradient for tensor, gradient in zip(derivation.wanted, gradients, strict=True)}
    refuse_different(generated(), (loss, named))
    return clock.ratio(differentiated, generated, BUDGET)
