"""`audit` and `check`: from a subject to a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import settings

from gdverify.auditing.behaviours.kinds import KINDS
from gdverify.auditing.behaviours.report import with_findings
from gdverify.auditing.diagnosis import diagnose
from gdverify.auditing.examination import Examination
from gdverify.auditing.isolation import isolated
from gdverify.auditing.kinks import kink_remarks
from gdverify.auditing.problems import Problem
from gdverify.auditing.search import Survey, Tally, smallest_problem, smallest_wrong, survey
from gdverify.auditing.subject import Function, Subject, name_of
from gdverify.auditing.verdicts import (
    CORRECT,
    ERROR,
    UNDECIDED,
    WRONG,
    Diagnosis,
    FailingCase,
    Finding,
    ParameterVerdict,
    SubjectReport,
)
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space
from gdverify.errors import SubjectError, UsageError
from gdverify.evidence.comparison import Comparison
from gdverify.notation.architecture import Architecture
from gdverify.notation.operation import Operation

# A tensor's verdict needs so many cases in which an error would have shown.
INFORMATIVE_CASES = 5
LARGEST_EXAMPLES = 1_000_000


def audit(
    subject: Subject | Function,
    against: str | Architecture | Operation | None = None,
    *,
    examples: int | None = None,
    seed: int | None = None,
    command: str | None = None,
    **options: Any,
) -> SubjectReport:
    """Judge an implementation's gradients on random shapes and inputs.

    Args:
        subject: a function ``case -> {"loss": loss, "W1": dW1, …}``, or one marked with `gdverify.subject`.
        against: the architecture or operation whose gradients they should be; may be left out for a marked function.
        examples: how many cases; by default what the Hypothesis profile in force says (100).
        seed: the same seed draws the same cases; by default 0, or pytest's ``--hypothesis-seed``.
        command: that replays the audit, for the report.
        options: of the family, as in `gdverify.subject`.

    Raises:
        UsageError: examples or seed make no sense, or nothing says what to judge against.
        UnknownName: an architecture or option that does not exist.
    """
    judged = _subject(subject, against, options)
    count = _checked("examples", settings().max_examples if examples is None else examples, 1, LARGEST_EXAMPLES)
    chosen = _checked("seed", _default_seed() if seed is None else seed, 0, 2**64)
    space = judged.space()
    judged.check_declaration()
    found = survey(judged, space, count, chosen)
    said = options if against is None else {"against": against, **options}
    call = command or _call(judged, **said, seed=chosen, examples=count)
    blank = _blank(judged, found.examples, chosen, call)
    if found.problem is not None:
        return _with_problem(blank, judged, space, found, count)
    return with_findings(_with_verdicts(blank, judged, space, found, count), judged, space, found, count)


def check(
    subject: Subject | Function,
    against: str | Architecture | Operation | None = None,
    *,
    examples: int | None = None,
    seed: int | None = None,
    **options: Any,
) -> None:
    """Raise unless all gradients are correct: one line in a test is a gate.

    Raises:
        AssertionError: a gradient is wrong, or could not be decided; the text is the report.
        SubjectError: the implementation could not be judged; the text is the report.
    """
    __tracebackhide__ = True
    report = audit(subject, against, examples=examples, seed=seed, **options)
    if report.verdict == ERROR:
        raise SubjectError(f"\n{report}")
    if report.verdict != CORRECT:
        raise AssertionError(f"\n{report}")


def audit_isolated(
    subject: Subject, waiting: Callable[[], None], *, examples: int, seed: int, command: str
) -> SubjectReport:
    """`audit` in a process of its own: what ends that process is a verdict too.

    Args:
        subject: as in `audit`, and so are examples, seed and command.
        waiting: called about once a second.
    """
    try:
        return isolated(partial(audit, subject, examples=examples, seed=seed, command=command), waiting)
    except Problem as problem:
        return _unjudged(_blank(subject, 0, seed, command), problem, None)


def _subject(
    subject: Subject | Function, against: str | Architecture | Operation | None, options: Mapping[str, Any]
) -> Subject:
    if isinstance(subject, Subject):
        merged = {**subject.options, **options}
        return replace(subject, options=merged, against=subject.against if against is None else against)
    if against is None:
        raise UsageError(
            f"audit({name_of(subject)}): against=… is missing; name the architecture whose gradients these should be, "
            'for example against="mlp", or mark the function with @gdverify.subject(against=…).'
        )
    return Subject(subject, name_of(subject), against, options)


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


def _blank(subject: Subject, examples: int, seed: int, command: str) -> SubjectReport:
    return SubjectReport(subject.name, _architecture(subject), CORRECT, "tested", examples, seed, command)


def _with_verdicts(blank: SubjectReport, judged: Subject, space: Space, found: Survey, examples: int) -> SubjectReport:
    wrong = _most_together(found)
    smallest = smallest_wrong(judged, space, wrong, examples, blank.seed) if wrong else None
    needed = min(INFORMATIVE_CASES, examples)
    rows = tuple(_row(name, tally, smallest, needed) for name, tally in found.tallies.items())
    verdicts = {row.verdict for row in rows}
    verdict = next((v for v in (WRONG, UNDECIDED) if v in verdicts), CORRECT)
    # Of a wrong gradient nobody wants to know what it does at a kink.
    kinks = kink_remarks(space, found.kinks) if verdict != WRONG else ()
    remarks = (*kinks, *_undecided_remarks(rows, needed))
    if smallest is None:
        return replace(blank, verdict=verdict, parameters=rows, diagnosis=remarks)
    reasons = diagnose(judged, space, smallest, blank.seed)
    return replace(
        blank,
        verdict=verdict,
        parameters=rows,
        diagnosis=(*reasons, *remarks),
        failing_case=FailingCase.of(smallest.case),
    )


def _most_together(found: Survey) -> tuple[str, ...]:
    """The largest set of tensors that were wrong in one case, the most frequent of those."""
    return max(found.together, key=lambda names: (len(names), found.together[names], names), default=())


def _row(name: str, tally: Tally, smallest: Examination | None, needed: int) -> ParameterVerdict:
    worst: Comparison | None = tally.worst
    if tally.wrong and smallest is not None and name in smallest.wrong:
        worst = smallest.comparisons[name]
    assert worst is not None
    verdict = WRONG if tally.wrong else CORRECT if tally.informative >= needed else UNDECIDED
    return ParameterVerdict(
        name,
        verdict,
        worst.error,
        worst.tolerance,
        worst.index,
        worst.got,
        worst.expected,
        tally.informative,
        tally.cases,
    )


def _undecided_remarks(rows: tuple[ParameterVerdict, ...], needed: int) -> tuple[Diagnosis, ...]:
    return tuple(
        Diagnosis(
            "undecided",
            f"{row.name}: only {row.informative} of {row.cases} cases could have shown an error, {needed} are needed; "
            + (
                "in the others the true gradient is zero or smaller than what rounding may do to it"
                if row.cases >= 2 * needed
                else "more examples decide"
            ),
        )
        for row in rows
        if row.verdict == UNDECIDED
    )
