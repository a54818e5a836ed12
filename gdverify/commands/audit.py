"""``gdverify audit``: judge the user's implementations, or the documented ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from gdverify.commands.progress import Progress

if TYPE_CHECKING:
    from gdverify.auditing.subject import Subject
    from gdverify.auditing.verdicts import SubjectReport

DEFAULT_EXAMPLES = 100
_MARKING = (
    "mark a function that takes a case and returns its gradients:\n\n"
    '    @gdverify.subject(against="mlp", hidden=1, activation="tanh", loss="mean_squared_error")\n'
    "    def my_network(case):\n"
    '        x, t = case.inputs["x"], case.targets["t"]\n'
    '        W1, b1 = case.parameters["W1"], case.parameters["b1"]\n'
    "        …\n"
    '        return {"loss": loss, "W1": dW1, "b1": db1, "W2": dW2, "b2": db2}\n\n'
    "`gdverify list architectures` shows what there is to judge against."
)


@click.command("audit")
@click.argument("targets", nargs=-1, metavar="[FILE_OR_MODULE[:NAME]]...")
@click.option(
    "--examples",
    type=click.IntRange(1, 1_000_000),
    default=DEFAULT_EXAMPLES,
    show_default=True,
    help="Cases for each subject.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**64), default=0, show_default=True, help="The same seed draws the same cases."
)
@click.option(
    "--tolerance",
    type=float,
    metavar="FACTOR",
    help="Multiply the derived bound on rounding errors; 1 is the bound itself.",
)
@click.option(
    "--kink",
    metavar="VALUE",
    help='Require one derivative at kinks: a number, or "declared". By default any subgradient will do.',
)
@click.option(
    "--evidence",
    type=click.Choice(["auto", "proved", "certified", "tested"]),
    default="auto",
    show_default=True,
    help="How far to go beyond tests; auto takes the strongest that the code allows.",
)
@click.option(
    "--bits",
    type=click.IntRange(64, 100_000),
    metavar="N",
    default=256,
    show_default=True,
    help="The precision at which certificates begin.",
)
@click.option("--loss", metavar="NAME", help="What unmarked code's gradients should be of; by default its own loss.")
@click.option(
    "--against", metavar="NAME", help="What unmarked code should compute; by default what it is recognised as."
)
@click.option(
    "--regularisation",
    metavar="TERM",
    help="What unmarked code adds to its loss: l2(0.01) for λ/2 |w|², l2(0.01, whole), l2(0.01, per-sample), l1(0.01), "
    "elastic(0.01, 0.5); then weights, all or names of parameters.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write the report as JSON; - for standard output, in place of the text.",
)
def command(
    targets: tuple[str, ...],
    examples: int,
    seed: int,
    tolerance: float | None,
    kink: str | None,
    evidence: str,
    bits: int,
    loss: str | None,
    against: str | None,
    regularisation: str | None,
    json_file: str | None,
) -> None:
    """Judge hand-written gradients on random shapes and inputs.

    A target is a Python file, a notebook or a module; :NAME picks one thing in it. Functions marked @gdverify.subject
    are judged as they say; in a file without any, what can be audited is found, and recognised by running it. Without
    a target the documented implementations are judged, each against the verdict on record for it.

    Exit codes: 0 all correct (or as recorded), 1 a gradient is wrong, 2 usage or input.
    """
    from rich.console import Console

    from gdverify.auditing.verdicts import Report
    from gdverify.report.document import document
    from gdverify.report.terminal import render

    progress = Progress()
    asked = Asked(
        examples,
        seed,
        tolerance,
        kink,
        evidence,
        bits,
        {"loss": loss, "against": against, "regularisation": regularisation},
    )
    reports = list(_users(targets, asked, progress) if targets else _documented(asked, progress))
    if json_file == "-":
        click.echo(document(reports), nl=False)
    else:
        render(reports, Console())
        if json_file is not None:
            from gdverify import files

            files.replace(Path(json_file), document(reports))
    raise SystemExit(Report(tuple(reports)).exit_code)


@dataclass(frozen=True)
class Asked:
    """The options of a run."""

    examples: int
    seed: int
    tolerance: float | None
    kink: str | None
    evidence: str
    bits: int
    declared: dict[str, str | None]

    def __post_init__(self) -> None:
        """Refuse what makes no sense before the first subject is judged."""
        from gdverify.auditing.ladder.rungs import Wanted
        from gdverify.evidence.allowance import Allowance

        Allowance().with_changes(self.allowed)
        Wanted(**self.wanted)

    @property
    def allowed(self) -> dict[str, Any]:
        """What changes the rule by which is judged."""
        return {"tolerance": self.tolerance, "kink": _number(self.kink)}

    @property
    def wanted(self) -> dict[str, Any]:
        """How far to go beyond tests."""
        return {"evidence": self.evidence, "bits": self.bits}

    @property
    def replay(self) -> str:
        """The options that draw the same cases and judge by the same rule."""
        words = [f"--seed {self.seed}"]
        words += [f"--examples {self.examples}"] if self.examples != DEFAULT_EXAMPLES else []
        words += [f"--tolerance {self.tolerance:g}"] if self.tolerance is not None else []
        words += [f"--kink {quote(self.kink)}"] if self.kink is not None else []
        words += [f"--evidence {self.evidence}"] if self.evidence != "auto" else []
        words += [f"--bits {self.bits}"] if self.bits != 256 else []
        return " ".join(words)


def _number(text: str | None) -> float | str | None:
    """A number where the text is one."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _documented(asked: Asked, progress: Progress) -> Iterator[SubjectReport]:
    from gdverify.auditing.audit import audit
    from gdverify.documented.records import RECORDS

    for record in RECORDS:
        if not record.available:
            remedy = f'needs the extra "{record.extra}": pip install "gdverify[{record.extra}]"'
            click.echo(f"not audited: {record.subject.name}: {remedy}", err=True)
            continue
        progress(f"auditing {record.subject.name} …")
        replay = f"gdverify audit {asked.replay}"
        said = {**asked.allowed, **asked.wanted}
        report = audit(record.subject, examples=asked.examples, seed=asked.seed, command=replay, **said)
        yield replace(report, expected=record.expected)


