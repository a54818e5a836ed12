"""What is done on purpose and is another function: ``log(p + ε)``, a probability kept off 0 and 1, a clipped gradient.

A guard edits the adjoints: wherever one divides by the argument q of a logarithm of the forward pass, it divides by
q + ε, or by no less than ε. The ε is measured: the first of the usual ones that fits the subject on fresh cases, half
of them drawn like the one that failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import sympy

from gdverify.auditing.diagnosis.clipping import clipped
from gdverify.auditing.diagnosis.samples import affordable
from gdverify.auditing.execution import Returned, call
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Diagnosis
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, fresh
from gdverify.codegen.nodes import Node, name, names, number
from gdverify.codegen.program import Statement, program
from gdverify.derivation.steps import Derivation
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import Bound, reference

CASES = 40  # of each half, of large cases fewer
LEAST_SHOWN = 3  # cases that the declared gradient does not fit
PROBES = 4

EPSILONS: dict[str, sympy.Rational] = {
    **{f"1e-{power}": sympy.Rational(1, 10**power) for power in range(1, 17)},
    "2⁻⁵² (float64's eps)": sympy.Rational(1, 2**52),
    "2⁻²³ (float32's eps)": sympy.Rational(1, 2**23),
}

Observed = tuple[Case, Returned]
Edit = Callable[[Derivation, Node], tuple[Statement, ...]]
Guard = Callable[[Node, Node, Node], Node]  # from a dividend, a divisor q and ε to what stands for their quotient


@dataclass(frozen=True)
class Row:
    """A guard: what it says of ε, and the statements that it makes of the right ones."""

    says: str
    statements: Edit


def _divisions(guard: Guard) -> Edit:
    """The guard at each division by the argument of a logarithm."""

    def made(derivation: Derivation, epsilon: Node) -> tuple[Statement, ...]:
        arguments = _logarithms(derivation)

        def edited(node: Node) -> Node:
            inside = tuple(map(edited, node.arguments))
            if node.operator == "div" and node.arguments[1] in arguments:
                return guard(inside[0], inside[1], epsilon)
            return Node(node.operator, inside, node.detail)

        return _with_adjoints(derivation, edited)

    return made


def _product(guard: Guard) -> Edit:
    """The guard at the common denominator of the logarithms, as in (y − t) / (y (1 − y) + ε)."""

    def made(derivation: Derivation, epsilon: Node) -> tuple[Statement, ...]:
        arguments = _logarithms(derivation)
        common = reduce(lambda a, b: Node("mul", (a, b)), arguments)

        def edited(node: Node) -> Node:
            whole = any(_divides_by(node, argument) for argument in arguments)
            return guard(Node("mul", (node, common)), common, epsilon) if whole else node

        return _with_adjoints(derivation, edited)

    return made


def _zeroed(derivation: Derivation, epsilon: Node) -> tuple[Statement, ...]:
    """The adjoint of the prediction is 0 where one of the logarithms' arguments is below ε."""
    arguments = _logarithms(derivation)

    def edited(node: Node) -> Node:
        if not any(_divides_by(node, argument) for argument in arguments):
            return node
        return reduce(lambda made, q: _where("gt", q, epsilon, made, number(0)), arguments, node)

    return _with_adjoints(derivation, edited)


def _inside(everywhere: bool) -> Edit:
    """The prediction y in [ε, 1 − ε], in every adjoint or only where a logarithm is differentiated."""

    def made(derivation: Derivation, epsilon: Node) -> tuple[Statement, ...]:
        prediction = name(derivation.prediction.name)
        above = Node("sub", (number(1), epsilon))
        least = _where("gt", prediction, epsilon, prediction, epsilon)
        inside = _where("lt", prediction, above, least, above)
        arguments = _logarithms(derivation)

        def clipped_in(node: Node) -> Node:
            return (
                inside
                if node == prediction
                else Node(node.operator, tuple(map(clipped_in, node.arguments)), node.detail)
            )

        def edited(node: Node) -> Node:
            return clipped_in(node) if everywhere or any(_divides_by(node, q) for q in arguments) else node

        return _with_adjoints(derivation, edited)

    return made


def _where(relation: str, left: Node, right: Node, first: Node, second: Node) -> Node:
    return Node("where", (Node(relation, (left, right)), first, second))


def _quotient(a: Node, q: Node) -> Node:
    return Node("div", (a, q))


