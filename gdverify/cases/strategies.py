"""Hypothesis strategies for sizes, values and whole cases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gdverify.cases.case import Array, Case
from gdverify.cases.domains import domains
from gdverify.cases.regimes import HAND_SEEDS, LARGEST_SEED, REGIMES, values
from gdverify.catalogue import find
from gdverify.derivation.steps import Derivation, Source, derive
from gdverify.errors import UsageError
from gdverify.notation.architecture import Architecture
from gdverify.notation.axes import Axis
from gdverify.notation.tensors import Tensor

LARGEST = {"batch": 9, "points": 9}  # axes of data; all others go up to LARGEST_WIDTH
LARGEST_WIDTH = 5
DEPTHS = (0, 1, 2, 3)
DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Space:
    """The cases to draw from.

    Attributes:
        source: the architecture or operation.
        options: of the family; a tuple or range is a choice to be drawn, an integer option not given is a depth.
        sizes: axes whose size is fixed, or drawn from a tuple or range.
        regimes, dtypes: the names to draw from.
    """

    source: Source
    options: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, Any] = field(default_factory=dict)
    regimes: Sequence[str] = tuple(REGIMES)
    dtypes: Sequence[str] = DTYPES


@st.composite
def sizes(draw: st.DrawFn, axes: Sequence[Axis], fixed: Mapping[str, Any]) -> dict[str, int]:
    """Sizes of axes: any, all equal, or all distinct; 1 is common; batches are 1, 2, odd, and larger."""
    found = {
        axis.name: draw(_choice(fixed.get(axis.name, range(1, LARGEST.get(axis.name, LARGEST_WIDTH) + 1))))
        for axis in axes
    }
    # The same draws for each kind, so that a failure of equal sizes can shrink to one of small sizes.
    kind = draw(_choice(("any", "square", "distinct")))
    free = [name for name in found if name not in fixed]
    if kind == "square" and free:
        found |= dict.fromkeys(free, min(found[free[0]], LARGEST_WIDTH))
    if kind == "distinct":
        taken = {found[name] for name in found if name in fixed}
        for name in free:
            found[name] = next(n for n in itertools.count(found[name]) if n not in taken)
            taken.add(found[name])
    return found


@st.composite
def cases(draw: st.DrawFn, space: Space) -> Case:
    """Cases of an architecture or operation; the same seed draws the same ones."""
    options = {name: draw(strategy) for name, strategy in _options(space).items()}
    derivation = derive(space.source, **options)
    found = draw(sizes(derivation.composition.axes, space.sizes))
    refuse_cramped(space, derivation, found)
    regime, dtype = draw(_ways(tuple(space.regimes), tuple(space.dtypes)))
    return build(derivation, options, found, regime, dtype, draw(_SEEDS))


def refuse_cramped(space: Space, derivation: Derivation, found: Mapping[str, int]) -> None:
    """Refuse a size that is fixed and does not fit: a window wider than the axis, parts that are not equal.

    Raises:
        UsageError: names the size, and one that fits.
    """
    roomy = derivation.roomy(found)
    for axis, size in space.sizes.items():
        if type(size) is int and 0 < size != roomy.get(axis, size):
            follow = ", ".join(f"{e.name} = {e.extent}" for e in derivation.extents if e.source.name == axis)
            raise UsageError(
                f"{derivation.name}: size {axis}={size} does not fit ({follow}): what follows from it is empty, or no "
                f"whole number; the next that fits is {roomy[axis]}."
            )


def build(
    derivation: Derivation,
    options: Mapping[str, Any],
    found: Mapping[str, int],
    regime: str,
    dtype: str,
    seed: int,
) -> Case:
    """The case that the draws stand for."""
    inside, found = domains(derivation), derivation.roomy(found)
    place = {tensor.name: k for k, tensor in enumerate(derivation.arguments)}

    def array(tensor: Tensor) -> Array:
        shape = tuple(found[axis.name] for axis in tensor.axes)
        drawn = values(seed, place[tensor.name], shape, regime, tensor.role, dtype)
        if tensor in derivation.positions:
            return _positions(drawn, found[derivation.positions[tensor].name])
        return np.asarray(inside[tensor.name](drawn) if tensor.name in inside else drawn, dtype=dtype)

    by_role = {
        role: {tensor.name: array(tensor) for tensor in derivation.arguments if tensor.role == role}
        for role in ("input", "parameter", "target", "upstream")
    }
    return Case(
        dict(found),
        dict(options),
        by_role["input"],
        by_role["parameter"],
        by_role["target"],
        by_role["upstream"],
        regime,
        np.dtype(dtype),
    )


def _positions(drawn: Array, size: int) -> Array:
    """Whole numbers from 0 to the size, many of them more than once."""
    return (np.abs(np.nan_to_num(drawn, posinf=0, neginf=0)) * 7 % max(size, 1)).astype(np.int64)


def some_member(space: Space) -> Derivation:
    """A member of the family: of each choice the first, depths as in the family's own default."""
    return derive(space.source, **next(members(space)))


