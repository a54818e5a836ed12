"""The shapes that a network's arguments have together, by what their names mean: data, weights, biases, targets.

``W2`` and ``b2`` belong to a second layer, whose inputs are as many as the outputs of the first. Samples are rows or
columns, weights (in, out) or (out, in); what a name says nothing about has none of these shapes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from gdverify.binding.calling.constructing import BATCH, HIDDEN, INPUTS, OUTPUTS
from gdverify.binding.recognising.fills import Shape
from gdverify.binding.recognising.names import ARGUMENTS, meanings, plain

WEIGHTS, BIASES = ("w", "weight", "weights", "theta", "kernel"), ("b", "bias", "biases", "beta", "intercept")
SCALES = ("gamma", "scale")
_NUMBERED = re.compile(r"(?P<word>[a-z]+)(?P<layer>\d*)")


def by_names(arguments: Sequence[str]) -> Iterator[dict[str, Shape]]:
    """Shapes for all arguments, the likeliest first; none where a name says nothing."""
    kinds = {name: _kind(name) for name in arguments}
    if not all(kinds.values()) or not any(map(is_parameter, arguments)):
        return
    layers = sorted({layer for kind in kinds.values() if kind for layer in [kind[1]] if kind[0] == "weight"})
    for outputs, arrangement in itertools.product((OUTPUTS, 1), ARRANGEMENTS.values()):
        widths = [INPUTS, *HIDDEN[: max(len(layers) - 1, 0)], outputs]
        ends = {layer: (widths[k], widths[k + 1]) for k, layer in enumerate(layers)}
        options = [_options(kind, arrangement, ends, widths) for kind in kinds.values() if kind]
        for chosen in itertools.product(*options):
            yield dict(zip(arguments, chosen, strict=True))


def is_parameter(name: str) -> bool:
    """Whether an argument is called a weight, a bias or a scale."""
    kind = _kind(name)
    return kind is not None and kind[0] in ("weight", "bias", "scale")


def _kind(name: str) -> tuple[str, int] | None:
    """What an argument is, and of which layer."""
    found = _NUMBERED.fullmatch(plain(name))
    word, layer = (found["word"], int(found["layer"] or 0)) if found else (plain(name), 0)
    for kind, words in (("weight", WEIGHTS), ("bias", BIASES), ("scale", SCALES)):
        if word in words:
            return kind, layer
    meaning = next(iter(meanings(name, ARGUMENTS)), "")
    return (meaning, layer) if meaning in ("input", "target") else None


Lengths = Mapping[str, int]
# For each kind of argument its shapes, b samples, i inputs and o outputs of its layer.
ARRANGEMENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "rows": {"input": ("bi",), "weight": ("io",), "bias": ("o", "1o"), "scale": ("o",), "target": ("bo", "b", "b1")},
    "rows, weights by outputs": {
        "input": ("bi",), "weight": ("oi",), "bias": ("o", "1o"), "scale": ("o",), "target": ("bo", "b", "b1"),
    },
    "columns": {
        "input": ("ib",), "weight": ("oi", "io"), "bias": ("o1", ""), "scale": ("o1",), "target": ("ob", "b", "1b"),
    },
    "one neuron": {"input": ("bi",), "weight": ("i", "i1"), "bias": ("",), "scale": ("",), "target": ("b", "b1")},
}  # fmt: skip


def _options(
    kind: tuple[str, int],
    arrangement: Mapping[str, tuple[str, ...]],
    ends: Mapping[int, tuple[int, int]],
    widths: Sequence[int],
) -> list[Shape]:
    word, layer = kind
    first, last = widths[0], widths[-1]
    inputs, outputs = ends.get(layer, (first, last)) if word != "input" else (first, last)
    if not ends and word in ("bias", "scale"):
        outputs = first  # a scale for each feature
    lengths = {"b": BATCH, "i": inputs, "o": outputs, "1": 1}
    return [tuple(lengths[letter] for letter in letters) for letters in arrangement[word]]
