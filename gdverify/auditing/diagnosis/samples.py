"""Fresh cases, on which an explanation is tried before it is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gdverify.auditing.execution import Returned, adjoint_names, call
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, fresh
from gdverify.derivation.steps import Derivation
from gdverify.evidence.allowance import Allowance
from gdverify.evidence.comparison import Comparison, compare
from gdverify.evidence.reference import Bound, reference

# An explanation is looked for on so many fresh cases, and has to hold on so many before it is said; on fewer where
# the cases are large, but never on fewer than the least.
LOOKED_AT, FRESH_CASES, LEAST_FRESH_CASES = 40, 200, 8
FRESH_ENTRIES = 400_000


def affordable(wanted: int, entries: int) -> int:
    """How many fresh cases of so many entries are drawn where more would be better."""
    return min(wanted, max(LEAST_FRESH_CASES, FRESH_ENTRIES // max(entries, 1)))


@dataclass(frozen=True, eq=False)
class Sample:
    """A fresh case with what the subject returned for it."""

    derivation: Derivation
    case: Case
    returned: Returned
    allowance: Allowance

    @cached_property
    def bounds(self) -> dict[str, Bound]:
        """What it should have returned."""
        return reference(self.derivation, self.case, adjoint_names(self.returned), allowance=self.allowance).bounds

    def comparison(self, name: str, bounds: dict[str, Bound]) -> Comparison:
        """One gradient against some bounds."""
        return compare(self.returned.gradients[name], bounds[f"d{name}"], self.returned.uncertainty.get(name, 0.0))

    @cached_property
    def _compared(self) -> dict[str, Comparison]:
        """The gradients against what they should be, those that were asked for."""
        return {}

    def _found(self, name: str) -> Comparison:
        if name not in self._compared:
            self._compared[name] = self.comparison(name, self.bounds)
        return self._compared[name]

    def agrees(self, name: str) -> bool:
        """Whether one gradient is right."""
        return self._found(name).agrees

    def shows(self, name: str) -> bool:
        """Whether an error in one gradient would show."""
        return self._found(name).informative > 0

    def tells(self, name: str) -> bool:
        """Whether one gradient is known to be right or wrong."""
        return not self.agrees(name) or self.shows(name)

    def outside(self, name: str) -> NDArray[np.bool_]:
        """The entries of one gradient that are wrong."""
        bound = self.bounds[f"d{name}"]
        allowed = bound.tolerance + self.returned.uncertainty.get(name, 0.0)
        with np.errstate(all="ignore"):
            off = ~(np.abs(self.returned.gradients[name] - bound.expected) <= allowed)
        return np.asarray(off & np.isfinite(allowed))

    @property
    def uninformative(self) -> int:
        """In how many gradients no error would show."""
        return sum(not self.shows(name) for name in self.returned.gradients)


@dataclass
class Samples:
    """Fresh cases of one kind, drawn as they are asked for.

    Attributes:
        regime, dtype: of the values.
    """

    subject: Subject
    space: Space
    derivation: Derivation
    like: Case
    seed: int
    regime: str = "ordinary"
    dtype: str | None = None
    _made: list[Sample] = field(default_factory=list, init=False)

    @cached_property
    def _cases(self) -> Iterator[Case]:
        return fresh(self.space, self.derivation, self.like.options, FRESH_CASES, self.seed, self.regime, self.dtype)

    @cached_property
    def _most(self) -> int:
        """How many there are at most: the first one tells how large they are."""
        return affordable(FRESH_CASES, self._next().case.entries)

    def _next(self) -> Sample:
        case = next(self._cases)
        returned = call(self.subject, self.derivation, case).released
        self._made.append(Sample(self.derivation, case, returned, self.subject.allowance))
        return self._made[-1]

    def first(self, count: int) -> Sequence[Sample]:
        """The first ones, as many as there are; raises Problem where the subject cannot be judged on one."""
        wanted = min(count, self._most)
        while len(self._made) < wanted:
            self._next()
        return self._made[:wanted]

    @property
    def some(self) -> Sequence[Sample]:
        """As many as an explanation is looked for on."""
        return self.first(LOOKED_AT)

    @property
    def every(self) -> Sequence[Sample]:
        """As many as an explanation has to hold on."""
        return self.first(FRESH_CASES)

    @property
    def kind(self) -> str:
        """Which values they have, for a message; nothing is said of ordinary ones."""
        return "" if self.regime == "ordinary" else f" with {self.regime} values in {self.some[0].case.dtype}"

    @property
    def described(self) -> str:
        """How many an explanation was confirmed on, for a message."""
        return f"confirmed on {len(self.every)} fresh cases{self.kind}"
