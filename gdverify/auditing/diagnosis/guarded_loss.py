"""A loss that keeps probabilities off 0 and 1, so that no logarithm overflows, beside the gradients of the loss itself.

``log(np.clip(p, ε, 1 − ε))`` is another function than ``log(p)``, but what is reported beside the gradients need not be
what they are the gradients of: where all of them are right, the guard is measured and named, and is no error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np

from gdverify.auditing.diagnosis.guards import EPSILONS, PROBES, logarithms, observed, where
from gdverify.auditing.examination import Examination
from gdverify.auditing.execution import Returned
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Diagnosis
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space
from gdverify.codegen.nodes import Node, name, number
from gdverify.codegen.program import Statement, program
from gdverify.derivation.steps import Derivation, derive
from gdverify.evidence.comparison import Comparison, compare
from gdverify.evidence.reference import reference

Edit = Callable[[Derivation, Node], tuple[Statement, ...]]

SAYS = (
    "the loss that is returned keeps off 0: {how}, with ε = {epsilon}. The gradients beside it are those of the loss "
    "without ε, and right; only where a probability is that near to 0 or 1 does the loss differ from what they are the "
    "gradients of (confirmed on {cases} fresh cases)"
)


def guarded_loss(
    subject: Subject, space: Space, failing: Examination, seed: int
) -> tuple[Diagnosis, Comparison] | None:
    """The guard of a loss that is wrong beside right gradients, and the worst comparison with it; None without one.

    Args:
        subject: the implementation.
        space: the cases that it can take.
        failing: a case in which the loss is wrong: half of the fresh cases are drawn like it.
        seed: of the audit.
    """
    derivation = derive(space.source, **failing.case.options)
    if not logarithms(derivation):
        return None
    samples = [(failing.case, failing.returned), *observed(subject, space, derivation, failing.case, seed)]
    for how, edit in ROWS.items():
        for said, epsilon in EPSILONS.items():
            statements = edit(derivation, number(epsilon))
            compared = _compared(subject, derivation, samples, statements)
            # A few of the cases refuse nearly every candidate.
            first = [*islice(compared, PROBES)]
            every = [*first, *compared] if all(one.agrees for one in first) else first
            if all(one.agrees for one in every):
                message = SAYS.format(how=how, epsilon=said, cases=len(samples) - 1)
                return Diagnosis("guarded", message), max(every, key=lambda one: one.error)
    return None


def _compared(
    subject: Subject,
    derivation: Derivation,
    samples: Sequence[tuple[Case, Returned]],
    statements: tuple[Statement, ...],
) -> Iterator[Comparison]:
    for case, returned in samples:
        bounds = reference(derivation, case, ["loss"], statements=statements, allowance=subject.allowance).bounds
        yield compare(np.asarray(returned.loss), bounds["loss"])


def _at_logarithms(guard: Callable[[Node, Node], Node]) -> Edit:
    """The guard at the argument of each logarithm."""

    def made(derivation: Derivation, epsilon: Node) -> tuple[Statement, ...]:
        def edited(node: Node) -> Node:
            inside = tuple(map(edited, node.arguments))
            if node.operator == "log" and node.arguments[0] in logarithms(derivation):
                return Node("log", (guard(inside[0], epsilon),))
            return Node(node.operator, inside, node.detail)

        return tuple(Statement(s.target, edited(s.node), s.said) for s in program(derivation).loss)

    return made


def _inside(derivation: Derivation, epsilon: Node) -> tuple[Statement, ...]:
    """The prediction y in [ε, 1 − ε] where it is compared with the target."""
    prediction = name(derivation.prediction.name)
    above = Node("sub", (number(1), epsilon))
    least = where("gt", prediction, epsilon, prediction, epsilon)
    inside = where("lt", prediction, above, least, above)

    def edited(node: Node) -> Node:
        if node == prediction:
            return inside
        return Node(node.operator, tuple(map(edited, node.arguments)), node.detail)

    *before, last = program(derivation).loss
    return (*before, Statement(last.target, edited(last.node), last.said))


ROWS: dict[str, Edit] = {
    "the prediction is clipped to [ε, 1 − ε]": _inside,
    "ε is added inside the logarithm, log(q + ε)": _at_logarithms(lambda q, e: Node("add", (q, e))),
    "the argument of the logarithm is not let below ε": _at_logarithms(lambda q, e: where("gt", q, e, q, e)),
}
