"""`audit` and `check`: from a subject to a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import settings

from gdverify.auditing.behaviours.kinds import KINDS
from gdverify.auditing.behaviours.report import concluding, with_findings
from gdverify.auditing.boosting import by_convention
from gdverify.auditing.coverage import cells, missing
from gdverify.auditing.diagnosis.expected import with_expected
from gdverify.auditing.diagnosis.guarded_loss import guarded_loss
from gdverify.auditing.diagnosis.kinks import kink_remarks
from gdverify.auditing.diagnosis.kinks_only import kinks_only
from gdverify.auditing.diagnosis.reasons import diagnose
from gdverify.auditing.evidence import with_evidence
from gdverify.auditing.examination import Examination
from gdverify.auditing.isolation import isolated
from gdverify.auditing.ladder.certifying import BITS
from gdverify.auditing.ladder.rungs import AUTO, Wanted
from gdverify.auditing.problems import Problem
from gdverify.auditing.search import Survey, Tally, smallest_problem, smallest_wrong, survey, warmed
from gdverify.auditing.shortfall import undecided_remarks
from gdverify.auditing.subject import Against, Function, SelfJudged, Subject, name_of
from gdverify.auditing.verdicts import (
    CORRECT,
    ERROR,
    TESTED,
    UNDECIDED,
    WRONG,
    Diagnosis,
    FailingCase,
    Finding,
    Judged,
    ParameterVerdict,
    SubjectReport,
)
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space
from gdverify.errors import SubjectError, UsageError
from gdverify.evidence.comparison import Comparison
from gdverify.evidence.reference import SAFETY

LARGEST_EXAMPLES = 1_000_000


def audit(
    subject: Subject | Function,
    against: Against | None = None,
    *,
    examples: int | None = None,
    seed: int | None = None,
    command: str | None = None,
    tolerance: float | None = None,
    kink: float | str | None = None,
    evidence: str = AUTO,
    bits: int = BITS,
    **options: Any,
) -> SubjectReport:
    """Judge an implementation's gradients on random shapes and inputs.

    Args:
        subject: a function ``case -> {"loss": loss, "W1": dW1, …}``, or one marked with `gdverify.subject`.
        against: the architecture or operation whose gradients they should be, or for second derivatives
            ``gdverify.hessian_product(…)`` or ``hessian_diagonal(…)`` of one; may be left out for a marked function.
        examples: how many cases; by default what the Hypothesis profile in force says (100).
        seed: the same seed draws the same cases; by default 0, or pytest's ``--hypothesis-seed``.
        command: that replays the audit, for the report.
        tolerance, kink: in place of what the mark says, as in `gdverify.subject`.
        evidence: ``tested``, ``certified`` (ball arithmetic, the extra ``certify``), ``proved`` (symbols), or ``auto``,
            the strongest that the implementation's code allows.
        bits: the precision at which certificates begin.
        options: of the family, as in `gdverify.subject`.

    Raises:
        UsageError: examples, seed, tolerance, kink, evidence or bits make no sense, or nothing says what to judge
            against.
        MissingExtra: certificates are asked for, and python-flint is not installed.
        UnknownName: an architecture or option that does not exist.
    """
    judged = allowing(_subject(subject, against, options), tolerance=tolerance, kink=kink)
    count = _checked("examples", settings().max_examples if examples is None else examples, 1, LARGEST_EXAMPLES)
    chosen = _checked("seed", _default_seed() if seed is None else seed, 0, 2**64)
    wanted = Wanted(evidence, bits)
    if isinstance(judged, SelfJudged):
        return _bound(judged.report(count, chosen, command or _call(judged, seed=chosen, examples=count)), judged)
    judged.check_declaration()
    asked = {"against": against, **options, "tolerance": tolerance, "kink": kink, **wanted.changed}
    said = {name: value for name, value in asked.items() if value is not None}
    call = command or _call(judged, **said, seed=chosen, examples=count)
    judge = partial(_judged, examples=count, seed=chosen, command=call, wanted=wanted)
    return with_expected(by_convention(judge(judged), judged, judge), judged)


def _judged(judged: Subject, examples: int, seed: int, command: str, wanted: Wanted) -> SubjectReport:
    space = judged.space()
    found = survey(judged, space, examples, seed)
    blank = _blank(judged, found.examples, seed, command, found.further)
    if found.problem is not None:
        return _bound(_with_problem(blank, judged, space, found, examples), judged)
    report = with_findings(_with_verdicts(blank, judged, space, found, examples), judged, space, found, examples)
    return _bound(with_evidence(report, judged, space, wanted), judged)


def check(
    subject: Subject | Function,
    against: Against | None = None,
    *,
    examples: int | None = None,
    seed: int | None = None,
    tolerance: float | None = None,
    kink: float | str | None = None,
    evidence: str = AUTO,
    bits: int = BITS,
    **options: Any,
) -> None:
    """Raise unless all gradients are correct: one line in a test is a gate.

    Raises:
        AssertionError: a gradient is wrong, or could not be decided; the text is the report.
        SubjectError: the implementation could not be judged; the text is the report.
    """
    __tracebackhide__ = True
    report = audit(
        subject,
        against,
        examples=examples,
        seed=seed,
        tolerance=tolerance,
        kink=kink,
        evidence=evidence,
        bits=bits,
        **options,
    )
    if report.verdict == ERROR:
        raise SubjectError(f"\n{report}")
    if report.exit_code:
        raise AssertionError(f"\n{report}")


def audit_isolated(
    subject: Subject, waiting: Callable[[], None], *, examples: int, seed: int, command: str, **wanted: Any
) -> SubjectReport:
    """`audit` in a process of its own: what ends that process is a verdict too.

    Args:
        subject: as in `audit`, and so are examples, seed and command.
        waiting: called about once a second.
        wanted: evidence and bits, as in `audit`.
    """
    warmed()
    try:
        return isolated(partial(audit, subject, examples=examples, seed=seed, command=command, **wanted), waiting)
    except Problem as problem:
        return _unjudged(_blank(subject, 0, seed, command), problem, None)


def unjudged(name: str, seed: int, command: str, problem: Problem) -> SubjectReport:
    """The report on what took its process with it before it could be judged."""
    remark = Diagnosis(problem.kind, problem.message)
    return SubjectReport(name, "nothing yet", ERROR, TESTED, 0, seed, command, diagnosis=(remark,))


def _subject(subject: Subject | Function, against: Against | None, options: Mapping[str, Any]) -> Subject:
    if isinstance(subject, SelfJudged):
        if against is not None or options:
            raise UsageError(
                f"audit({subject.name}): it was bound without an architecture, and is checked against its own forward "
                f"pass; got against={against!r}: say it where it is bound, gdverify.bind(…, against={against!r})."
            )
        return subject
    if isinstance(subject, Subject):
        merged = {**subject.options, **options}
        return replace(subject, options=merged, against=subject.against if against is None else against)
    if against is None:
        raise UsageError(
            f"audit({name_of(subject)}): against=… is missing; name the architecture whose gradients these should be, "
            'for example against="mlp", or mark the function with @gdverify.subject(against=…).'
        )
    return Subject(subject, name_of(subject), against, options)


def _bound(report: SubjectReport, judged: Subject) -> SubjectReport:
    """The report with what the subject says besides."""
    found = () if report.verdict == ERROR else judged.findings()
    return concluding(replace(report, diagnosis=(*judged.remarks(report.verdict), *report.diagnosis)), found)


def allowing(subject: Subject, **changes: Any) -> Subject:
    """The subject with another tolerance or kink, where one is given; raises UsageError for one that makes no sense."""
    return replace(subject, allowance=subject.allowance.with_changes(changes))


def _checked(name: str, value: int, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise UsageError(f"{name}={value!r}: expected a whole number from {least} to {most}.")
    return value


def _default_seed() -> int:
    # Set by pytest's --hypothesis-seed.
    from hypothesis import core

    forced = getattr(core, "global_force_seed", None)
    return int(forced) if isinstance(forced, int) else 0


def _call(subject: Subject, **arguments: Any) -> str:
    """The call in Python that replays an audit."""
    words = [subject.name.split(":")[-1], *(f"{name}={value!r}" for name, value in arguments.items())]
    return f"gdverify.audit({', '.join(words)})"


def _architecture(subject: Subject) -> str:
    if isinstance(subject, SelfJudged):
        return "its own forward pass"
    options = ", ".join(f"{name}={value}" for name, value in subject.options.items())
    return f"{subject.source.name}({options})" if options else subject.source.name


def _with_problem(blank: SubjectReport, judged: Subject, space: Space, found: Survey, examples: int) -> SubjectReport:
    assert found.problem is not None
    problem, case = found.problem
    if problem.kind != "never returns":  # shrinking would wait for each try
        problem, case = smallest_problem(judged, space, problem.kind, examples, blank.seed) or found.problem
    return _unjudged(blank, problem, case)


def _unjudged(blank: SubjectReport, problem: Problem, case: Case | None) -> SubjectReport:
    failing = None if case is None else FailingCase.of(case)
    if problem.kind in KINDS:
        finding = Finding(problem.kind, problem.message, KINDS[problem.kind].severe, failing)
        return replace(blank, verdict=ERROR, findings=(finding,), failing_case=failing)
    return replace(blank, verdict=ERROR, diagnosis=(Diagnosis(problem.kind, problem.message),), failing_case=failing)


def _blank(subject: Subject, examples: int, seed: int, command: str, further: int = 0) -> SubjectReport:
    judged = Judged(SAFETY, **vars(subject.allowance))
    name = _architecture(subject)
    return SubjectReport(subject.name, name, CORRECT, TESTED, examples, seed, command, further=further, judged=judged)


def _with_verdicts(blank: SubjectReport, judged: Subject, space: Space, found: Survey, examples: int) -> SubjectReport:
    wrong = _most_together(found)
    smallest = _smallest(judged, space, wrong, found, examples, blank.seed) if wrong else None
    rows = tuple(_row(name, tally, smallest, space) for name, tally in found.tallies.items())
    # What is off is the loss alone: it may be so on purpose.
    guard = guarded_loss(judged, space, smallest, blank.seed) if smallest and {*found.together} == {("loss",)} else None
    if guard is not None:
        smallest, rows = None, tuple(_guarded(row, guard[1]) if row.name == "loss" else row for row in rows)
    verdicts = {row.verdict for row in rows}
    verdict = next((v for v in (WRONG, UNDECIDED) if v in verdicts), CORRECT)
    dead = [name for name, tally in found.tallies.items() if tally.vanishing == tally.cases]
    undecided = undecided_remarks([row for row in rows if row.verdict == UNDECIDED], dead, judged.declaring)
    if smallest is None:
        remarks = (*kink_remarks(space, found.kinks), *undecided, *(guard[:1] if guard else ()))
        return replace(blank, verdict=verdict, parameters=rows, diagnosis=remarks)
    # Of a wrong gradient nobody wants to know what it does at a kink, unless that is what is wrong.
    reasons = kinks_only(judged, space, found) or diagnose(judged, space, smallest, blank.seed)
    return replace(
        blank,
        verdict=verdict,
        parameters=rows,
        diagnosis=(*reasons, *undecided),
        failing_case=FailingCase.of(smallest.case),
    )


def _guarded(row: ParameterVerdict, worst: Comparison) -> ParameterVerdict:
    """The verdict on a loss that is judged together with its guard."""
    return replace(
        row,
        verdict=CORRECT,
        largest_error=worst.error,
        tolerance=worst.tolerance,
        worst_index=worst.index,
        got=worst.got,
        expected=worst.expected,
    )


def _smallest(
    judged: Subject, space: Space, wrong: tuple[str, ...], found: Survey, examples: int, seed: int
) -> Examination | None:
    """The smallest case in which the tensors are wrong; where they first were in one drawn on purpose, one like it."""
    late = found.late
    if late is None:
        return smallest_wrong(judged, space, wrong, examples, seed)
    case = late.case
    alike = replace(space, options=case.options, sizes=case.sizes, regimes=(case.regime,), dtypes=(case.dtype.name,))
    return smallest_wrong(judged, alike, late.wrong, examples, seed) or late


def _most_together(found: Survey) -> tuple[str, ...]:
    """The largest set of tensors that were wrong in one case, the most frequent of those."""
    return max(found.together, key=lambda names: (len(names), found.together[names], names), default=())


def _row(name: str, tally: Tally, smallest: Examination | None, space: Space) -> ParameterVerdict:
    worst: Comparison | None = tally.worst
    if tally.wrong and smallest is not None and name in smallest.wrong:
        worst = smallest.comparisons[name]
    assert worst is not None
    covered = cells(name, tally.covered, space)
    return ParameterVerdict(
        name,
        WRONG if tally.wrong else UNDECIDED if missing(covered) else CORRECT,
        worst.error,
        worst.tolerance,
        worst.index,
        worst.got,
        worst.expected,
        tally.informative,
        tally.cases,
        tally.informative_entries,
        tally.entries,
        covered,
    )
