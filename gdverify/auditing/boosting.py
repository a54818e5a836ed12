"""What is returned for the diagonal of a Hessian on purpose: said, and judged by what it is meant to be.

A convention is looked for on a few cases, and said only where an audit of its own finds it kept in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sympy import Rational

from gdverify.auditing.execution import call
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, WRONG, Diagnosis, SubjectReport
from gdverify.cases.case import Array, Case
from gdverify.cases.strategies import fresh, members
from gdverify.derivation.boosting import Floored, Rule, ahead, as_it_is, one, twice
from gdverify.derivation.curvature import SecondDerivatives, curvature
from gdverify.evidence.reference import Bound, reference
from gdverify.notation.operation import Operation

REGIMES = ("ordinary", "saturated", "huge")  # in which curvature is of order 1, small, and 0
CASES = 6  # of each
LARGEST_FLOOR = 1e-3
SAME = 1e-6  # relative: entries that are one number, in float32 too


@dataclass(frozen=True)
class Look:
    """A case, with what was returned for the gradient of a gradient."""

    case: Case
    name: str
    got: Array

    def bound(self, source: SecondDerivatives) -> Bound:
        """What a source expects."""
        name = f"d{self.name}"
        return reference(curvature(source, **self.case.options), self.case, [name]).bounds[name]

    def outside(self, source: SecondDerivatives) -> Array:
        """The entries that a source does not expect."""
        bound = self.bound(source)
        off = ~(np.abs(self.got - bound.expected) <= bound.tolerance) & np.isfinite(bound.tolerance)
        return self.got[off]


@dataclass(frozen=True)
class Convention:
    """A row of `CONVENTIONS`.

    Attributes:
        rule: what is expected.
        meant: whether the looks are at what the convention is for.
        said: in the report, of {name}.
    """

    rule: Rule
    meant: Callable[[SecondDerivatives, Sequence[Look]], bool]
    said: str


def by_convention(report: SubjectReport, subject: Subject, judged: Callable[[Subject], SubjectReport]) -> SubjectReport:
    """The report; where a Hessian is wrong by a convention alone, that on what the convention says.

    Args:
        report: on the subject.
        subject: that was judged.
        judged: the report on another subject of the same audit.
    """
    source = subject.source if report.verdict == WRONG else None
    if not isinstance(source, SecondDerivatives) or not _is_objective(source, report):
        return report
    with np.errstate(all="ignore"):  # an exponential of what is huge
        kept = [*_kept(source, _looks(subject, source, report))]
    for rule, said in kept:
        over = judged(replace(subject, against=replace(source, rule=rule)))
        if over.verdict == CORRECT:
            return replace(over, diagnosis=(*over.diagnosis, Diagnosis("remark", said)))
    return report


def _is_objective(source: SecondDerivatives, report: SubjectReport) -> bool:
    """Whether it is a loss of predictions, and nothing but the diagonal is wrong."""
    objective = isinstance(source.first, Operation) and source.first.is_loss and source.kind == "diagonal"
    wrong = [row.name for row in report.parameters if row.verdict == WRONG]
    return objective and len(wrong) == 1 and wrong == [tensor.name for tensor in curvature(source).wanted]


def _looks(subject: Subject, source: SecondDerivatives, report: SubjectReport) -> list[Look]:
    space = subject.space()
    options = next(members(space))
    derivation = curvature(source, **options)
    (wanted,) = derivation.wanted
    try:
        return [
            Look(case, wanted.name, call(subject, derivation, case).gradients[wanted.name])
            for regime in REGIMES
            for case in fresh(space, derivation, options, CASES, report.seed, regime, "float64")
        ]
    except Problem:
        return []


def _kept(source: SecondDerivatives, looks: Sequence[Look]) -> Iterator[tuple[Rule, str]]:
    """The conventions that hold at the looks, with what is said of them."""
    for row in CONVENTIONS if looks else ():
        if not row.meant(source, looks):
            continue
        off = np.concatenate([look.outside(replace(source, rule=row.rule)) for look in looks])
        least = off.min(initial=np.inf)
        said = row.said.format(name=looks[0].name)
        if not off.size and said:
            yield row.rule, said
        elif 0 < least <= LARGEST_FLOOR and np.all(np.abs(off / least - 1) < SAME):
            floored = FLOOR.format(name=looks[0].name, floor=least)
            yield Floored(row.rule, Rational(f"{least:.6g}")), "; ".join(filter(None, [said, floored]))


def _couples(source: SecondDerivatives, looks: Sequence[Look]) -> bool:
    """Whether an entry of the gradient depends on other entries of the prediction too."""
    whole = replace(source, kind="product", operand=None)
    return any(_mixes(source, whole, look) for look in looks)


def _mixes(source: SecondDerivatives, whole: SecondDerivatives, look: Look) -> bool:
    (direction,) = curvature(whole, **look.case.options).order.directions
    along = np.arange(1.0, look.got.size + 1).reshape(look.got.shape)
    case = replace(look.case, upstream={**look.case.upstream, direction.name: along})
    product, alone = replace(look, case=case).bound(whole), look.bound(source)
    return bool(np.any(np.abs(product.expected - alone.expected * along) > product.tolerance + alone.tolerance * along))


def _grows_as_exp(source: SecondDerivatives, looks: Sequence[Look]) -> bool:
    """Whether h(y + 1) = e h(y)."""
    return all(_grows(source, look) for look in looks[:CASES])


def _grows(source: SecondDerivatives, look: Look) -> bool:
    name = look.name.removeprefix("d")
    here = look.bound(source).expected
    there = replace(look, case=look.case.replaced(**{name: look.case.arrays[name] + 1})).bound(source).expected
    return bool(np.allclose(there, np.e * here, rtol=1e-9, atol=0))


def _is_flat(source: SecondDerivatives, looks: Sequence[Look]) -> bool:
    """Whether the diagonal is 0, or else 1 and 0: the loss is a straight line, in part."""
    values = np.concatenate([look.bound(source).expected.ravel() for look in looks])
    return bool(np.isin(values, (0.0, 1.0)).all() and (values == 0).any())


def _always(source: SecondDerivatives, looks: Sequence[Look]) -> bool:
    return True


FLOOR = (
    "{name} is {floor:g} where the diagonal of the Hessian is smaller: the convention of boosted trees, which divide "
    "by it"
)
CONVENTIONS = (
    Convention(as_it_is, _always, ""),
    Convention(
        twice,
        _couples,
        "{name} is 2 × the diagonal of the Hessian, 2 p (1 − p) for softmax: the convention of boosted trees where the "
        "Hessian is not diagonal",
    ),
    Convention(
        ahead,
        _grows_as_exp,
        "{name} is the diagonal of the Hessian at y + 0.7, which is e^0.7 times that at y: the convention of boosted "
        "trees for counts, where it limits the step",
    ),
    Convention(
        one,
        _is_flat,
        "{name} is 1 where the diagonal of the Hessian is 0, since the loss is straight there: the convention of "
        "boosted trees, which divide by it, so that they step along the gradient",
    ),
)
