"""What a verdict rests on: for each gradient, in how many cases of each kind an error would have shown.

A case in which the true gradient is zero, or smaller than what rounding may do to it, counts for nothing. A verdict
needs a number of those that do count, in all and for each class of sizes, in ordinary values; what the survey has not
drawn often enough is drawn on purpose. In a regime such as deep saturation nothing may be decidable at all, and at
some kinks neither: that is reported, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gdverify.auditing.vanishing import vanishes
from gdverify.auditing.verdicts import Cell
from gdverify.cases.case import Case
from gdverify.cases.classes import CLASSES, SizeClass, classes_of, some_sizes
from gdverify.cases.regimes import HAND_SEEDS, LARGEST_SEED
from gdverify.cases.strategies import Space, build
from gdverify.derivation.steps import Derivation, derive

ORDINARY = "ordinary"
HOPELESS = 20  # cases of which none showed anything: further ones are not drawn
MOST_FURTHER = 200  # cases drawn on purpose, however much is missing


@dataclass(frozen=True)
class Requirement:
    """What a verdict needs of each class of a kind.

    Attributes:
        informative: in so many cases an error would have had to show.
        draws: so many cases are drawn at most to reach that.
        decides: without them there is no verdict; else it is only said.
    """

    informative: int
    draws: int
    decides: bool


REQUIRED: dict[str, Requirement] = {
    "all": Requirement(informative=5, draws=40, decides=True),
    "batch": Requirement(informative=2, draws=24, decides=True),
    "shape": Requirement(informative=2, draws=24, decides=True),
    "regime": Requirement(informative=1, draws=6, decides=False),
    "kink": Requirement(informative=2, draws=24, decides=False),
}

Kind = tuple[str, str]  # of a case: ("batch", "odd"), ("regime", "zeros"), ("kink", "z1 = 0")
ALL: Kind = ("all", "cases")
KINK = "kink"
_ROWS: dict[Kind, SizeClass] = {(row.kind, row.name): row for row in CLASSES}


def kinds(derivation: Derivation, case: Case) -> list[Kind]:
    """What a case counts for: itself, its regime, and in ordinary values the classes of its sizes."""
    rows = classes_of(derivation, case.sizes) if case.regime == ORDINARY else []
    return [ALL, ("regime", case.regime), *((row.kind, row.name) for row in rows)]


@dataclass
class Covered:
    """Cases that were seen of one tensor, by kind: how many, and how many of them could have shown an error."""

    cases: dict[Kind, int] = field(default_factory=dict)
    informative: dict[Kind, int] = field(default_factory=dict)
    options: list[Mapping[str, Any]] = field(default_factory=list)  # of the families that have the tensor

    def add(self, case: Case, found: Sequence[Kind], informative: bool) -> None:
        """Count a case in."""
        for kind in found:
            self.cases[kind] = self.cases.get(kind, 0) + 1
            self.informative[kind] = self.informative.get(kind, 0) + informative
        if case.options not in self.options:
            self.options.append(case.options)

    @property
    def hopeless(self) -> bool:
        """Whether none of many cases could have shown an error."""
        return not self.informative.get(ALL) and self.cases.get(ALL, 0) >= HOPELESS

    def lacks(self, kind: Kind) -> bool:
        """Whether a kind needs more cases, and some have not been drawn yet."""
        row = REQUIRED[kind[0]]
        return self.informative.get(kind, 0) < row.informative and self.cases.get(kind, 0) < row.draws


def wanted_kinds(space: Space) -> list[Kind]:
    """Every kind that a tensor is to be seen in."""
    return [ALL, *_ROWS, *(("regime", name) for name in space.regimes)]


def further(space: Space, seen: Mapping[str, Covered], seed: int, look: Callable[[Case], object | None]) -> None:
    """Draw what is missing.

    Args:
        space: of the survey.
        seen: what has been seen so far, by tensor; ``look`` adds to it.
        seed: of the survey.
        look: examines a case; None to stop.
    """
    rng = np.random.default_rng((seed, 2))
    drawn = 0
    for covered in seen.values():
        for kind in wanted_kinds(space):
            while covered.lacks(kind) and not covered.hopeless and drawn < MOST_FURTHER:
                case = _case(space, covered, kind, rng)
                if case is None:
                    break
                drawn += 1
                if look(case) is None:
                    return


def _case(space: Space, covered: Covered, kind: Kind, rng: np.random.Generator) -> Case | None:
    """A case of a kind that has the tensor; None where the sizes allow none."""
    row, regime = _ROWS.get(kind), kind[1] if kind[0] == "regime" else ORDINARY
    for place in rng.permutation(len(covered.options)):
        options = covered.options[place]
        derivation = derive(space.source, **options)
        sizes = some_sizes(row, derivation, space.sizes, rng)
        if sizes is not None:
            dtype = space.dtypes[int(rng.integers(len(space.dtypes)))]
            case_seed = int(rng.integers(HAND_SEEDS, LARGEST_SEED))
            return build(derivation, options, sizes, regime, dtype, case_seed)
    return None


def cells(name: str, covered: Covered, space: Space) -> tuple[Cell, ...]:
    """The coverage of one tensor, in the order in which it is reported.

    Kinds that are impossible are left out, and classes of sizes in which the gradient is 0 by the mathematics.
    """
    met = [kind for kind in covered.cases if kind[0] == KINK]
    return tuple(
        Cell(*kind, covered.cases[kind], covered.informative[kind], REQUIRED[kind[0]].informative)
        for kind in (*wanted_kinds(space), *met)
        if kind in covered.cases and not _shows_nothing(name, kind, covered, space)
    )


def _shows_nothing(name: str, kind: Kind, covered: Covered, space: Space) -> bool:
    row = _ROWS.get(kind)
    if row is None or covered.informative[kind] or not covered.informative[ALL] or name == "loss":
        return False
    return all(vanishes(name, row, space, options) for options in covered.options)


def missing(found: Sequence[Cell]) -> list[Cell]:
    """The kinds without which there is no verdict, of those that have been seen too little."""
    return [cell for cell in found if REQUIRED[cell.kind].decides and cell.informative < cell.needed]


def undecidable(found: Sequence[Cell]) -> list[Cell]:
    """The regimes in which nothing could be decided, and the kinks at which too little could."""
    return [cell for cell in found if not REQUIRED[cell.kind].decides and cell.informative < cell.needed]
