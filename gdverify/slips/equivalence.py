"""Whether a slip changes anything: proved, entry by entry, at several small shapes and on several paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gdverify.cases.case import Case
from gdverify.cases.strategies import build
from gdverify.codegen.program import Statement
from gdverify.derivation.steps import Derivation
from gdverify.tracing.deciding import Decision, How, decide_all
from gdverify.tracing.derived import derived, point
from gdverify.tracing.expression import Graph

# Sizes, taken in turn by the axes: none is 1, and two neighbours differ at first and are equal at last.
SHAPES = ((3, 2), (2, 3), (3, 3))
SEEDS = (12345, 54321)  # of the values: another path where there are branches


def small_cases(derivation: Derivation, options: Mapping[str, Any] | None = None) -> Iterator[Case]:
    """Cases small enough for proofs; ``options`` are those of the derivation."""
    for shape in SHAPES:
        sizes = {axis.name: shape[k % len(shape)] for k, axis in enumerate(derivation.composition.axes)}
        for seed in SEEDS:
            yield build(derivation, options or {}, sizes, "ordinary", "float64", seed)


def equivalent(derivation: Derivation, statements: Sequence[Statement], cases: Iterable[Case]) -> Decision:
    """Whether other statements give the gradients of a derivation.

    Args:
        derivation: the mathematics.
        statements: for example those of a slip.
        cases: the shapes, and the points whose paths are taken.

    Returns:
        ``different`` as soon as one entry is, ``zero`` where all are proved equal at every case.
    """
    every: list[Decision] = []
    for case in cases:
        every += _differences(derivation, statements, case)
        if any(decision.outcome == "different" for decision in every):
            break
    return _joined(every)


def _differences(derivation: Derivation, statements: Sequence[Statement], case: Case) -> list[Decision]:
    graph, names = Graph(), [f"d{tensor.name}" for tensor in derivation.wanted]
    right = derived(derivation, case, graph, names)
    other = derived(derivation, case, graph, names, statements)
    entries = [
        graph.sub(got, expected)
        for name in names
        for got, expected in zip(other.arrays[name].ravel().tolist(), right.arrays[name].ravel().tolist(), strict=True)
    ]
    return decide_all(entries, point(case), (*right.path, *other.path))


def _joined(every: Sequence[Decision]) -> Decision:
    """The weakest of many."""
    for outcome in ("different", "undecided"):
        found = next((decision for decision in every if decision.outcome == outcome), None)
        if found is not None:
            return found
    how: How = "modular" if any(decision.how == "modular" for decision in every) else "structure"
    # The chance that one of them is wrong is at most the sum.
    error = sum(decision.error for decision in every)
    reason = f"{len(every)} entries are equal" + (f", wrong with a probability below {error:.1g}" if error else "")
    return Decision("zero", how, reason, error, min((decision.digits for decision in every), default=0))
