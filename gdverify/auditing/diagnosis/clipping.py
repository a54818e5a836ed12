"""Gradients that are clipped: entry by entry at ± c, or each tensor, or all together, to a norm of c."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdverify.auditing.execution import Returned
from gdverify.cases.case import Case
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import Bound

Reals = NDArray[np.float64]
Observed = tuple[Case, Returned, Mapping[str, Bound]]
Tensors = dict[str, Reals]
SAME = 1e-3  # the clip values of two cases differ by no more than this part where they are one
ROUNDINGS = 16  # of the norm and of the scaling, beside the gradient's own


@dataclass(frozen=True)
class Clipping:
    """A way to clip: what it says, the size that is compared with c, and the gradients that it makes."""

    says: str
    sizes: Callable[[Tensors], Tensors]
    clip: Callable[[Tensors, float], Tensors]


def _each(tensors: Tensors) -> Tensors:
    return {name: np.abs(array) for name, array in tensors.items()}


def _norms(tensors: Tensors) -> Tensors:
    return {name: np.asarray(np.linalg.norm(array)) for name, array in tensors.items()}


def _norm(tensors: Tensors) -> Tensors:
    together = np.sqrt(sum(float(np.sum(array**2)) for array in tensors.values()))
    return {name: np.asarray(together) for name in tensors}


def _scaled(sizes: Callable[[Tensors], Tensors]) -> Callable[[Tensors, float], Tensors]:
    def clip(tensors: Tensors, c: float) -> Tensors:
        found = sizes(tensors)
        return {name: array * np.minimum(1, c / np.maximum(found[name], c)) for name, array in tensors.items()}

    return clip


ROWS: tuple[Clipping, ...] = (
    Clipping("every entry of the gradients is clipped to ± {c}", _each, _scaled(_each)),
    Clipping("each gradient is scaled down to a norm of {c}", _norms, _scaled(_norms)),
    Clipping("the gradients are scaled down together to a norm of {c}", _norm, _scaled(_norm)),
)


def clipped(samples: Sequence[Observed]) -> str:
    """How the subject clips, in words; nothing where it does not.

    Args:
        samples: cases, with what the subject returned and what the gradients should be.
    """
    with np.errstate(all="ignore"):  # the norm of what is huge
        found = next(((row, c) for row in ROWS for c in _limits(row, samples)), None)
    if found is None:
        return ""
    row, c = found
    return f"{row.says.format(c=f'{c:g}')}; judge the gradients before they are clipped"


def _limits(row: Clipping, samples: Sequence[Observed]) -> Iterator[float]:
    """The one size above which it cuts off; none where there is none."""
    values = list(_values(row, samples))
    if values and 0 < max(values) <= min(values) * (1 + SAME):
        c = float(f"{np.median(values):.6g}")
        if all(_fits(row, c, sample) for sample in samples):
            yield c


def _values(row: Clipping, samples: Sequence[Observed]) -> Iterator[float]:
    """The size of what was returned, wherever it is smaller than it should be."""
    for _, returned, bounds in samples:
        got = row.sizes({name: np.asarray(array, np.float64) for name, array in returned.gradients.items()})
        right = row.sizes({name: bounds[f"d{name}"].expected for name in got})
        for name, size in got.items():
            yield from size[size < right[name] * (1 - SAME)].tolist()


def _fits(row: Clipping, c: float, sample: Observed) -> bool:
    case, returned, bounds = sample
    made = row.clip({name: bounds[f"d{name}"].expected for name in returned.gradients}, c)
    unit = float(np.finfo(case.dtype).eps)
    return all(
        compare(got, Bound(made[name], bounds[f"d{name}"].tolerance + ROUNDINGS * unit * np.abs(made[name]))).agrees
        for name, got in returned.gradients.items()
    )
