"""Cases are put exactly on kinks, and it is known which of them tell about a derivative outside the allowed set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.auditing.ties.meeting import REGIME, on_kink
from gdverify.auditing.ties.sites import Site, sites
from gdverify.auditing.ties.telling import telling
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, fresh
from gdverify.codegen.program import program
from gdverify.derivation.steps import derive
from gdverify.evidence.allowance import Allowance
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import reference
from tests.helpers import EVERY, SOURCES, Source

KINKED = [source for source in EVERY if sites(source.derivation)]
ATTEMPTS = 12


def drawn(source: Source, site: Site, dtype: str = "float64") -> Iterator[Case]:
    derivation, rng = source.derivation, np.random.default_rng(5)
    space = Space(source.made, source.options)
    ordinary = fresh(space, derivation, source.options, ATTEMPTS, 5, "ordinary", dtype)
    for attempt, case in enumerate(ordinary):
        made = on_kink(derivation, case, site, attempt, rng)
        if made is not None:
            yield made


def tolerances(source: Source, case: Case) -> dict[str, np.ndarray]:
    names = [statement.target[1:] for statement in program(source.derivation).every_adjoint]
    bounds = reference(source.derivation, case, [f"d{name}" for name in names]).bounds
    return {name: bounds[f"d{name}"].tolerance for name in names}


def names(source: Source) -> list[str]:
    return [site.name for site in sites(source.derivation)]


# The square of what has a kink at 0 has none, a kink between two sums of squares is hard to lie on, and so is one
# behind a convolution, since a pixel enters many windows.
UNTOLD = (
    "squared_hinge",
    "squared_hinge_sum",
    "contrastive",
    "contrastive_pairs",
    "triplet",
    "triplet_sum",
    "small_cnn",
)
TOLD = [source for source in KINKED if source.name not in UNTOLD]


@pytest.mark.parametrize("source", TOLD, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_cases_lie_on_each_kink_and_tell_about_it(source: Source, dtype: str) -> None:
    for site in sites(source.derivation):
        told: set[str] = set()
        found = list(drawn(source, site, dtype))
        assert len(found) > ATTEMPTS * 2 / 3
        for case in found:
            assert (case.regime, case.dtype) == (REGIME, dtype)
            shown = telling(source.derivation, case, tolerances(source, case), site)
            assert not shown or reference(source.derivation, case, [site.adjoint]).tie
            told |= shown
        assert site.kink.operand.name in told
        assert told <= site.reached


def test_what_a_case_has_besides_stays() -> None:
    source = next(source for source in SOURCES if str(source) == "relu")
    (ordinary,) = fresh(Space(source.made), source.derivation, {}, 1, 5)
    for attempt in (0, 1):
        made = on_kink(source.derivation, ordinary, sites(source.derivation)[0], attempt, np.random.default_rng(0))
        assert made is not None
        assert made.sizes == ordinary.sizes
        assert np.array_equal(made.upstream["da"], ordinary.upstream["da"])
        assert np.count_nonzero(made.inputs["z"] == 0) in (1, *made.inputs["z"].shape)


def test_kinks_have_names_and_know_what_depends_on_them() -> None:
    found = sites(derive(catalogue.find("mlp"), activation=catalogue.find("relu"), hidden=2))
    assert [(site.name, site.adjoint) for site in found] == [("z1 = 0", "dz1"), ("z2 = 0", "dz2")]
    assert {"W1", "b1", "z1", "x"} == found[0].reached
    assert {"W1", "b1", "W2", "b2", "z1", "a1", "z2", "x"} == found[1].reached
    assert sites(derive(catalogue.find("mlp"))) == ()
    # The tie with a target is one of the prediction alone.
    assert [site.reached for site in sites(derive(catalogue.find("absolute_error")))] == [{"y"}]


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "mean_absolute_error", "mlp(activation=relu)"])
@pytest.mark.parametrize("beyond", [-0.01, 1.01])
def test_what_is_told_about_would_show(name: str, beyond: float) -> None:
    source = next(source for source in SOURCES if str(source) == name)
    told = 0
    for site in sites(source.derivation):
        place = site.kink.place
        slope = float(place.lower + beyond * (place.upper - place.lower))
        for case in drawn(source, site):
            shown = telling(source.derivation, case, tolerances(source, case), site)
            targets = [f"d{tensor}" for tensor in shown]
            right = reference(source.derivation, case, targets).bounds
            taken = reference(source.derivation, case, targets, allowance=Allowance(kink=slope)).bounds
            assert not any(compare(taken[target].expected, right[target]).agrees for target in targets)
            told += len(targets)
    assert told


def test_what_others_hide_is_not_told() -> None:
    source = next(source for source in SOURCES if str(source) == "mlp(activation=relu)")
    first, _ = sites(source.derivation)
    found = [
        telling(source.derivation, case, tolerances(source, case), first)
        for case in fresh(Space(source.made, source.options), source.derivation, source.options, 20, 1, "ties")
    ]
    assert not any(found)  # all units of a layer are alike, and so are all samples
