"""Bindings by hand without an architecture: checked against differences of the code's own value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gdverify.auditing.behaviours.report import concluding
from gdverify.auditing.confinement import TooLong, limited, quiet
from gdverify.auditing.diagnosis.ratios import SAME, explain_ratio
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import SelfJudged
from gdverify.auditing.verdicts import CORRECT, ERROR, UNDECIDED, WRONG, Diagnosis, ParameterVerdict, SubjectReport
from gdverify.binding.calling.carriers import Array
from gdverify.binding.hand.declared import Hand
from gdverify.binding.hand.points import Inputs, Point
from gdverify.binding.hand.twice import called_twice_at
from gdverify.binding.hand.wording import changed, source
from gdverify.binding.own.extrapolation import Differences, row, worse
from gdverify.binding.own.forward import SAID
from gdverify.cases.case import Case
from gdverify.errors import BindingError, described
from gdverify.evidence.reference import Bound

MOST_POINTS = 20  # differences cost four runs for each entry


@dataclass(frozen=True)
class Seen:
    """One gradient at one point: what the code says, what differences say, and at which sizes."""

    got: Array
    expected: Differences
    sizes: Mapping[str, int]

    def row(self, name: str) -> ParameterVerdict:
        """The verdict."""
        return row(name, self.got, self.expected)

    @property
    def observation(self) -> tuple[Any, Bound, Case, Any]:
        """What the constant of a multiple is read from."""
        size = float(np.abs(self.expected.value).max(initial=0.0))
        bound = Bound(self.expected.value, 1e-7 * size + 8 * self.expected.error)
        return self.got, bound, Case(self.sizes, {}, {}, {}, {}, {}, "ordinary", np.dtype(np.float64)), 0.0


@dataclass(frozen=True)
class OwnSubject(SelfJudged):
    """A binding by hand with its own forward pass as the reference.

    Attributes:
        hand: what is where.
        inputs: the axes of what is given to it, or what draws that.
    """

    hand: Hand = field(default_factory=Hand)
    inputs: Inputs = field(default_factory=dict)

    def __repr__(self) -> str:
        return source(self.hand, None, {"inputs": self.inputs, **changed(self)})

    def report(self, examples: int, seed: int, command: str) -> SubjectReport:
        """Judge the gradients at a number of points, each of sizes of its own."""
        count = min(examples, MOST_POINTS)
        blank = SubjectReport(self.name, SAID, CORRECT, "differences", count, seed, command)
        seen: dict[str, list[Seen]] = {}
        try:
            for number in range(count):
                for name, one in self._at(np.random.default_rng((seed, number))).items():
                    seen.setdefault(name, []).append(one)
        except Problem as problem:
            return replace(blank, verdict=ERROR, diagnosis=(Diagnosis(problem.kind, problem.message),))
        rows = tuple(_folded(name, every) for name, every in seen.items())
        verdict = next((v for v in (WRONG, UNDECIDED) if any(one.verdict == v for one in rows)), CORRECT)
        remarks = (Diagnosis("own forward pass", SAID), *(_constant(seen) if verdict == WRONG else ()))
        twice = called_twice_at(self.hand, self.inputs, self.sizes, seed)
        remarks = (*remarks, *(Diagnosis("remark", remark) for remark in twice.remarks))
        return concluding(replace(blank, verdict=verdict, parameters=rows, diagnosis=remarks), twice.findings)

    def _at(self, rng: np.random.Generator) -> dict[str, Seen]:
        """The gradients at a point; raises Problem for what keeps them from being seen."""
        try:
            with limited(self.time_limit, OwnSubject._at.__code__), quiet():
                return self._seen(Point.drawn(self.hand, self.inputs, self.sizes, rng))
        except TooLong:
            raise Problem(
                "never returns",
                f"the code took more than time_limit={self.time_limit:g} seconds at one point; look for a loop that "
                "does not end, let it make fewer steps, or fix smaller sizes=.",
            ) from None
        except BindingError as error:
            raise Problem("misfit", str(error)) from error
        except (Exception, SystemExit) as error:
            raise Problem(
                "raises",
                f"the code raises {described(error)}; expected it to run for any sizes: fix those it needs, sizes=.",
            ) from error

    def _seen(self, point: Point) -> dict[str, Seen]:
        scale = abs(point.value(point.values)) + 1.0
        return {name: _beside(got, point.expected(name, scale), point) for name, got in point.gradients().items()}


def _beside(got: Any, expected: Differences, point: Point) -> Seen:
    """A gradient beside its differences; what is not known of it counts as what is not known of them."""
    uncertain = replace(expected, error=expected.error + getattr(got, "uncertainty", 0.0))
    return Seen(np.asarray(getattr(got, "value", got), dtype=np.float64), uncertain, point.sizes)


def _folded(name: str, every: Sequence[Seen]) -> ParameterVerdict:
    worst: ParameterVerdict | None = None
    for one in every:
        worst = worse(worst, one.row(name))
    assert worst is not None
    return worst


def _constant(seen: Mapping[str, Sequence[Seen]]) -> Iterator[Diagnosis]:
    """The one factor that all gradients are too large by, if there is one."""
    said = {explain_ratio([one.observation for one in every]) for every in seen.values()}
    factor = said.pop() if len(said) == 1 else None
    if factor not in (None, SAME):
        message = f"correct up to a constant: every gradient is {factor} the right one"
        yield Diagnosis("constant", message)
