"""The ladder of evidence: what was tested is certified or proved, as far as the subject's own code allows it.

    tested      random shapes and inputs, within a derived bound
    certified   the subject's code in ball arithmetic, fifty digits
    proved      the subject's code on symbols: its formula is the derived one

Where the code cannot be run so, the line that stopped it is said, and the next rung below is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from gdverify.auditing.ladder.certifying import BITS, certify
from gdverify.auditing.ladder.proving import Proof, prove
from gdverify.auditing.ladder.replay import neighbour, replay, unfaithful
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CERTIFIED, PROVED, TESTED, Diagnosis, Ground
from gdverify.cases.case import Case
from gdverify.cases.strategies import DEPTHS, Space, members
from gdverify.derivation.steps import derive
from gdverify.errors import UsageError
from gdverify.extras import MissingExtra, require
from gdverify.notation.architecture import Architecture
from gdverify.tracing.lines import Untraceable

AUTO = "auto"
EVIDENCE = (AUTO, PROVED, CERTIFIED, TESTED)
MOST_MEMBERS = 4  # of a family that are proved, where an option is a choice


@dataclass(frozen=True)
class Wanted:
    """How far up the ladder.

    Attributes:
        evidence: ``auto`` takes the strongest that the code allows, and is content with less.
        bits: the precision at which certificates begin.
    """

    evidence: str = AUTO
    bits: int = BITS

    def __post_init__(self) -> None:
        """Refuse what makes no sense, and what is not installed."""
        if self.evidence not in EVIDENCE:
            raise UsageError(f"evidence={self.evidence!r}: expected one of {', '.join(EVIDENCE)}.")
        if isinstance(self.bits, bool) or not isinstance(self.bits, int) or not 64 <= self.bits <= 100_000:
            raise UsageError(f"bits={self.bits!r}: expected a whole number from 64 to 100,000.")
        if self.evidence == CERTIFIED:
            require("flint", "certify", "certificates in ball arithmetic")

    @property
    def changed(self) -> dict[str, Any]:
        """What is not as it is by default."""
        return {name: value for name, value in vars(self).items() if value != getattr(Wanted, name)}

    @property
    def rungs(self) -> tuple[str, ...]:
        """The levels to try, the strongest first."""
        return {AUTO: (PROVED, CERTIFIED), PROVED: (PROVED, CERTIFIED), CERTIFIED: (CERTIFIED,), TESTED: ()}[
            self.evidence
        ]


@dataclass(frozen=True)
class Asked:
    """What every rung is asked about.

    Attributes:
        subject: the implementation.
        space: the cases that it can take.
        seed: of the points.
        bits: the precision at which certificates begin.
    """

    subject: Subject
    space: Space
    seed: int
    bits: int


@dataclass(frozen=True)
class Shown:
    """What one rung shows of the tensors that a subject returns, for one member of the family.

    Attributes:
        where: the shapes and points, for the report.
        equal: the tensors that are what they should be.
        different: those that are not, with a case on whose path they are not.
        undecided: those about which it says why nothing was shown, and why.
    """

    where: str
    equal: frozenset[str]
    different: Mapping[str, Case]
    undecided: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Ascent:
    """How far each tensor came.

    Attributes:
        grounds: what was shown beyond tests.
        different: tensors whose formula is not the derived one, with a case on whose path it is not.
        remarks: why it was not more.
    """

    grounds: list[Ground] = field(default_factory=list)
    different: dict[str, Case] = field(default_factory=dict)
    remarks: list[Diagnosis] = field(default_factory=list)

    def missing(self, names: Sequence[str]) -> list[str]:
        """The tensors about which nothing is known yet."""
        known = {name for ground in self.grounds for name in ground.tensors} | self.different.keys()
        return [name for name in names if name not in known]

    def add(self, rung: str, shown: Shown, names: Sequence[str]) -> None:
        """Take in what a rung showed of some tensors."""
        self.different |= {name: shown.different[name] for name in names if name in shown.different}
        equal = tuple(name for name in names if name in shown.equal)
        if equal:
            self.grounds.append(Ground(rung, shown.where, equal))
        for name in names:
            if name in shown.undecided:
                self.remark(f"{name}: not {rung}: {shown.undecided[name]}")

    def remark(self, message: str) -> None:
        """Say why it was not more."""
        self.remarks.append(Diagnosis("evidence", message))


def climb(subject: Subject, space: Space, names: Sequence[str], wanted: Wanted, seed: int) -> Ascent:
    """Look for stronger evidence than tests.

    Args:
        subject: the implementation.
        space: the cases that it can take.
        names: the tensors that were compared, and ``loss``.
        wanted: how far.
        seed: of the points.
    """
    made, asked = Ascent(), Asked(subject, space, seed, wanted.bits)
    if "float64" not in space.dtypes:
        return made  # what differs on symbols has to be seen in float64 too
    for rung in wanted.rungs:
        for options in _members(space):
            left = made.missing(names)
            if not left:
                return made
            try:
                made.add(rung, _RUNGS[rung](asked, options), left)
            except (Untraceable, Problem) as error:
                made.remark(f"not {rung}: {error}")
                break
            except MissingExtra as error:
                if wanted.evidence != AUTO:
                    made.remark(f"not {rung}: {error}")
                break
    return made


def _members(space: Space) -> Iterator[dict[str, Any]]:
    """Members of the family: those that its options choose from, and the deepest, which has every tensor."""
    defaults = space.source.options if isinstance(space.source, Architecture) else {}
    depths = {k: DEPTHS[-1] for k, default in defaults.items() if type(default) is int and k not in space.options}
    yield from islice(members(space), MOST_MEMBERS)
    if depths:
        yield {**next(members(space)), **depths}


def _proved(asked: Asked, options: Mapping[str, Any]) -> Shown:
    """What is shown on symbols."""
    proof = prove(asked.subject, asked.space, options, asked.seed)
    _refuse_unfaithful(asked.subject, proof, asked.seed)
    names = dict.fromkeys(name for one in proof.confrontations for name in one.decisions)
    different: dict[str, Case] = {}
    for one in proof.confrontations:
        for name in one.decisions:
            if one.outcome(name) == "different":
                different.setdefault(name, one.case)
    return Shown(
        _said(asked.space, options, f"at {proof}{_chance(proof)}"),
        frozenset(name for name in names if proof.proves(name)),
        different,
        {name: proof.reason(name) for name in names if proof.outcome(name) == "undecided"},
    )


def _refuse_unfaithful(subject: Subject, proof: Proof, seed: int) -> None:
    """Raise Untraceable where a formula that differs is not what the code computes on floats either."""
    for one in proof.confrontations:
        differing = {name for name in one.decisions if one.outcome(name) == "different"}
        if differing:
            derivation = derive(subject.source, **one.case.options)
            lost = replay(one.trace, subject, derivation, neighbour(one.trace, seed) or one.case)
            if lost is not None and differing & {*lost}:
                raise unfaithful(sorted(differing & {*lost}), "symbols")


def _certified(asked: Asked, options: Mapping[str, Any]) -> Shown:
    """What is shown on balls."""
    certificate = certify(asked.subject, asked.space, options, asked.seed, asked.bits)
    found = certificate.agreements
    return Shown(
        _said(asked.space, options, str(certificate)),
        frozenset(name for name in found if found[name] == "equal"),
        {name: certificate.case for name in found if found[name] == "different"},
    )


_RUNGS: dict[str, Callable[[Asked, Mapping[str, Any]], Shown]] = {PROVED: _proved, CERTIFIED: _certified}


def _said(space: Space, options: Mapping[str, Any], what: str) -> str:
    """With the member of the family, where there are others."""
    fixed = {name for name, value in space.options.items() if not isinstance(value, (tuple, list, range))}
    chosen = ", ".join(f"{name}={value}" for name, value in options.items() if name not in fixed)
    return f"with {chosen}, {what}" if chosen else what


def _chance(proof: Proof) -> str:
    """The residues' part in it."""
    return f" (wrong with a probability below {proof.error:.0e})" if proof.error else ""
