"""Regimes: named ways of drawing values. A row each, so that a new one is a new row.

All values of a case come from one integer, its seed: small seeds give numbers that are easy to reckon with (1, −1,
½, 2), large ones pseudo-random arrays. Hypothesis shrinks integers towards 0, so a failure shrinks to small sizes
and simple numbers, and an array of a million entries costs one draw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np

from gdverify.cases.case import Array

SIMPLE = (1.0, -1.0, 0.5, -0.5, 2.0, -2.0)
GRID = (-1.0, -0.5, 0.0, 0.0, 0.5, 1.0)
HAND_SEEDS = 100  # seeds below this one draw from SIMPLE
LARGEST_SEED = 2**32 - 1

Draw = Callable[[np.random.Generator, Array, "Scales"], Array]


@dataclass(frozen=True)
class Scales:
    """How far a regime goes: far enough to matter, near enough that three layers stay inside the dtype's range."""

    saturated: float
    near: float
    tiny: float
    huge: float
    decades: int


SCALES = {
    "float64": Scales(saturated=20.0, near=1e-9, tiny=1e-12, huge=1e6, decades=6),
    "float32": Scales(saturated=10.0, near=1e-4, tiny=1e-5, huge=1e3, decades=2),
}


@dataclass(frozen=True)
class Regime:
    """A way of drawing values.

    Attributes:
        meaning: what it is for, in one line.
        weight: how often it is drawn, relative to the others.
        parameters: makes a parameter's values from ordinary ones.
        data: the same for inputs, targets and upstream gradients.
    """

    meaning: str
    weight: int
    parameters: Draw
    data: Draw


def _as_they_are(rng: np.random.Generator, ordinary: Array, scales: Scales) -> Array:
    return ordinary


def _on_grid(rng: np.random.Generator, ordinary: Array, scales: Scales) -> Array:
    # Sums of products of these cancel exactly, in float32 too: many pre-activations are 0 and many values tie.
    return rng.choice(GRID, size=ordinary.shape)


def _near_grid(rng: np.random.Generator, ordinary: Array, scales: Scales) -> Array:
    return _on_grid(rng, ordinary, scales) + scales.near * rng.choice((-1.0, 1.0), size=ordinary.shape)


def _tied(rng: np.random.Generator, ordinary: Array, scales: Scales) -> Array:
    return np.broadcast_to(ordinary.flat[:1].reshape((1,) * ordinary.ndim), ordinary.shape).copy()


def _some_zero(rng: np.random.Generator, ordinary: Array, scales: Scales) -> Array:
    return ordinary * rng.choice((0.0, 0.0, 1.0))


def _some_dead(rng: np.random.Generator, ordinary: Array, scales: Scales) -> Array:
    # A unit with weights of 0 sits on its kink, and lets nothing through by which others would be in doubt.
    dead = ordinary.copy()
    if ordinary.ndim:
        dead[(slice(None),) * int(rng.integers(ordinary.ndim)) + (-1,)] = 0
    return dead


def _some_large(rng: np.random.Generator, ordinary: Array, scales: Scales) -> Array:
    # Each unit by itself, from not at all to where nothing is left of its slope: what is behind others still shows.
    units = (*ordinary.shape[:1], *(1 for _ in ordinary.shape[1:]))
    return ordinary * scales.saturated ** rng.uniform(size=units)


def _mixed(rng: np.random.Generator, ordinary: Array, scales: Scales) -> Array:
    return ordinary * 10.0 ** rng.integers(-scales.decades, scales.decades + 1, size=ordinary.shape)


REGIMES: dict[str, Regime] = {
    "ordinary": Regime("non-zero values of order 1", 8, _as_they_are, _as_they_are),
    "saturated": Regime("activations at the flat ends", 1, lambda rng, v, s: v * s.saturated, _as_they_are),
    "saturating": Regime("some activations at the flat ends", 2, _some_large, _as_they_are),
    "on kinks": Regime("pre-activations of exactly 0", 2, _on_grid, _on_grid),
    "near kinks": Regime("pre-activations next to 0", 1, _near_grid, _near_grid),
    "dead units": Regime("one unit of each layer exactly 0", 2, _some_dead, _as_they_are),
    "ties": Regime("all entries of a tensor equal", 1, _tied, _tied),
    "zeros": Regime("some tensors all zero", 1, _some_zero, _some_zero),
    "mixed scale": Regime("entries many decades apart", 1, _mixed, _mixed),
    "tiny": Regime("small inputs and errors", 1, _as_they_are, lambda rng, v, s: v * s.tiny),
    "huge": Regime("large inputs and targets", 1, _as_they_are, lambda rng, v, s: v * s.huge),
}


def values(seed: int, place: int, shape: tuple[int, ...], regime: str, role: str, dtype: str) -> Array:
    """The values of a tensor.

    Args:
        seed: of the case, 0 … `LARGEST_SEED`; below `HAND_SEEDS` the numbers are simple.
        place: of the tensor among those of the case, so that two tensors differ.
        shape: of the tensor.
        regime: a key of `REGIMES`.
        role: of the tensor, as declared.
        dtype: of the case.
    """
    return (_few if prod(shape) <= FEW else _values)(seed, place, shape, regime, role, dtype).copy()


def _values(seed: int, place: int, shape: tuple[int, ...], regime: str, role: str, dtype: str) -> Array:
    rng = np.random.default_rng((seed, place))
    if seed < len(SIMPLE):
        # In turn, so that the simplest arrays are not constant, nor symmetric where they are square.
        ordinary = np.resize(np.roll(SIMPLE, -seed - place), shape)
    elif seed < HAND_SEEDS:
        ordinary = rng.choice(SIMPLE, size=shape)
    else:
        # Away from 0, so that no factor of a gradient vanishes by chance.
        ordinary = rng.choice((-1.0, 1.0), size=shape) * rng.uniform(0.25, 1.75, size=shape)
    row = REGIMES[regime]
    drawn = (row.parameters if role == "parameter" else row.data)(rng, ordinary, SCALES[dtype])
    return np.asarray(drawn, dtype=dtype)


FEW = 1024  # numbers that are kept: a search draws the same small arrays again and again
_few = lru_cache(maxsize=2048)(_values)
