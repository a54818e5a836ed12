"""How small an error is seen: bounds that are sound are worth little unless they are also sharp."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, build, fresh
from gdverify.derivation.steps import Derivation, derive
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import Bound, reference
from tests.helpers import SOURCES, Source
from tests.styles import STYLES, Style, mlp

CASES = 12
MANY = 1000  # terms: of so many, a sum in any order may lose more than the eleventh digit
LARGE_SEED = 1000  # above the seeds that give simple numbers


def cases(source: Source, regime: str, width: int | None) -> Iterator[Case]:
    """Cases of a regime, of distinct sizes or all of one width."""
    derivation = source.derivation
    for k, case in enumerate(fresh(Space(source.made, source.options), derivation, source.options, CASES, seed=3)):
        sizes = dict.fromkeys(case.sizes, width) if width else case.sizes
        yield build(derivation, source.options, sizes, regime, "float64", LARGE_SEED + k)


def bounds(derivation: Derivation, case: Case) -> dict[str, Bound]:
    """What every wanted gradient should be."""
    return reference(derivation, case, [f"d{tensor.name}" for tensor in derivation.wanted]).bounds


# What is taken of several has nothing to choose from, or nothing to vary, where there is one.
OF_SEVERAL = (
    "causal_attention",
    "softmax",
    "log_softmax",
    "smoothed",
    "batch_norm",
    "layer_norm",
    "rms_norm",
    "multiclass",
    "cosine",
)
# A slope between −1 and 1 may be written as (|e + 1| − |e − 1|) / 2, of which a small one keeps few digits.
CLIPPED = ("huber", "smooth_l1")


# What many layers lose is more than the eleventh digit in some of the entries.
DEEP = ("gpt", "transformer_block", "multi_head_attention", "lstm", "gru", "small_cnn")


def is_blunt(source: Source, regime: str, width: int | None) -> bool:
    """Whether there is little to see, or little can be seen, by its nature."""
    if source.name.startswith(DEEP):
        return True
    alone = source.name.startswith(OF_SEVERAL) and width == 1 and "evaluation" not in source.name
    return alone or (source.name.startswith(CLIPPED) and regime == "tiny")


@pytest.mark.parametrize(("regime", "width"), [("ordinary", None), ("tiny", None), ("ordinary", 1)])
@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_an_error_in_the_eleventh_digit_is_seen(source: Source, regime: str, width: int | None) -> None:
    seen, possible = 0, 0
    for case in cases(source, regime, width):
        for name, bound in bounds(source.derivation, case).items():
            assert compare(bound.expected, bound).agrees, name
            if bound.expected.any() and _terms(case) < MANY * bound.expected.size:
                possible += 1
                seen += not compare(bound.expected * (1 + 1e-11), bound).agrees
    # A softmax of one number is 1, whatever the number is.
    assert possible >= CASES / 4 or (width == 1 and _normalises(source)) or is_blunt(source, regime, width)
    assert seen >= 0.9 * possible or is_blunt(source, regime, width)


def _terms(case: Case) -> int:
    """How many terms a gradient may be the sum of, all its entries together."""
    return max((array.size for array in case.upstream.values()), default=1)


def _normalises(source: Source) -> bool:
    return any(part.reduction == "peak" for d in source.derivation.forward for part in d.terms)


@pytest.mark.parametrize(
    ("name", "typical"), [("mlp", 1e-12), ("fully_connected", 1e-12), ("two_layer_classifier", 1e-12)]
)
def test_the_tolerance_is_far_below_the_gradient(name: str, typical: float) -> None:
    (source,) = [source for source in SOURCES if str(source) == name]
    relative = [
        bound.tolerance / np.abs(bound.expected)
        for case in cases(source, "ordinary", None)
        for bound in bounds(source.derivation, case).values()
    ]
    assert np.median(np.concatenate([ratios.ravel() for ratios in relative])) < typical


def test_one_wrong_entry_of_many_is_seen_and_named() -> None:
    derivation = derive(catalogue.find("mlp"), hidden=1)
    sizes = {"batch": 3, "inputs": 256, "hidden1": 256, "outputs": 2}
    case = build(derivation, {}, sizes, "ordinary", "float64", LARGE_SEED)
    case = case.replaced(W1=case.parameters["W1"] / 16)  # else all of its units are saturated
    bound = bounds(derivation, case)["dW1"]
    gradient = bound.expected.copy()
    gradient[200, 17] *= 1 + 1e-9
    found = compare(gradient, bound)
    assert not found.agrees
    assert found.index == (200, 17)
    assert found.entries == 256 * 256


def test_one_wrong_sign_of_many_is_seen_and_named() -> None:
    derivation = derive(catalogue.find("affine"))
    case = build(derivation, {}, {"batch": 4, "inputs": 256, "outputs": 256}, "ordinary", "float64", LARGE_SEED)
    bound = bounds(derivation, case)["dW"]
    rng = np.random.default_rng(0)
    for _ in range(50):
        index = tuple(int(k) for k in rng.integers(256, size=2))
        gradient = bound.expected.copy()
        gradient[index] *= -1
        found = compare(gradient, bound)
        assert not found.agrees
        assert found.index == index
    assert compare(bound.expected, bound).informative >= 0.999 * 256**2


DECIDABLE = 64  # of an entry, no correct implementation is off by more than this part
NETWORKS = [
    ("mlp", {"activation": "tanh"}),
    ("mlp", {"activation": "sigmoid"}),
    ("mlp", {"activation": "relu"}),
    ("mlp", {"activation": "leaky_relu"}),
]


@pytest.mark.parametrize("regime", ["saturated", "mixed scale"])
@pytest.mark.parametrize(("name", "options"), NETWORKS, ids=lambda value: str(value))
def test_nine_of_ten_entries_that_can_be_decided_are(name: str, options: dict[str, str], regime: str) -> None:
    chosen = {**options, "hidden": 1}
    source = Source(name, catalogue.find(name), chosen)
    possible, seen = 0, 0
    for case in cases(source, regime, None):
        variants = [style_of(style, case) for style in STYLES]
        for tensor, bound in bounds(source.derivation, case).items():
            off = [np.abs(np.asarray(made[tensor[1:]], np.float64) - bound.expected) for made in variants]
            size = np.abs(bound.expected)
            decidable = (size > 0) & (DECIDABLE * np.max(off, axis=0) < size)
            possible += int(decidable.sum())
            seen += int((decidable & (bound.tolerance < size)).sum())
    assert possible > 50
    assert seen >= 0.9 * possible


def style_of(style: Style, case: Case) -> dict[str, np.ndarray]:
    """The network in a style, whatever it overflows."""
    with np.errstate(all="ignore"):
        return mlp(style, case)


@pytest.mark.parametrize("name", ["mlp", "two_layer_classifier", "fully_connected"])
def test_single_precision_is_judged_by_its_own_bound(name: str) -> None:
    (source,) = [source for source in SOURCES if str(source) == name]
    seen = possible = 0
    for k, drawn in enumerate(cases(source, "ordinary", None)):
        case = build(source.derivation, source.options, drawn.sizes, "ordinary", "float32", LARGE_SEED + k)
        for bound in bounds(source.derivation, case).values():
            assert compare(bound.expected.astype(np.float32), bound).agrees
            possible += 1
            seen += not compare(bound.expected * (1 + 1e-4), bound).agrees
    assert seen >= 0.85 * possible


def test_a_factor_of_two_on_a_tiny_gradient_is_seen() -> None:
    (source,) = [source for source in SOURCES if str(source) == "mlp"]
    for case in cases(source, "tiny", None):
        bound = bounds(source.derivation, case)["dW1"]
        assert np.abs(bound.expected).max() < 1e-9
        assert not compare(2 * bound.expected, bound).agrees


def test_what_overflows_is_not_judged() -> None:
    derivation = derive(catalogue.find("square"))
    case = build(derivation, {}, {"batch": 1, "features": 2}, "ordinary", "float32", LARGE_SEED)
    case = case.replaced(dy=np.array([[3e38, 1]], np.float32), z=np.array([[1e5, 1e5]], np.float32))
    bound = bounds(derivation, case)["dz"]
    assert np.isinf(bound.tolerance).tolist() == [[True, False]]
    assert compare(np.array([[np.inf, 2e5]]), bound).agrees


def test_a_tie_is_reported() -> None:
    derivation = derive(catalogue.find("relu"))
    case = build(derivation, {}, {"batch": 1, "features": 3}, "ordinary", "float64", LARGE_SEED)
    assert not reference(derivation, case, ["dz"]).tie
    tied = case.replaced(z=np.array([[0.0, 1.0, -1.0]]), da=np.array([[4.0, 4.0, 4.0]]))
    made = reference(derivation, tied, ["dz"])
    assert made.tie
    for slope in (0, 0.5, 1):
        assert compare(np.array([[4 * slope, 4, 0]]), made.bounds["dz"]).agrees
    assert not compare(np.array([[9, 4, 0]]), made.bounds["dz"]).agrees
    assert not compare(np.array([[2, 4, 0]]), reference(derivation, tied, ["dz"], ties="declared").bounds["dz"]).agrees
    assert compare(np.array([[4, 4, 0]]), reference(derivation, tied, ["dz"], ties="other").bounds["dz"]).agrees
