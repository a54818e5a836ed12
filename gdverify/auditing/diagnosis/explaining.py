"""Slips read backwards: which of them, one or two, give what the subject returned? Simplest first.

A pair is looked for only where one slip alone gives some of the wrong gradients and spoils no right one; the other
has to give the rest. The search is bounded in slips that are tried, not in time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gdverify.auditing.diagnosis.candidates import Probes, holds, ratio_to
from gdverify.auditing.diagnosis.ratios import SAME
from gdverify.auditing.diagnosis.samples import Samples
from gdverify.derivation.steps import Derivation
from gdverify.slips.slip import Slipped
from gdverify.slips.table import slipped

EXPLAINED = ("slip", "other loss")  # kinds of slips that are looked for here

# How many first slips a pair is looked for with, and how many pairs are tried.
FIRSTS, PAIRS = 12, 4000


@dataclass(frozen=True)
class Found:
    """Slips that explain gradients.

    Attributes:
        slipped: one or two slips.
        names: of the wrong gradients that they explain.
        ratio: the constant by which every gradient is larger besides.
    """

    slipped: Slipped
    names: tuple[str, ...]
    ratio: str = SAME

    @property
    def says(self) -> str:
        """What was done, as a message."""
        if self.ratio == SAME:
            return self.slipped.says
        return f"{self.slipped.says}; and every gradient is {self.ratio} besides"


class Explanations:
    """The search for slips, in the order of the table.

    Args:
        derivation: the right one.
        samples: what the subject returned.
        wrong: the gradients that are wrong on some of the samples.
    """

    def __init__(self, derivation: Derivation, samples: Samples, wrong: Sequence[str]) -> None:
        self.samples = samples
        self.wrong = tuple(wrong)
        self.names = [*samples.some[0].returned.gradients]
        self.probes = Probes(samples.some)
        # A precision, an ε and what a call leaves behind are recognised in ways of their own.
        every = slipped(derivation, self.names)
        self._candidates = (made for made in every if made.slip.kind in EXPLAINED)
        self._seen: list[Slipped] = []

    def whole(self) -> Found | None:
        """The first that gives every gradient: a slip, a slip and a constant, or two slips."""
        return self._single() or self._pair()

    def part(self) -> Found | None:
        """The slip that gives most of the wrong gradients, and all of the right ones; None where there is none."""
        for candidate, explained in self._partial():
            if holds(candidate, self.samples.every, [n for n in self.names if n in explained or n not in self.wrong]):
                return Found(candidate, explained)
        return None

    def _single(self) -> Found | None:
        scaled: Found | None = None
        for candidate in self._candidates:
            self._seen.append(candidate)
            if not self.probes.fits(candidate):
                continue
            if holds(candidate, self.samples.every, self.names):
                return Found(candidate, self.wrong)
            if scaled is None and (ratio := ratio_to(candidate, self.samples.every, self.names)) is not None:
                scaled = Found(candidate, self.wrong, ratio)
        return scaled

    def _pair(self) -> Found | None:
        for both in self._pairs():
            if self.probes.agreeing(both).issuperset(self.names) and holds(both, self.samples.every, self.names):
                return Found(both, self.wrong)
        return None

    def _pairs(self) -> Iterator[Slipped]:
        left = PAIRS
        for first, explained in self._partial()[:FIRSTS]:
            rest = set(self.wrong) - {*explained}
            for second in self._seen if rest else ():
                both = first.joined(second) if second.touched & rest else None
                if both is not None and left > 0:
                    left -= 1
                    yield both

    def _partial(self) -> list[tuple[Slipped, tuple[str, ...]]]:
        """Slips that give some of the wrong gradients and spoil no right one; those that give most come first."""
        right = set(self.names) - {*self.wrong}
        found = []
        for candidate in self._seen:
            agreeing = self.probes.agreeing(candidate) if candidate.touched & {*self.wrong} else frozenset()
            explained = tuple(name for name in self.wrong if name in agreeing)
            if explained and right <= agreeing:
                found.append((candidate, explained))
        return sorted(found, key=lambda one: -len(one[1]))
