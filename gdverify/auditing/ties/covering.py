"""Cases on every kink, until an error there would have shown in each gradient that it takes part in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from gdverify.auditing.coverage import KINK, MOST_FURTHER, REQUIRED, Covered
from gdverify.auditing.examination import Examination
from gdverify.auditing.ties.meeting import REGIME, on_kink
from gdverify.auditing.ties.sites import Site, sites
from gdverify.auditing.ties.telling import telling
from gdverify.cases.case import Case
from gdverify.cases.classes import CLASSES, some_sizes
from gdverify.cases.regimes import HAND_SEEDS, LARGEST_SEED
from gdverify.cases.strategies import Space, build
from gdverify.derivation.steps import derive

SINGLE = next(row for row in CLASSES if row.kind == "batch")  # in which samples do not cancel each other
GIVEN_UP = 12  # cases on a kink of which none told anything about a gradient

Look = Callable[[Case], Examination | None]


def meet_kinks(space: Space, seen: Mapping[str, Covered], seed: int, look: Look) -> None:
    """Draw cases on kinks, and count for each tensor in how many a derivative outside the allowed set would show.

    Args:
        space: of the survey.
        seen: what has been seen so far, by tensor; to be counted in.
        seed: of the survey.
        look: examines a case; None to stop.
    """
    rng = np.random.default_rng((seed, 3))
    left = MOST_FURTHER
    for options, site in _every(space, seen) if REGIME in space.regimes else ():
        for attempt in range(REQUIRED[KINK].draws):
            if not left or not any(_lacks(seen[name], site) for name in site.reached & seen.keys()):
                break
            left -= 1
            case = _drawn(space, options, site, attempt, rng)
            if case is not None and not _looked(space, seen, case, site, look):
                return


def _every(space: Space, seen: Mapping[str, Covered]) -> Iterator[tuple[Mapping[str, Any], Site]]:
    """The kinks of the members that were drawn, of those with most kinks first: they have the others' too."""
    members: list[Mapping[str, Any]] = []
    for covered in seen.values():
        members += [options for options in covered.options if options not in members]
    by_member = [(options, sites(derive(space.source, **options))) for options in members]
    for options, found in sorted(by_member, key=lambda one: -len(one[1])):
        yield from ((options, site) for site in found)


def _lacks(covered: Covered, site: Site) -> bool:
    kind = (KINK, site.name)
    told = covered.informative.get(kind, 0)
    given_up = covered.hopeless or (not told and covered.cases.get(kind, 0) >= GIVEN_UP)
    return told < REQUIRED[KINK].informative and not given_up


def _drawn(space: Space, options: Mapping[str, Any], site: Site, attempt: int, rng: np.random.Generator) -> Case | None:
    derivation = derive(space.source, **options)
    single = some_sizes(SINGLE, derivation, space.sizes, rng) if rng.integers(2) else None
    sizes = single or some_sizes(None, derivation, space.sizes, rng)
    assert sizes is not None
    dtype = space.dtypes[int(rng.integers(len(space.dtypes)))]
    ordinary = build(derivation, options, sizes, "ordinary", dtype, int(rng.integers(HAND_SEEDS, LARGEST_SEED)))
    return on_kink(derivation, ordinary, site, attempt, rng)


def _looked(space: Space, seen: Mapping[str, Covered], case: Case, site: Site, look: Look) -> bool:
    """Examine a case and count it in; whether to go on."""
    examination = look(case)
    if examination is None:
        return False
    shown = telling(derive(space.source, **case.options), case, examination.tolerances, site)
    for name in site.reached & seen.keys():
        seen[name].add(case, [(KINK, site.name)], name in shown)
    return True