def _users(targets: Sequence[str], asked: Asked, progress: Progress) -> Iterator[SubjectReport]:
    from gdverify.auditing.audit import allowing, audit_isolated
    from gdverify.loading import split

    # All are loaded before the first is judged: a typo in the last target should not cost a wait.
    marked = [target for target in targets if _is_marked(split(target)[0])]
    loaded = [(f"{place}:{name}", subject) for target in marked for place, name, subject in _subjects(target)]
    judged = [replace(allowing(subject, **asked.allowed), name=name) for name, subject in loaded]
    for subject in judged:
        _refuse_undefined(subject.name, subject)
    for subject in judged:
        replay = f"gdverify audit {quote(subject.name)} {asked.replay}"
        waiting = partial(progress, f"auditing {subject.name} …")
        waiting()
        yield audit_isolated(subject, waiting, examples=asked.examples, seed=asked.seed, command=replay, **asked.wanted)
    for target in targets:
        if target not in marked:
            yield from _found(target, asked, progress)


def _is_marked(place: str) -> bool:
    """Whether a file marks subjects; of a module, and of what is no Python, that is found when it is loaded."""
    import ast

    try:
        tree = ast.parse(Path(place).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return not place.endswith(".ipynb")
    marks = [mark for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for mark in node.decorator_list]
    names = [mark.func if isinstance(mark, ast.Call) else mark for mark in marks]
    used = {name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "") for name in names}
    return "subject" in used


def _found(target: str, asked: Asked, progress: Progress) -> Iterator[SubjectReport]:
    from gdverify.commands.found import Search, judged
    from gdverify.loading import split

    place, name = split(target)
    how = (asked.examples, asked.seed, asked.replay, asked.allowed, asked.wanted)
    reports = list(judged(Search(place, name, asked.declared, *how), progress))
    if not reports:
        _subjects(target)  # which says that there is none, or what keeps the file from being imported
    yield from reports


def _refuse_undefined(name: str, subject: Subject) -> None:
    from gdverify.errors import GdverifyError, UsageError

    try:
        subject.check_declaration()
    except GdverifyError as error:
        raise UsageError(f"{name}: {error}") from error


def _subjects(target: str) -> list[tuple[str, str, Subject]]:
    """The marked functions of a target, with the place and the name that find them again."""
    from gdverify.auditing.subject import Subject
    from gdverify.errors import UsageError, unknown
    from gdverify.loading import load, split

    place, wanted = split(target)
    module = load(place)
    found = {name: value for name, value in vars(module).items() if isinstance(value, Subject)}
    if not found:
        raise UsageError(f"{place}: no subject in it; {_MARKING}")
    if wanted is None:
        return [(place, name, value) for name, value in found.items()]
    if wanted not in found:
        raise unknown(f"subject in {place}:", wanted, found)
    return [(place, wanted, found[wanted])]
