"""What an audit concludes: plain data, from which every report format is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gdverify.cases.case import Array, Case

SCHEMA_VERSION = 1

CORRECT, WRONG, UNDECIDED, ERROR = "correct", "wrong", "undecided", "error"
UP_TO_CONSTANT = "correct up to a constant"
TESTED, CERTIFIED, PROVED = LEVELS = ("tested", "certified", "proved")  # evidence, the weakest first
# A constant that contradicts a loss which is stated is a wrong gradient; see `Constant.harmless` for the other.
EXIT_CODES = {CORRECT: 0, UP_TO_CONSTANT: 1, WRONG: 1, UNDECIDED: 2, ERROR: 2}


@dataclass(frozen=True)
class Cell:
    """Cases of one kind: how many there were, and how many of them could have shown an error.

    Attributes:
        kind, name: for example ``batch`` and ``odd``, or ``regime`` and ``zeros``.
        cases, informative: how many.
        needed: informative ones for a verdict; of a regime, for it to count as decidable.
    """

    kind: str
    name: str
    cases: int
    informative: int
    needed: int


@dataclass(frozen=True)
class ParameterVerdict:
    """The verdict on one tensor, with the entry that is furthest out.

    Attributes:
        name: of the tensor whose gradient this is, or ``loss``.
        verdict: correct, wrong or undecided.
        largest_error, tolerance, worst_index, got, expected: of the worst entry; for a wrong tensor, in the failing
            case.
        informative: cases in which at least one entry could have shown an error.
        cases: cases in which the tensor was compared.
        informative_entries, entries: the same, counted in entries.
        coverage: the same, for each kind of case.
        evidence: how strong it is: tested, certified or proved.
    """

    name: str
    verdict: str
    largest_error: float
    tolerance: float
    worst_index: tuple[int, ...]
    got: float
    expected: float
    informative: int
    cases: int
    informative_entries: int = 0
    entries: int = 0
    coverage: tuple[Cell, ...] = ()
    evidence: str = TESTED


@dataclass(frozen=True)
class Judged:
    """By which rule: ``factor`` times the rounding error that a correct implementation may make.

    Attributes:
        safety: the factor's own part.
        tolerance: the user's part of it; 1 unless it was asked for.
        precision: the dtype that the subject is said to compute in; None for the one that it is given.
        kink: the derivative that was required at kinks; None where any subgradient would do.
    """

    safety: float
    tolerance: float = 1.0
    precision: str | None = None
    kink: float | str | None = None


@dataclass(frozen=True)
class Ground:
    """What was shown beyond tests: of which tensors, how strongly, and in words at which shapes and on which paths."""

    level: str
    says: str
    tensors: tuple[str, ...]


@dataclass(frozen=True)
class Diagnosis:
    """A reason for the verdict, in the user's terms; ``kind`` is its name for programs."""

    kind: str
    message: str


@dataclass(frozen=True)
class Constant:
    """One factor that is common to all gradients.

    Attributes:
        factor: as it would be said: ``½``, ``1/batch``, ``lr``.
        value: a number with its sign.
        stated: whether something says how large the gradient should be: the loss that the code itself gives, a loss
            that was declared, the gradient that is handed in from behind.
    """

    factor: str
    value: float
    stated: bool

    @property
    def harmless(self) -> bool:
        """Whether nothing contradicts it: c times a loss that nobody states is as good a loss, unless c turns it."""
        return not self.stated and self.value > 0


@dataclass(frozen=True)
class FailingCase:
    """The smallest case that was found to fail.

    Attributes:
        sizes, options, regime, dtype: of the case, as plain data.
        numpy: assignments that rebuild its arrays, for a reader.
        arrays: the arrays themselves, by name.
    """

    sizes: Mapping[str, int]
    options: Mapping[str, int | str]
    regime: str
    dtype: str
    numpy: tuple[str, ...]
    arrays: Mapping[str, Array] = field(compare=False, repr=False)

    @classmethod
    def of(cls, case: Case) -> FailingCase:
        """The case as plain data."""
        options = {name: value if isinstance(value, int) else str(value) for name, value in case.options.items()}
        return cls(dict(case.sizes), options, case.regime, case.dtype.name, tuple(case.lines()), dict(case.arrays))


@dataclass(frozen=True)
class Finding:
    """Something that the subject does besides returning numbers.

    Attributes:
        kind: its name for programs, a key of `gdverify.auditing.behaviours.kinds.KINDS`.
        message: in the user's terms.
        severe: whether it makes the results unusable, so that the verdict is an error.
        case: that shows it.
    """

    kind: str
    message: str
    severe: bool
    case: FailingCase | None = None


@dataclass(frozen=True)
class SubjectReport:
    """The verdict on one subject.

    Attributes:
        subject: its name.
        architecture: what it was judged against.
        verdict: correct, wrong, undecided or error.
        expected: the verdict on record, for a documented implementation.
        judged: the rule by which.
        evidence: how it was established.
        examples: how many cases were tried.
        further: how many more, of kinds that were missing among them.
        seed: that draws the same cases again.
        command: that replays the audit.
        parameters: verdicts by tensor.
        diagnosis: reasons and remarks.
        failing_case: the smallest case that fails.
        findings: what the subject does besides, severe or not.
        grounds: what was shown beyond tests.
        constant: of a verdict that is correct up to one.
    """

    subject: str
    architecture: str
    verdict: str
    evidence: str
    examples: int
    seed: int
    command: str
    parameters: tuple[ParameterVerdict, ...] = ()
    diagnosis: tuple[Diagnosis, ...] = ()
    failing_case: FailingCase | None = None
    expected: str | None = None
    further: int = 0
    judged: Judged | None = None
    findings: tuple[Finding, ...] = ()
    grounds: tuple[Ground, ...] = ()
    constant: Constant | None = None

    @property
    def exit_code(self) -> int:
        """What this verdict alone would end the program with."""
        return 0 if self.constant is not None and self.constant.harmless else EXIT_CODES[self.verdict]

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one on record, or nothing to act upon where there is no record."""
        return self.verdict == self.expected if self.expected else self.exit_code == 0

    def __str__(self) -> str:
        from gdverify.auditing.wording import text

        return text(self)


@dataclass(frozen=True)
class Report:
    """The verdicts of one run."""

    subjects: tuple[SubjectReport, ...] = field(default_factory=tuple)

    @property
    def exit_code(self) -> int:
        """0 where all are as expected; 1 where a gradient is wrong; 2 where one could not be judged."""
        unexpected = [subject for subject in self.subjects if not subject.as_expected]
        if any(subject.exit_code == EXIT_CODES[WRONG] for subject in unexpected):
            return EXIT_CODES[WRONG]
        # A verdict on record that is not met is a finding, even where the new verdict is "correct".
        return max((subject.exit_code or 1 for subject in unexpected), default=0)
