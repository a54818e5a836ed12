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
