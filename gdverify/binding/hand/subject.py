"""The subject of a binding by hand: it finds out itself which dtypes the code keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import ERROR, WRONG, Diagnosis, Finding
from gdverify.binding.ambiguity import Unbound
from gdverify.binding.calling.running import tried
from gdverify.binding.calling.twice import Twice
from gdverify.binding.hand.declared import Hand
from gdverify.binding.hand.drift import drift
from gdverify.binding.hand.twice import called_twice
from gdverify.binding.hand.wording import changed, source
from gdverify.cases.regimes import REGIMES
from gdverify.cases.strategies import DTYPES, Space, fresh, members
from gdverify.derivation.steps import derive

BOUND = "gdverify.bind(…, {option})"


@dataclass(frozen=True)
class HandSubject(Subject):
    """An implementation bound by hand; without ``dtypes`` it is given those that it keeps.

    Attributes:
        regimes: the ways of drawing values that it can take.
    """

    regimes: Sequence[str] = tuple(REGIMES)
    declaration: str = field(default=BOUND, kw_only=True)

    def space(self) -> Space:
        """The cases that it can take."""
        return replace(self.declared, dtypes=self.dtypes or self._kept)

    def __repr__(self) -> str:
        assert isinstance(self.function, Hand)
        return source(self.function, self.source.name, {**self.options, **changed(self)})

    def remarks(self, verdict: str) -> tuple[Diagnosis, ...]:
        """Where the numbers came from, and what the update does where they are wrong."""
        assert isinstance(self.function, Hand)
        drifting = drift(self.function, self.declared) if verdict == WRONG else ()
        twice = () if verdict == ERROR else self._twice.remarks
        return (*super().remarks(verdict), *drifting, *(Diagnosis("remark", remark) for remark in twice))

    def findings(self) -> Sequence[Finding]:
        """What two calls on one object show."""
        return self._twice.findings

    @cached_property
    def _twice(self) -> Twice:
        assert isinstance(self.function, Hand)
        return called_twice(self.function, self.declared)

    def check_declaration(self) -> None:
        """As for any subject, and without running the code."""
        super(HandSubject, replace(self, dtypes=self.declared.dtypes)).check_declaration()

    @property
    def declared(self) -> Space:
        """Those of every dtype."""
        return replace(super().space(), dtypes=self.dtypes or DTYPES, regimes=tuple(self.regimes))

    @cached_property
    def _kept(self) -> tuple[str, ...]:
        return tuple(dtype for dtype in DTYPES if self._keeps(dtype)) or DTYPES

    def _keeps(self, dtype: str) -> bool:
        """Whether gradients have the dtype of what goes in; of code that does not run, so that the audit says why."""
        options = next(members(self.declared))
        (case,) = fresh(self.declared, derive(self.source, **options), options, 1, 0, dtype=dtype)
        try:
            found = tried(lambda: self(case))
        except Unbound:
            return True
        return found is None or all(_dtype(one) == dtype for name, one in found.items() if name != "loss")


def _dtype(gradient: Any) -> str:
    return np.asarray(getattr(gradient, "value", gradient)).dtype.name