def members(space: Space) -> Iterator[dict[str, Any]]:
    """The options of the members of the family that differ in a choice, depths as in the family's own default."""
    defaults = space.source.options if isinstance(space.source, Architecture) else {}
    depths = {name: default for name, default in defaults.items() if type(default) is int}
    choices = {k: list(v) if isinstance(v, (tuple, list, range)) else [v] for k, v in space.options.items()}
    for chosen in itertools.product(*choices.values()):
        yield {**depths, **dict(zip(choices, chosen, strict=True))}


def alternatives(space: Space) -> dict[str, list[Any]]:
    """The options of the family that are drawn, each with its choices."""
    defaults = space.source.options if isinstance(space.source, Architecture) else {}
    depths = {name: list(DEPTHS) for name, default in defaults.items() if type(default) is int}
    drawn = {name: list(v) if isinstance(v, (tuple, list, range)) else [v] for name, v in space.options.items()}
    return {name: choices for name, choices in {**depths, **drawn}.items() if len(choices) > 1}


def cases_of(source: str | Source, **options: Any) -> st.SearchStrategy[Case]:
    """A Hypothesis strategy for cases, to be used in tests of one's own.

    Args:
        source: an architecture or operation, or its name.
        options: of the family; a tuple or range is a choice.

    Raises:
        UnknownName: there is none of that name, or no such option.
    """
    space = Space(find(source) if isinstance(source, str) else source, options)
    some_member(space)
    return cases(space)


def fresh(
    space: Space,
    derivation: Derivation,
    options: Mapping[str, Any],
    count: int,
    seed: int,
    regime: str = "ordinary",
    dtype: str | None = None,
) -> Iterator[Case]:
    """Cases of one member of the family; sizes all distinct and, every fourth time, all equal.

    Args:
        space: whose sizes are fixed or chosen.
        derivation: the member.
        options: that make it the member.
        count: how many.
        seed: other seeds draw other cases.
        regime: of their values.
        dtype: of their values; by default the first of the space.
    """
    rng = np.random.default_rng((seed, 1))
    axes = derivation.composition.axes
    for k in range(count):
        widths = rng.permutation(np.arange(1, len(axes) + LARGEST_WIDTH))
        if k % 4 == 3:
            widths[:] = widths[0]
        found = {axis.name: int(width) for axis, width in zip(axes, widths, strict=False)}
        found |= {axis: _picked(rng, value) for axis, value in space.sizes.items() if axis in found}
        refuse_cramped(space, derivation, found)
        case_seed = int(rng.integers(HAND_SEEDS, LARGEST_SEED))
        yield build(derivation, options, found, regime, dtype or space.dtypes[0], case_seed)


def _picked(rng: np.random.Generator, value: Any) -> int:
    return int(rng.choice(list(value))) if isinstance(value, (tuple, list, range)) else int(value)


def _options(space: Space) -> dict[str, st.SearchStrategy[Any]]:
    defaults = space.source.options if isinstance(space.source, Architecture) else {}
    depths = {name: _choice(DEPTHS) for name, default in defaults.items() if type(default) is int}
    return {**depths, **{name: _choice(value) for name, value in space.options.items()}}


def _choice(value: Any) -> st.SearchStrategy[Any]:
    return _sampled(tuple(value)) if isinstance(value, (tuple, list, range)) else st.just(value)


@lru_cache(maxsize=256)  # Hypothesis examines a strategy that it has not met
def _sampled(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@lru_cache(maxsize=256)
def _ways(regimes: Sequence[str], dtypes: Sequence[str]) -> st.SearchStrategy[tuple[str, str]]:
    """Regime and dtype, in one draw; simpler ones first, since that is where shrinking goes."""
    return st.sampled_from([(name, dtype) for name in regimes for dtype in dtypes for _ in range(REGIMES[name].weight)])


_SEEDS = st.integers(0, LARGEST_SEED)
