"""A subject that is given float64 and computes in float32 somewhere inside.

It fails by the roundings of float64 and passes by those of float32. So would a mistake in the ninth digit: what tells
them apart is that roundings are everywhere, and nowhere the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gdverify.auditing.execution import Returned
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Diagnosis
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import reference

SINGLE = "float32"
# Of the entries that could show it so many are off, and the typical error is no smaller than this many roundings.
MOST, LEAST = 0.5, 1 / 8
# Relative errors of one size are no roundings: they differ by more than this part of the typical one.
SPREAD = 0.05


def single_precision(
    subject: Subject, derivation: Derivation, samples: Sequence[tuple[Case, Returned]]
) -> Diagnosis | None:
    """The reason, where it is that; the samples are fresh cases with what the subject returned for them."""
    allowed = subject.allowance.with_changes({"precision": SINGLE})
    wide = [(case, returned) for case, returned in samples if case.dtype == np.float64]
    if not wide or subject.allowance.precision is not None:
        return None
    off: list[bool] = []
    errors: dict[str, list[float]] = {}
    for case, returned in wide:
        names = [f"d{name}" for name in returned.gradients]
        double = reference(derivation, case, names, allowance=subject.allowance).bounds
        single = reference(derivation, case, names, allowance=allowed).bounds
        for name, got in returned.gradients.items():
            if not compare(got, single[f"d{name}"], returned.uncertainty.get(name, 0.0)).agrees:
                return None
            bound = double[f"d{name}"]
            told = bound.tolerance < np.abs(bound.expected)
            relative = (np.asarray(got) - bound.expected)[told] / bound.expected[told]
            outside = np.abs(relative * bound.expected[told]) > bound.tolerance[told]
            if outside.any():
                off += outside.tolist()
                errors.setdefault(name, []).extend(relative[outside].tolist())
    unit = float(np.finfo(SINGLE).eps) / 2
    if not off or np.mean(off) < MOST or not any(_are_roundings(found, unit) for found in errors.values()):
        return None
    return Diagnosis("single precision", "; ".join(_says(subject, len(wide))))


def _are_roundings(errors: Sequence[float], unit: float) -> bool:
    typical = float(np.median(np.abs(errors)))
    return typical >= LEAST * unit and float(np.ptp(errors)) > SPREAD * typical


def _says(subject: Subject, cases: int) -> Iterator[str]:
    yield (
        "computes in single precision somewhere inside: what it returns for float64 is outside of float64's bound and "
        f"inside of float32's (confirmed on {cases} fresh cases)"
    )
    yield "look for np.float32, for dtype='f' or for arrays that are made without dtype=x.dtype"
    declared = subject.declaring(f'precision="{SINGLE}"')
    yield f"where that is meant, say so: {declared} judges by float32's bound"
