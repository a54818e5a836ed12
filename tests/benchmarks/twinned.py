"""The generated gradients of the catalogue against those by hand: how much time, and how much memory at once.

The twins are the layers and losses of `gdverify.documented`, and the networks that `tests.networks` puts together from
them. Both get the same float64 arrays at the sizes below, which are those of a small training run.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from gdverify import catalogue
from gdverify.cases.case import Case
from gdverify.cases.strategies import build
from gdverify.derivation.steps import Derivation, derive
from gdverify.documented.counterparts import COUNTERPARTS
from tests.benchmarks import clock
from tests.benchmarks.figure import Breakdown, Measured
from tests.benchmarks.generated import loss_and_gradients, refuse_different
from tests.networks import NETWORKS

BUDGET = 0.6  # seconds for each pair
LARGER = 4  # times the batch, where memory is measured: small arrays are gone before they matter
Result = tuple[float, Mapping[str, np.ndarray]]

PLAIN = {"batch": 64, "inputs": 256, "features": 256, "outputs": 128, "time": 20, "pieces": 3, "classes": 128}
IMAGES = {"batch": 16, "channels": 8, "features": 16, "rows": 32, "columns": 32, "height": 3, "width": 3}
SIGNALS = {"batch": 32, "channels": 8, "features": 16, "time": 128, "taps": 5}
QUERIES = {"batch": 16, "queries": 64, "keys": 64, "depth": 32, "values": 32}
WORDS = {"batch": 16, "time": 32, "features": 64, "hidden": 256, "words": 500, "context": 6}
STEPS = {"batch": 32, "time": 24, "inputs": 32, "hidden": 64, "classes": 10}

CONVOLUTIONS = (
    "convolution_2d",
    "convolution_2d_channels_last",
    "depthwise_convolution_2d",
    "depthwise_convolution_2d_channels_last",
    "grouped_convolution_2d",
    "transposed_convolution_2d",
)
POOLINGS = (
    "max_pooling_2d",
    "average_pooling_2d",
    "max_pooling_2d_channels_last",
    "average_pooling_2d_channels_last",
    "global_average_pooling",
    "global_max_pooling",
)
ATTENTIONS = ("attention", "causal_attention", "masked_attention")
# What is measured at which sizes, by the family whose limit it must keep.
FAMILIES: dict[str, tuple[tuple[Sequence[str], Mapping[str, int]], ...]] = {
    "dense layers": (
        (("affine", "linear", "linear_in_out", "weighted_sum", "dot_products", "maxout"), PLAIN),
        (("bilinear",), {"batch": 32, "inputs": 32, "features": 32, "outputs": 16}),
        (("embedding",), {"batch": 256, "words": 500, "features": 64}),
        (("mlp", "autoencoder", "softmax_regression"), {**PLAIN, "hidden1": 256, "hidden2": 256, "hidden": 128}),
        (("cbow", "skip_gram"), WORDS),
    ),
    "normalisation": (
        (("batch_norm", "batch_norm_evaluation", "layer_norm", "rms_norm", "softmax", "log_softmax"), PLAIN),
        (("batch_norm_2d", "batch_norm_2d_evaluation", "instance_norm", "group_norm"), IMAGES),
    ),
    "attention": (
        (ATTENTIONS, QUERIES),
        (("multi_head_attention", "transformer_block", "gpt"), WORDS),
    ),
    "convolution and pooling": (
        (("convolution_1d", "convolution_1d_channels_last", "max_pooling_1d", "average_pooling_1d"), SIGNALS),
        ((*CONVOLUTIONS, *POOLINGS), IMAGES),
        (("small_cnn",), {**IMAGES, "classes": 10}),
    ),
    "recurrences": (
        (
            ("rnn", "rnn_classifier", "bidirectional_rnn", "lstm", "lstm_peepholes", "gru", "gru_reset_after"),
            STEPS,
        ),
    ),
}
_IN_A_FAMILY = {name for rows in FAMILIES.values() for names, _ in rows for name in names}
FAMILIES["activations"] = (
    (tuple(name for name, one in catalogue.activations().items() if one.symbol == "a" and name != "prelu"), PLAIN),
)
FAMILIES["losses"] = ((tuple(name for name in catalogue.losses() if name not in _IN_A_FAMILY), PLAIN),)


@dataclass(frozen=True)
class Pair:
    """The same gradient twice: from the derivation, and by hand."""

    name: str
    derivation: Derivation
    case: Case
    generated: Callable[[], Result]
    hand: Callable[[], Mapping[str, object]]


def pair(name: str, sizes: Mapping[str, int]) -> Pair:
    """Both at given sizes.

    Raises:
        NotMeasured: they differ.
    """
    derivation = derive(catalogue.find(name))
    found = {axis.name: sizes.get(axis.name, 8) for axis in derivation.composition.axes}
    case = build(derivation, {}, found, "ordinary", "float64", seed=0)
    generated = partial(loss_and_gradients(derivation), *(case.arrays[one.name] for one in derivation.arguments))
    hand = _by_hand(name, case)
    loss, gradients = generated()
    refuse_different((loss, gradients), (float(np.sum(hand()["loss"])), {key: hand()[key] for key in gradients}))
    return Pair(name, derivation, case, generated, hand)


def _by_hand(name: str, case: Case) -> Callable[[], Mapping[str, object]]:
    """One forward and one backward pass; a layer is made before, a network in each call."""
    if name in NETWORKS:
        return partial(NETWORKS[name], case)
    row = COUNTERPARTS[name]
    return partial(row.call, row.layer(case), case)


def time(family: str) -> Measured:
    """Time of the generated function over that of the twin: the largest ratio of a family."""
    found = {one.name: clock.ratio(one.generated, one.hand, BUDGET) for one in _pairs(family)}
    worst = max(found, key=lambda name: found[name].median)
    rows = [
        (name, f"{1e6 * r.first:.0f}", f"{1e6 * r.second:.0f}", f"{r.median:.2f}", f"{r.first / r.second:.2f}")
        for name, r in found.items()
    ]
    headings = (family, "generated, µs", "by hand, µs", "median ratio", "ratio of minima")
    note = f"{worst}, of {len(found)}; median of pairs in turn, about {BUDGET} s each"
    return Measured(found[worst].median, note, (Breakdown(f"generated / by hand: {family}", headings, rows),))


def memory() -> Measured:
    """Peak memory of the generated function over that of the twin: the largest ratio of all."""
    larger = (pair(name, {**sizes, "batch": LARGER * sizes["batch"]}) for name, sizes in _every())
    found = {one.name: (peak(one.generated), peak(one.hand)) for one in larger}
    ratios = {name: first / second for name, (first, second) in found.items()}
    worst = max(ratios, key=lambda name: ratios[name])
    rows = [
        (name, f"{found[name][0] / 1e3:.0f}", f"{found[name][1] / 1e3:.0f}", f"{ratios[name]:.2f}")
        for name in sorted(ratios, key=lambda name: -ratios[name])
    ]
    headings = ("peak memory", "generated, kB", "by hand, kB", "ratio")
    note = f"{worst}, of {len(found)}; what one call holds at once, beyond its arguments (tracemalloc)"
    return Measured(ratios[worst], note, (Breakdown("peak memory, generated / by hand", headings, rows),))


def peak(action: Callable[[], object]) -> int:
    """Bytes that a call holds at once beyond what was there before it."""
    action()
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _every() -> Iterator[tuple[str, Mapping[str, int]]]:
    return ((name, sizes) for rows in FAMILIES.values() for names, sizes in rows for name in names)


@cache
def _pairs(family: str) -> tuple[Pair, ...]:
    return tuple(pair(name, sizes) for names, sizes in FAMILIES[family] for name in names)
