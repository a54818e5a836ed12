"""How small an error is caught, and how often a correct implementation is flagged."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gdverify import catalogue
from gdverify.cases.case import Array, Case
from gdverify.cases.strategies import Space, build, fresh
from gdverify.derivation.steps import derive
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import Bound, reference
from tests.benchmarks.figure import Measured, NotMeasured
from tests.helpers import SOURCES, Source
from tests.styles import VARIANTS, Written
from tests.twins import twin

CASES = 20
WIDE = 256
REGIMES = (("ordinary", None), ("tiny", None), ("ordinary", 1))


def whole_gradient(relative: float) -> Measured:
    """Gradients off by a relative error in every entry, and not caught in any of the cases of a regime."""
    missed, looked = [], 0
    for source in SOURCES:
        for regime, width in REGIMES:
            for name, found in _by_tensor(source, regime, width).items():
                looked += 1
                if not any(not compare(bound.expected * (1 + relative), bound).agrees for bound in found):
                    missed.append(f"{source} {name}")
    return Measured(float(len(missed)), f"of {looked} gradients × regimes: {', '.join(missed) or 'none'}")


def one_entry(change: Callable[[float], float]) -> Measured:
    """One wrong entry of a 256 × 256 weight gradient: the share that is not caught."""
    derivation = derive(catalogue.find("affine"))
    case = build(derivation, {}, {"batch": 8, "inputs": WIDE, "outputs": WIDE}, "ordinary", "float64", 1000)
    bound = reference(derivation, case, ["dW"]).bounds["dW"]
    rng = np.random.default_rng(0)
    places = [tuple(int(k) for k in rng.integers(WIDE, size=2)) for _ in range(200)]
    missed = sum(compare(_changed(bound.expected, place, change), bound).agrees for place in places)
    return Measured(missed / len(places), f"{missed} of {len(places)} entries, chosen at random, are missed")


def negated(entry: float) -> float:
    """A wrong sign."""
    return -entry


def nudged(entry: float) -> float:
    """An error in the ninth digit."""
    return entry * (1 + 1e-9)


def flagged(dtype: str) -> Measured:
    """Tensors of the hand-written twins that are called wrong."""
    wrong = tensors = 0
    for source in SOURCES:
        derivation = source.derivation
        for regime in Space(source.made).regimes:
            for case in _cases(source, regime, None, dtype):
                with np.errstate(all="ignore"):
                    returned = dict(twin(source.name)(case))
                returned.pop("loss")
                bounds = reference(derivation, case, [f"d{name}" for name in returned]).bounds
                for name, got in returned.items():
                    tensors += 1
                    wrong += not compare(np.asarray(got), bounds[f"d{name}"]).agrees
    if not tensors:
        raise NotMeasured("no case was drawn")
    return Measured(float(wrong), f"of {tensors} tensors of the hand-written twins, every regime")


def decided(regime: str) -> Measured:
    """The share of decidable entries whose bound decides them.

    An entry is decidable where the right ways of writing the gradient agree to a part of it: what they differ by no
    checker can call wrong.
    """
    shares: dict[str, tuple[int, int]] = {}
    for against, variants in _variants().items():
        decidable = informed = 0
        for case in _cases(against, regime, None, "float64"):
            bounds = reference(against.derivation, case, [f"d{t.name}" for t in against.derivation.wanted]).bounds
            with np.errstate(all="ignore"):
                written = [variant(case) for variant in variants]
            for tensor in against.derivation.wanted:
                bound, ways = bounds[f"d{tensor.name}"], np.array([way[tensor.name] for way in written])
                with np.errstate(all="ignore"):
                    spread = ways.max(axis=0) - ways.min(axis=0)
                    known = np.isfinite(spread) & (PART * spread < np.abs(bound.expected))
                decidable += int(known.sum())
                informed += int((known & (bound.tolerance < np.abs(bound.expected))).sum())
        shares[str(against)] = informed, decidable
    every, of = (sum(column) for column in zip(*shares.values(), strict=True))
    listed = ", ".join(f"{name} {100 * a / b:.1f} %" for name, (a, b) in shares.items() if b and a < b)
    return Measured(every / of, f"{every:,} of {of:,} entries; {listed or 'all of each'}")


PART = 64  # of an entry, by which right ways of writing it differ at most


def _variants() -> dict[Source, list[Written]]:
    """The right ways of writing each gradient, by what they are judged against."""
    found: dict[Source, list[Written]] = {}
    for against, options, function in VARIANTS.values():
        depth = {"hidden": 1} if against == "mlp" else {}
        found.setdefault(Source(against, catalogue.find(against), {**options, **depth}), []).append(function)
    return found


def _changed(gradient: Array, place: tuple[int, ...], change: Callable[[float], float]) -> Array:
    made = gradient.copy()
    made[place] = change(float(made[place]))
    return made


def _by_tensor(source: Source, regime: str, width: int | None) -> dict[str, list[Bound]]:
    """The gradients of some cases, by tensor; those that are zero throughout are left out."""
    found: dict[str, list[Bound]] = {}
    names = [f"d{tensor.name}" for tensor in source.derivation.wanted]
    for case in _cases(source, regime, width, "float64"):
        for name, bound in reference(source.derivation, case, names).bounds.items():
            if bound.expected.any():
                found.setdefault(name, []).append(bound)
    return found


def _cases(source: Source, regime: str, width: int | None, dtype: str) -> Iterator[Case]:
    derivation, options = source.derivation, source.options
    for k, case in enumerate(fresh(Space(source.made, options), derivation, options, CASES, seed=3)):
        sizes = dict.fromkeys(case.sizes, width) if width else case.sizes
        yield build(derivation, options, sizes, regime, dtype, 1000 + k)
