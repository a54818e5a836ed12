"""A slip as an explanation: does it give what the subject returned?

First in plain floats on a few cases, which rules nearly all slips out at the cost of a backward pass each; what is
left is held against its own rounding bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gdverify.auditing.diagnosis.ratios import explain_ratio
from gdverify.auditing.diagnosis.samples import Sample
from gdverify.codegen.program import needed, program, run
from gdverify.evidence.arithmetic import NUMPY
from gdverify.evidence.reference import Bound, reference
from gdverify.slips.slip import Slipped

FEW = 10  # a constant is looked for on a tenth of the samples first
PROBES = 4  # cases for the first look
# How far plain floats may be from the subject's at the first look, relative to the largest entry.
CLOSE = {"float64": 1e-6, "float32": 1e-2}


class Probes:
    """A first look at slips on a few cases."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.names = [*samples[0].returned.gradients]
        self.samples = _telling(samples, self.names)
        self._forward = [_forward(sample) for sample in self.samples]
        self._agreeing: dict[Slipped, frozenset[str]] = {}  # found on the way: values are large, and are not kept

    def agreeing(self, candidate: Slipped) -> frozenset[str]:
        """The gradients that a slip gives as the subject does."""
        found = self._agreeing.get(candidate)
        return self._agreed(self._values(candidate)) if found is None else found

    def fits(self, candidate: Slipped) -> bool:
        """Whether a slip gives every gradient as the subject does, up to one constant."""
        values = self._values(candidate)
        self._agreeing[candidate] = self._agreed(values)
        # Nearly every slip fails here.
        return self._fits(values, self.names, self._constant(values))

    def _agreed(self, values: Sequence[Mapping[str, Any]]) -> frozenset[str]:
        return frozenset(name for name in self.names if self._fits(values, [name], 1.0))

    def _values(self, candidate: Slipped) -> list[Mapping[str, Any]]:
        statements = needed(candidate.backward, [f"d{name}" for name in self.names])
        with np.errstate(all="ignore"):
            return [run(statements, known, NUMPY) for known in self._forward]

    def _constant(self, values: Sequence[Mapping[str, Any]]) -> float:
        pairs = [
            (s.returned.gradients[n], v[f"d{n}"]) for s, v in zip(self.samples, values, strict=True) for n in self.names
        ]
        with np.errstate(all="ignore"):
            along = sum(float(np.sum(np.asarray(got, float) * value)) for got, value in pairs)
            size = sum(float(np.sum(np.square(value))) for _, value in pairs)
            ratio = along / size if size > 0 else np.nan
        return ratio if np.isfinite(ratio) else 1.0

    def _fits(self, values: Sequence[Mapping[str, Any]], names: Iterable[str], constant: float) -> bool:
        return all(
            _close(sample, value[f"d{name}"] * constant, name)
            for sample, value in zip(self.samples, values, strict=True)
            for name in names
        )


def _telling(samples: Sequence[Sample], names: Sequence[str]) -> list[Sample]:
    """Samples in which errors show: one of each way to be right and wrong, and then what comes first."""
    ordered = sorted(samples, key=lambda sample: sample.uninformative)
    ways = {tuple(map(sample.agrees, names)): sample for sample in reversed(ordered)}
    each = [sample for sample in ordered if sample in ways.values()]
    return [*each, *(sample for sample in ordered if sample not in each)][:PROBES]


def _forward(sample: Sample) -> dict[str, Any]:
    known = {name: array.astype(np.float64) for name, array in sample.case.arrays.items()}
    with np.errstate(all="ignore"):
        return run(program(sample.derivation).loss, known | dict(sample.case.sizes), NUMPY)


def _close(sample: Sample, value: Any, name: str) -> bool:
    got = sample.returned.gradients[name]
    relative = CLOSE[sample.case.dtype.name]
    with np.errstate(all="ignore"):
        scale = relative * max(float(np.max(np.abs(got), initial=0)), float(np.max(np.abs(value), initial=0)))
        known = np.where(np.isfinite(sample.bounds[f"d{name}"].tolerance), sample.bounds[f"d{name}"].tolerance, np.inf)
        allowed = scale + 10 * (known + sample.returned.uncertainty.get(name, 0.0))
        return bool(np.all(np.abs(got - value) <= allowed))


def holds(candidate: Slipped, samples: Iterable[Sample], names: Sequence[str]) -> bool:
    """Whether a slip gives these gradients as the subject does, within rounding, on every sample."""
    return all(_holds(candidate, sample, names) for sample in samples)


def _holds(candidate: Slipped, sample: Sample, names: Sequence[str]) -> bool:
    bounds = bounds_of(candidate, sample, names)
    return all(sample.comparison(name, bounds).agrees for name in names)


def bounds_of(candidate: Slipped, sample: Sample, names: Iterable[str]) -> dict[str, Bound]:
    """What a slip gives, with its rounding bounds."""
    # At a tie any subgradient is accepted, but it explains nothing.
    return reference(
        candidate.derivation,
        sample.case,
        [f"d{name}" for name in names],
        "declared",
        candidate.statements,
        sample.allowance,
    ).bounds


def ratio_to(candidate: Slipped, samples: Sequence[Sample], names: Sequence[str]) -> str | None:
    """The constant, the same for every gradient, by which they differ from what a slip gives; None without one."""
    few = len(samples) // FEW
    if few and ratio_to(candidate, samples[:few], names) is None:
        return None
    bounds = [bounds_of(candidate, sample, names) for sample in samples]
    common: str | None = None
    for name in names:
        ratio = ratio_of(samples, bounds, name)
        if ratio is None or common not in (None, ratio):
            return None
        common = ratio
    return common


def ratio_of(samples: Sequence[Sample], bounds: Sequence[Mapping[str, Bound]], name: str) -> str | None:
    """The constant by which one gradient differs from its bounds; None where there is none."""
    return explain_ratio(
        [
            (s.returned.gradients[name], b[f"d{name}"], s.case, s.returned.uncertainty.get(name, 0.0))
            for s, b in zip(samples, bounds, strict=True)
        ]
    )
