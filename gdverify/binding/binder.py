"""Bind a unit: recognise what it computes, go through the ways to get its gradients, take the one that proves itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gdverify.binding.ambiguity import Unbound
from gdverify.binding.binding import Binding
from gdverify.binding.deciding import GIVEN, Judged, completed, hypotheses, judged
from gdverify.binding.evaluation import point
from gdverify.binding.following import runs
from gdverify.binding.leading import leads
from gdverify.binding.losses import product_of
from gdverify.binding.parts import Parts
from gdverify.binding.recognition import Budget, Match
from gdverify.binding.skeletons import Skeleton
from gdverify.derivation.steps import derive
from gdverify.notation.operation import Operation

MOST_MATCHES = 6
MOST_RUNS = 60


@dataclass(frozen=True)
class Wish:
    """What is known beforehand.

    Attributes:
        loss: what the gradients should be of.
        among: what the forward pass is compared with; None for everything.
        choice: the options of the constructor.
    """

    loss: Operation | None = None
    among: Sequence[Skeleton] | None = None
    choice: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Bound:
    """A unit that was bound.

    Attributes:
        binding: how.
        match: of its forward pass.
        how: what its gradients were taken to be of, and why.
        constant: what all gradients are too large by; 1 where they are as derived or wrong.
    """

    binding: Binding
    match: Match
    how: str
    constant: float


def bind(parts: Parts, depth: int, wish: Wish) -> Bound:
    """The binding of a unit.

    Args:
        parts: of the unit.
        depth: of networks whose constructor takes a list of sizes.
        wish: what is known beforehand.

    Raises:
        Ambiguous: several readings fit; the message asks.
        Unbound: its forward pass is nothing that the catalogue has, or its gradients are nowhere.
    """
    budget = Budget()
    best: Judged | None = None
    of: Match | None = None
    for number, match in enumerate(leads(parts, depth, budget, wish.among, wish.choice)):
        for seen in _judged(parts, match, wish):
            if best is None or seen.score > best.score:
                best, of = seen, match
            if seen.complete:
                break
        if number + 1 == MOST_MATCHES or (best is not None and best.constants):
            break
    if of is None:
        raise Unbound(f"{parts.name}: its forward pass equals nothing in the catalogue ({budget.spent} runs).")
    if best is None:
        raise Unbound(f"{parts.name}: computes {of.skeleton.source}, but no call that gives its gradients could be made.")
    return _bound(parts, best, of)


def _judged(parts: Parts, match: Match, wish: Wish) -> list[Judged]:
    found: list[Judged] = []
    values = point(match.derivation, match.sizes)
    for number, run in enumerate(runs(parts, match, values)):
        for hypothesis in hypotheses(run, match, wish.loss):
            found.append(judged(run, hypothesis, match.sizes))
        if any(one.complete for one in found) or number + 1 == MOST_RUNS:
            break
    return found


def _bound(parts: Parts, best: Judged, match: Match) -> Bound:
    gradients = completed(parts.name, best)
    hypothesis, binding = best.hypothesis, best.run.binding
    given = {tensor.name for one in gradients for tensor in one.held.tensors}
    source, options, derivation = hypothesis.source, hypothesis.options, hypothesis.derivation
    made = replace(
        binding,
        source=source,
        options=options,
        derivation=derivation,
        gradients=gradients,
        loss=hypothesis.loss,
        by_upstream=hypothesis.how == GIVEN,
    )
    constants = {one.constant for one in gradients}
    constant = constants.pop() if len(constants) == 1 else None
    return Bound(made, match, hypothesis.how, constant or 1.0)
