"""A gradient that is the right one times a constant: which constant?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isclose, isfinite, log10, prod
from typing import Any

import numpy as np

from gdverify.cases.case import Case
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import Bound

Observation = tuple[Any, Bound, Case, Any]  # what was got, what it should be, where, and how exactly it is known


SAME = "× 1"


def explain_ratio(observations: Sequence[Observation]) -> str | None:
    """The constant as it would be said, for example ``× ½`` or ``× batch``; None where there is none.

    Sizes are tried before numbers: a factor ``batch`` looks like a number as long as the batch does not change.
    """
    sizes = sorted({axis for _, _, case, _ in observations for axis in case.sizes})
    for said, above, below, number in _candidates(sizes):
        if all(_is_ratio(o, _value(o[2], above, below) * number) for o in observations):
            return _informed(observations, said)
    for number in _measured(observations):
        if all(_is_ratio(o, number) for o in observations):
            return _informed(observations, f"× {_said(number)}")
    return None


def _candidates(sizes: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...], float]]:
    """Signs, 2 and ½, with products and quotients of up to two sizes, simplest first."""
    products: list[tuple[str, ...]] = [(), *((size,) for size in sizes), *combinations(sizes, 2)]
    fractions = [((), ()), *((p, ()) for p in products if p), *(((), p) for p in products if p)]
    fractions += [((a,), (b,)) for a in sizes for b in sizes if a != b]
    for above, below in fractions:
        for said, number in (("1", 1.0), ("−1", -1.0), ("2", 2.0), ("½", 0.5)):
            yield f"× {_written(said, above, below)}", above, below, number


def _written(number: str, above: tuple[str, ...], below: tuple[str, ...]) -> str:
    top = " ".join(part for part in (number if number != "1" or not above else "", *above) if part)
    if not below:
        return top
    return f"{top}/{below[0] if len(below) == 1 else '(' + ' '.join(below) + ')'}"


def _value(case: Case, above: tuple[str, ...], below: tuple[str, ...]) -> float:
    return prod(case.sizes[a] for a in above) / prod(case.sizes[b] for b in below)


def _is_ratio(observation: Observation, ratio: float) -> bool:
    got, bound, case, uncertainty = observation
    expected = bound.expected * ratio
    # Twice the tolerance, and what it costs to multiply: a gradient may be exact as long as nothing scales it.
    with np.errstate(invalid="ignore"):  # 0 times what is not known is not known
        scaled = Bound(expected, bound.tolerance * abs(ratio) * 2 + 4 * np.finfo(case.dtype).eps * np.abs(expected))
    return compare(got, scaled, uncertainty).agrees


def _measured(observations: Sequence[Observation]) -> tuple[float, ...]:
    """The ratio at the sharpest informative entry, rounded and as it is; nothing where there is none."""
    best: tuple[float, float] | None = None
    for got, bound, _, _ in observations:
        known = np.isfinite(bound.tolerance) & (bound.tolerance < np.abs(bound.expected))
        if known.any():
            sharpness = np.where(known, np.abs(bound.expected) / np.maximum(bound.tolerance, 1e-300), 0)
            place = np.unravel_index(int(np.argmax(sharpness)), sharpness.shape)
            if best is None or sharpness[place] > best[0]:
                best = (float(sharpness[place]), float(np.asarray(got)[place] / bound.expected[place]))
    if best is None or not isfinite(best[1]):
        return ()
    return float(f"{best[1]:.9g}"), best[1]


def _informed(observations: Sequence[Observation], said: str) -> str | None:
    """The explanation, where at least half of the cases could have contradicted it."""
    informative = sum(compare(got, bound).informative > 0 for got, bound, _, _ in observations)
    return said if 2 * informative >= len(observations) else None


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _said(number: float) -> str:
    if number == 0:
        return "0"
    power = log10(abs(number))
    if abs(power) >= 3 and isclose(power, round(power), abs_tol=1e-9):
        return f"{'−' if number < 0 else ''}10{str(round(power)).translate(_SUPERSCRIPTS)}"
    if isclose(number, 1, rel_tol=1e-8):
        return f"(1 {'+' if number > 1 else '−'} {abs(number - 1):.2g})"
    return f"{number:.9g}".replace("-", "−", 1) if number < 0 else f"{number:.9g}"
