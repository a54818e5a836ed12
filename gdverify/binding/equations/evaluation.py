"""The mathematics in plain NumPy: values at which code is recognised, and what a derivation makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np

from gdverify.binding.calling.carriers import Array
from gdverify.cases.strategies import build
from gdverify.codegen.program import Statement, needed, program, run
from gdverify.derivation.steps import Derivation
from gdverify.evidence.arithmetic import NUMPY

SEED = 2_026_001  # any large one: its values are pseudo-random and of order 1
# What two programs for one equation may differ by, relative to the array.
NEAR = {"float64": 1e-8, "float32": 1e-4, "float16": 2e-2}
LOOSEST = max(NEAR.values())
_WITHIN = {np.dtype(name).char: within for name, within in NEAR.items()}  # by the letter, which NumPy has at hand


def point(
    derivation: Derivation, sizes: Mapping[str, int], dtype: str = "float64", seed: int = SEED
) -> dict[str, Array]:
    """Values of every argument, by name, in the domain of the equations."""
    return dict(_point(derivation, tuple(sizes.items()), dtype, seed))


@lru_cache(maxsize=4096)  # everything that is compared with one unit
def _point(derivation: Derivation, sizes: tuple[tuple[str, int], ...], dtype: str, seed: int) -> dict[str, Array]:
    return build(derivation, {}, dict(sizes), "ordinary", dtype, seed).arrays


def computed(
    derivation: Derivation, values: Mapping[str, Array], sizes: Mapping[str, int], names: Iterable[str]
) -> dict[str, Array]:
    """Values of tensors and adjoints, by name."""
    wanted = list(names)
    with np.errstate(all="ignore"):
        known = run(_statements(derivation, tuple(wanted)), {**values, **derivation.every_size(sizes)}, NUMPY)
    return {name: np.asarray(known[name]) for name in wanted}


@lru_cache(maxsize=1024)
def _statements(derivation: Derivation, names: tuple[str, ...]) -> tuple[Statement, ...]:
    made = program(derivation)
    every = [*made.loss, *made.every_adjoint] if any(name[0] == "d" for name in names) else made.loss
    return needed(every, names)


def _within(first: Array, second: Array) -> float:
    usual = NEAR["float64"]
    return max(_WITHIN.get(first.dtype.char, usual), _WITHIN.get(second.dtype.char, usual))


def near(got: Array, expected: Array) -> bool:
    """Whether two arrays are the same up to rounding, and say anything: nan, or all zeros, say nothing."""
    if got.shape != expected.shape or got.dtype.kind not in "fiub":
        return False
    if not expected.ndim:  # a loss, which is compared with that of every network
        number = float(expected)
        size, error = abs(number), abs(float(got) - number)
        return error <= LOOSEST * size and 0 < size < np.inf and error <= _within(got, expected) * size
    scale = float(np.max(np.abs(expected), initial=0.0))
    return bool(
        0 < scale < np.inf and np.all(np.abs(got.astype(np.float64) - expected) <= _within(got, expected) * scale)
    )


def ratio(got: Array, expected: Array) -> float | None:
    """The constant c with got = c · expected; None where there is none. One number is a multiple of any other."""
    if got.shape != expected.shape or got.dtype.kind != "f" or expected.size < 2:
        return None
    index = np.unravel_index(int(np.argmax(np.abs(expected))), expected.shape)
    if not expected[index] or not np.isfinite(got).all() or not got[index]:
        return None
    constant = float(got[index]) / float(expected[index])
    return constant if near(got, constant * expected) else None
