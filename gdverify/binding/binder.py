"""Bind a unit: recognise what it computes, try the ways to get its gradients, and take the one that proves itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gdverify.binding.ambiguity import Unbound
from gdverify.binding.binding import Binding, renamed
from gdverify.binding.calling.parts import Parts
from gdverify.binding.calling.places import Place
from gdverify.binding.equations.evaluation import point
from gdverify.binding.equations.losses import UPSTREAM, product_of
from gdverify.binding.equations.penalties import Penalty
from gdverify.binding.equations.skeletons import Skeleton
from gdverify.binding.gradients.deciding import (
    DECLARED,
    INFERRED,
    OWN,
    Judged,
    completed,
    confirmed,
    hypotheses,
    judged,
)
from gdverify.binding.gradients.exchanged import as_called
from gdverify.binding.gradients.following import GIVING, runs
from gdverify.binding.recognising.leading import leads
from gdverify.binding.recognising.packings import Packing
from gdverify.binding.recognising.recognition import Budget, Match, reproduced
from gdverify.derivation.steps import Source, derive
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
        term: what regularises the loss.
    """

    loss: Operation | None = None
    among: Sequence[Skeleton] | None = None
    choice: Mapping[str, Any] | None = None
    term: Penalty | None = None


@dataclass(frozen=True)
class Bound:
    """A unit that was bound.

    Attributes:
        binding: how.
        match: of its forward pass.
        how: what its gradients were taken to be of, and why.
        constant: what all gradients are too large by; 1 where they are as derived or wrong.
        regularised: whether a term is part of the loss that they are judged by.
    """

    binding: Binding
    match: Match
    how: str
    constant: float
    regularised: bool


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
    best: tuple[Judged, Match] | None = None
    first: Match | None = None
    seen: set[tuple[Any, ...]] = set()
    for match in leads(parts, depth, budget, wish.among, wish.choice):
        # Another layout of the same equation would only hide an axis in which the code is wrong; but a symmetric one,
        # such as a squared error, does not say which argument is which, nor a cache where the prediction is.
        # Of parameters that are packed in a vector it is the layouts that say what the code was written for.
        packed = any(isinstance(one.layout, Packing) for one in match.held)
        held = tuple(
            (str(one.place), tuple(tensor.name for tensor in one.tensors), one.layout.name * packed)
            for one in match.held
        )
        key = (str(match.skeleton.source), str(match.skeleton.structure), held, str(match.result.place))
        first = first or match
        if best is not None and best[0].settled and match.construction != best[1].construction:
            break  # an object of other sizes has not the code that is wrong in this one
        if key in seen or (match.narrow and best is not None and not first.narrow) or not reproduced(match):
            continue
        seen.add(key)
        for found in _judged(parts, match, wish):
            if best is not None and _rank(found, match) <= _rank(*best):
                continue
            one = confirmed(found, match.dtype)
            if best is None or _rank(one, match) > _rank(*best):
                best = one, match
        if len(seen) == MOST_MATCHES or (best is not None and _is_settled(*best)):
            break
    if first is None:
        raise Unbound(f"{parts.name}: its forward pass equals nothing in the catalogue ({budget.spent} runs).")
    if best is None:
        raise Unbound(
            f"{parts.name}: computes {first.skeleton.source}, but no call that gives its gradients could be made: "
            f"tried {', '.join(str(callee) for role, callee in parts.roles.items() if role in GIVING) or 'none'}."
        )
    return _bound(parts, *_for_one(parts, *best, wish))


def _rank(one: Judged, match: Match) -> tuple[tuple[Any, ...], bool]:
    """The better the higher; among equals what leaves no axis of the arrays unfilled."""
    return one.score, not match.narrow


def _is_settled(one: Judged, match: Match) -> bool:
    """Whether no other match has to be looked at."""
    if match.construction is not None:
        return one.settled  # an object says by its arrays how many there are of everything
    return one.complete or (one.settled and not match.narrow)


def _for_one(parts: Parts, one: Judged, match: Match, wish: Wish) -> tuple[Judged, Match]:
    """A network whose bias has one number for its gradient, as one with a single output, where that is right then."""
    single = match.with_single(one.spread) if one.spread is not None else None
    if single is None or not reproduced(single):
        return one, match
    found = [(confirmed(again, match.dtype), single) for again in _judged(parts, single, wish)]
    return next((pair for pair in found if pair[0].complete), (one, match))


def _judged(parts: Parts, match: Match, wish: Wish) -> list[Judged]:
    """Every run under every hypothesis; where the unit states its loss, only that counts, however it was called."""
    found: list[Judged] = []
    values = point(match.derivation, match.sizes, match.dtype)
    for number, run in enumerate(runs(parts, match, values)):
        for hypothesis in hypotheses(run, match, wish.loss, wish.term):
            found.append(judged(run, hypothesis, match.sizes))
        if any(one.complete for one in found) or number + 1 == MOST_RUNS:
            break
    stated = any(one.hypothesis.how in (OWN, DECLARED) for one in found)
    return [one for one in found if not stated or one.hypothesis.how != INFERRED]


def _bound(parts: Parts, best: Judged, match: Match) -> Bound:
    hypothesis, binding = best.hypothesis, best.run.binding
    placed = as_called(completed(parts.name, best), binding.held, match.call, parts, binding.calls[-1].role)
    gradients = placed.gradients
    given = tuple(tensor.name for one in gradients for tensor in one.held.tensors)
    source, options, derivation = hypothesis.source, hypothesis.options, hypothesis.derivation
    behind = derivation.upstream is not None or best.run.by_upstream
    by_upstream = behind and not any(one.slope for one in gradients)
    if any(tensor.name not in given for tensor in best.wanted) and isinstance(source, Operation):
        # A layer that gives no gradient by its input: the same sum, without the operand's gradient being asked for.
        source, options, binding = _without_input(source, options, given, binding)
        derivation = derive(source)
    made = replace(
        binding,
        source=source,
        options=options,
        derivation=derivation,
        gradients=gradients,
        loss=hypothesis.loss,
        by_upstream=by_upstream,
        remarks=placed.remarks,
    )
    constants = {one.constant for one in gradients}
    constant = constants.pop() if len(constants) == 1 else None
    return Bound(made, match, hypothesis.how, constant or 1.0, hypothesis.regularised)


def _without_input(
    source: Operation, options: Mapping[str, Any], given: tuple[str, ...], binding: Binding
) -> tuple[Source, Mapping[str, Any], Binding]:
    """The operation with gradients by some operands only, and what arrives from behind as its target."""
    product = product_of(source.given(**options) if options else source, given)
    target = derive(product).composition.role("target")[0]
    held = tuple(renamed(one, target) if one.place == Place(UPSTREAM) else one for one in binding.held)
    return product, {}, replace(binding, held=held)