ROWS: tuple[Row, ...] = (
    Row("ε is added inside the logarithm, log(q + ε)", _divisions(lambda a, q, e: _quotient(a, Node("add", (q, e))))),
    Row(
        "the argument of the logarithm is clipped at ε, where its derivative is 0",
        _divisions(lambda a, q, e: _where("gt", q, e, _quotient(a, q), number(0))),
    ),
    Row(
        "the divisor is not let below ε",
        _divisions(lambda a, q, e: _quotient(a, _where("gt", q, e, q, e))),
    ),
    Row(
        "ε is added to the divisor, y (1 − y) + ε",
        _product(lambda a, q, e: _quotient(a, Node("add", (q, e)))),
    ),
    Row(
        "the divisor y (1 − y) is not let below ε",
        _product(lambda a, q, e: _quotient(a, _where("gt", q, e, q, e))),
    ),
    Row("the prediction is clipped to [ε, 1 − ε], and the gradient is 0 where it is", _zeroed),
    Row("the prediction is clipped to [ε, 1 − ε] where the loss is differentiated", _inside(everywhere=False)),
    Row("the prediction is clipped to [ε, 1 − ε] before the backward pass", _inside(everywhere=True)),
)


def deliberate(subject: Subject, space: Space, derivation: Derivation, failing: Case, seed: int) -> list[Diagnosis]:
    """A guard or a clipping that the subject's gradients show; nothing where there is none.

    Args:
        subject: the implementation.
        space: the cases that it can take.
        derivation: of the failing case.
        failing: a case in which the subject is wrong: half of the fresh cases are drawn like it.
        seed: of the audit.
    """
    samples = list(_observed(subject, space, derivation, failing, seed))
    declared = [_fits(subject, derivation, sample, None) for sample in samples]
    shown = [sample for sample, fits in zip(samples, declared, strict=True) if not fits]
    if len(shown) < LEAST_SHOWN:
        return []
    says = clipped([(*sample, _bounds(subject, derivation, sample, None)) for sample in samples])
    says = says or _guarded(subject, derivation, samples, shown)
    where = f"confirmed on {len(samples)} fresh cases, {len(shown)} of which show it"
    return [Diagnosis("deliberate", f"{says} ({where})")] if says else []


def _guarded(subject: Subject, derivation: Derivation, samples: Sequence[Observed], shown: Sequence[Observed]) -> str:
    if not _logarithms(derivation):
        return ""
    # A few of the cases that show it refuse nearly every candidate.
    ordered = [*shown[:PROBES], *samples]
    for row in ROWS:
        for said, epsilon in EPSILONS.items():
            statements = row.statements(derivation, number(epsilon))
            if all(_fits(subject, derivation, sample, statements) for sample in ordered):
                return (
                    f"{row.says}, with ε = {said}: that is the gradient of another function than the declared one; "
                    "leave ε out, or put it into the loss that is judged against"
                )
    return ""


def _observed(subject: Subject, space: Space, derivation: Derivation, failing: Case, seed: int) -> Iterator[Observed]:
    count = affordable(CASES, failing.entries)
    for regime in dict.fromkeys(("ordinary", failing.regime)):
        for case in fresh(space, derivation, failing.options, count, seed, regime, failing.dtype.name):
            try:
                yield case, call(subject, derivation, case).released
            except Problem:
                continue


def _fits(subject: Subject, derivation: Derivation, sample: Observed, statements: tuple[Statement, ...] | None) -> bool:
    returned, bounds = sample[1], _bounds(subject, derivation, sample, statements)
    return all(
        compare(got, bounds[f"d{name}"], returned.uncertainty.get(name, 0.0)).agrees
        for name, got in returned.gradients.items()
    )


def _bounds(
    subject: Subject, derivation: Derivation, sample: Observed, statements: tuple[Statement, ...] | None
) -> dict[str, Bound]:
    case, returned = sample
    names = [f"d{name}" for name in returned.gradients]
    return reference(derivation, case, names, statements=statements, allowance=subject.allowance).bounds


def _logarithms(derivation: Derivation) -> list[Node]:
    """The arguments of the logarithms of the forward pass; those of numbers alone are none."""
    found: dict[Node, None] = {}
    stack = [statement.node for statement in program(derivation).forward]
    while stack:
        node = stack.pop()
        if node.operator == "log" and names(node):
            found[node.arguments[0]] = None
        stack.extend(node.arguments)
    return list(found)


def _divides_by(node: Node, divisor: Node) -> bool:
    return (node.operator == "div" and node.arguments[1] == divisor) or any(
        _divides_by(argument, divisor) for argument in node.arguments
    )


def _with_adjoints(derivation: Derivation, edited: Callable[[Node], Node]) -> tuple[Statement, ...]:
    made = program(derivation)
    return (*made.loss, *(Statement(s.target, edited(s.node), s.formula) for s in made.every_adjoint))
