"""Which gradient is where, and of what: an exact match decides; what matches nothing needs an anchor, or is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gdverify.binding.ambiguity import Ambiguous, Reading, Unbound
from gdverify.binding.binding import Binding
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Item
from gdverify.binding.calling.running import SELF, Held, tried
from gdverify.binding.equations.evaluation import SEED, computed, near, point
from gdverify.binding.equations.families import upstream_product
from gdverify.binding.equations.goals import BY_GRADIENTS, LOSS, MULTIPLE, PREDICTION, SCALAR, located
from gdverify.binding.equations.losses import judged_under, loss_values
from gdverify.binding.equations.penalties import Penalty, regularised
from gdverify.binding.gradients.following import Run
from gdverify.binding.gradients.gradients import BY_NAME, SETTLED, UNSETTLED, Found, by_name_alone, by_shape, exact
from gdverify.binding.gradients.own_losses import loss_with_term, scalars
from gdverify.binding.recognising.packings import Packing
from gdverify.binding.recognising.recognition import Match
from gdverify.catalogue import common_losses
from gdverify.derivation.steps import Derivation, Source, derive
from gdverify.derivation.variants import with_loss
from gdverify.notation.architecture import Architecture
from gdverify.notation.operation import Operation
from gdverify.notation.tensors import Tensor

SEEDS = (SEED + 1, SEED + 2)  # of the points at which an equal gradient is confirmed
GIVEN, OWN, DECLARED, INFERRED = "given from behind", "its own loss", "as declared", "inferred"


@dataclass(frozen=True)
class Hypothesis:
    """What the gradients of a run may be of.

    Attributes:
        source, options, derivation: the mathematics.
        how: why it is considered.
        loss: where the unit shows its own loss, if it does.
        regularised: whether what regularises it is stated: then a gradient has that term, and no other.
    """

    source: Source
    options: Mapping[str, Any]
    derivation: Derivation
    how: str
    loss: Held | None = None
    regularised: bool = False


@dataclass(frozen=True)
class Judged:
    """A run under a hypothesis, with the gradients that were found to equal derived ones."""

    run: Run
    hypothesis: Hypothesis
    found: Mapping[str, Found]
    wanted: tuple[Tensor, ...]

    @property
    def constants(self) -> list[float]:
        """How many times the derived gradient each one is."""
        return [self.found[t.name].constant or 0.0 for t in self.wanted if t.name in self.found]

    @property
    def anchored(self) -> bool:
        """Whether a gradient equals the derived one, so that what the others should be is known.

        Where it is no guess what they are the gradients of, a multiple says as much.
        """
        stated = self.hypothesis.how != INFERRED
        return any(constant == 1.0 or stated for constant in self.constants)

    @property
    def common(self) -> bool:
        """Whether every gradient that has to be there is the derived one times the same constant."""
        constants = self.constants
        every = {tensor.name for tensor in self.wanted} - self.optional <= set(self.found) and bool(constants)
        return every and max(constants) - min(constants) <= 1e-6 * abs(constants[0])

    @property
    def settled(self) -> bool:
        """Whether nothing else has to be tried: what is right up to a constant may be right for something else."""
        return self.complete or (self.anchored and (not self.common or self.constants[0] == 1.0))

    @property
    def spread(self) -> Tensor | None:
        """The first parameter of a network whose gradient is one number for many entries: it may be meant for one."""
        if isinstance(self.hypothesis.source, Operation):
            return None
        taken = {one.held.place for one in self.found.values()}
        missing = [tensor for tensor in self.wanted if tensor.name not in self.found]
        likes = {t.name: one for one in self.run.binding.held for t in one.tensors}
        return next((t for t in missing if by_name_alone(t, self.run.candidates, likes.get(t.name), taken)), None)

    @property
    def optional(self) -> set[str]:
        """The data of an operation: a layer need not give the gradient by its input."""
        if not isinstance(self.hypothesis.source, Operation):
            return set()
        inside = {t.name for one in self.run.binding.held if one.place.root == SELF for t in one.tensors}
        return {tensor.name for tensor in self.wanted if inside and tensor.name not in inside}

    def certain(self, gradients: Iterable[Found]) -> bool:
        """Whether what differs from the derived gradient may be called wrong.

        Each argument has to be what its name says. Another gradient that equals the derived one is an anchor; so is,
        where the result is what is returned first, the unit's own loss, a gradient that is called so, and for a
        single gradient the forward pass.
        """
        stated = len(self.wanted) == 1 or self.hypothesis.how in (OWN, DECLARED)
        called = any(one.how == BY_NAME for one in gradients)
        return self.run.sure and (self.anchored or self.common or ((stated or called) and self.leading))

    @property
    def leading(self) -> bool:
        """Whether the result that was recognised is all that the leading call returns, or the first of it."""
        steps = self.run.binding.result.place.steps
        return not any(isinstance(step, Item) and step.key not in (0, "loss") for step in steps[:1])

    @property
    def complete(self) -> bool:
        """Whether every gradient equals the derived one."""
        return len(self.constants) == len(self.wanted) and all(c == 1.0 for c in self.constants)

    @property
    def score(self) -> tuple[bool, bool, int, int, int, bool, bool]:
        """The better the higher.

        All exact, all up to one constant, how many exact, how many at all, how many without a term that regularises,
        a stated loss, a result that comes first.
        """
        exactly = sum(c == 1.0 for c in self.constants)
        plain = -sum(bool(one.terms) for one in self.found.values())
        stated = self.hypothesis.how != INFERRED
        return self.complete, self.common, exactly, len(self.constants), plain, stated, self.leading


def hypotheses(run: Run, match: Match, declared: Operation | None, term: Penalty | None = None) -> list[Hypothesis]:
    """What the gradients may be of; one where the loss is given, declared, or the unit's own.

    Args:
        run: one way to make the calls.
        match: of the forward pass.
        declared: the loss, where it is said apart from the code.
        term: what regularises it, where that is said.
    """
    found = _of_losses(run, match, declared, term)
    return found if term is None else [_penalised(one, term) for one in found]


def _penalised(one: Hypothesis, term: Penalty) -> Hypothesis:
    """The same with a term added to the loss; an operation has no loss that it could be added to."""
    if not isinstance(one.source, Architecture) or one.how == GIVEN:
        return one
    source = regularised(one.source, term)
    return replace(one, source=source, derivation=derive(source, **one.options), regularised=True)


def _of_losses(run: Run, match: Match, declared: Operation | None, term: Penalty | None) -> list[Hypothesis]:
    source, options = run.binding.source, run.binding.options
    if match.derivation.upstream is not None or not match.skeleton.targets:
        value = match.goal in (PREDICTION, LOSS) and not match.result.tensors[0].axes
        loss = match.result if value else None
        how = INFERRED if match.goal in BY_GRADIENTS else GIVEN
        return [Hypothesis(source, options, match.derivation, how, loss)]
    if run.by_upstream:
        return [_under(source, options, upstream_product, GIVEN, None)]
    if declared is not None:
        own = _own_loss(run, match, declared, term)
        return [_under(source, options, declared, DECLARED, own[1] if own else None)]
    if match.goal in BY_GRADIENTS and match.member.loss is not None:
        # Of a multiple, another loss may be the one without a factor.
        others = [loss for loss in common_losses().values() if match.goal == MULTIPLE and loss != match.member.loss]
        fitting = [loss for loss in others if with_loss(match.derivation, loss) is not None]
        return [_under(source, options, loss, INFERRED, None) for loss in (match.member.loss, *fitting)]
    if own := _own_loss(run, match, None, term):
        return [_under(source, options, own[0], OWN, own[1])]
    if term is None and (seen := loss_with_term(run, match)):
        return [_penalised(_under(source, options, seen.loss, OWN, seen.held), seen.term)]
    return [_under(source, options, loss, INFERRED, None) for loss in _fitting_losses(run, match)]


def _under(source: Source, options: Mapping[str, Any], loss: Operation, how: str, place: Held | None) -> Hypothesis:
    judged, chosen = judged_under(source, options, loss)
    return Hypothesis(judged, chosen, derive(judged, **chosen), how, place)


def _own_loss(
    run: Run, match: Match, declared: Operation | None, term: Penalty | None
) -> tuple[Operation, Held] | None:
    """The loss that the unit's calls return, if it is one of the catalogue, and where."""
    if match.member.loss is not None and run.binding.loss is not None:
        return match.member.loss, run.binding.loss
    if match.goal != PREDICTION:
        return None
    shown = scalars(run)
    more = 0.0 if term is None else term.value(match.derivation, run.values, match.sizes)
    for loss, expected in _losses_of(run, match):
        if declared not in (None, loss):
            continue
        for held in located([SCALAR], expected + more, shown, match.sizes):
            return loss, held
    return None


def shows_a_loss(run: Run) -> bool:
    """Whether the unit has a loss of its own, recognised or not."""
    return any(call.role in ("loss", "loss_and_gradients") for call in run.binding.calls)


def _losses_of(run: Run, match: Match) -> list[tuple[Operation, Array]]:
    """The losses that fit the prediction, with their values."""
    prediction = match.derivation.prediction.name
    value = computed(match.derivation, run.values, match.sizes, [prediction])[prediction]
    return [(loss, one) for loss, one in loss_values(match.derivation, value, run.values) if loss is not None]


def _fitting_losses(run: Run, match: Match) -> list[Operation]:
    """Those that gradients are judged under where the unit shows none: its own, and the common ones."""
    declared = match.derivation.composition.applications[-1].operation
    return [loss for loss, _ in _losses_of(run, match) if loss is declared or loss.name in common_losses()]


def judged(run: Run, hypothesis: Hypothesis, sizes: Mapping[str, int]) -> Judged:
    """The gradients of a run that equal derived ones."""
    derivation = hypothesis.derivation
    wanted = tuple(derivation.wanted)
    expected = _expected(derivation, run.values, sizes)
    groups = _groups(run.binding.held, derivation, expected)
    readings = SETTLED if hypothesis.regularised else UNSETTLED
    packed = [one.layout for one in run.binding.held if isinstance(one.layout, Packing)]
    names = [tensor.name for tensor in wanted]
    found = exact(groups, run.candidates, expected, dict(sizes), names, run.values, readings, packed)
    return Judged(run, hypothesis, found, wanted)


def confirmed(one: Judged, dtype: str) -> Judged:
    """The same with only those equal gradients that are equal at other points too: one point may be an accident."""
    binding, derivation = one.run.binding, one.hypothesis.derivation
    kept = dict(one.found)
    for seed in SEEDS:
        values = point(derivation, binding.sizes, dtype, seed)
        expected = _expected(derivation, values, binding.sizes)
        bound = replace(binding, gradients=tuple(dict.fromkeys(kept.values())), by_upstream=one.run.by_upstream)
        got = tried(partial(_values, bound, values)) or {}
        kept = {
            name: found
            for name, found in kept.items()
            if name in got and near(got[name], (found.constant or 1.0) * expected[name])
        }
    return replace(one, found=kept)


def _values(binding: Binding, values: Mapping[str, Array]) -> dict[str, Array]:
    found = binding.gradients_of(binding.run(values, binding.sizes), binding.sizes, values)
    return {name: np.asarray(getattr(one, "value", one)) for name, one in found.items()}


def _expected(derivation: Derivation, values: Mapping[str, Array], sizes: Mapping[str, int]) -> dict[str, Array]:
    """The derived gradients of parameters and data, by tensor."""
    data = derivation.composition.role("input", "parameter")
    names = [f"d{tensor.name}" for tensor in data if any(d.name == tensor.name for d in derivation.every_adjoint)]
    return {name[1:]: value for name, value in computed(derivation, values, sizes, names).items()}


def _groups(held: Sequence[Held], derivation: Derivation, expected: Mapping[str, Array]) -> list[tuple[Tensor, ...]]:
    """Each tensor alone, and those that are stored together."""
    by_name = {tensor.name: tensor for tensor in derivation.every_adjoint}
    together = [tuple(by_name[t.name] for t in one.tensors) for one in held if len(one.tensors) > 1]
    return [*together, *((by_name[name],) for name in expected)]


def completed(unit: str, best: Judged) -> tuple[Found, ...]:
    """The gradients of a run: those that equal derived ones, and of the others those that only one array can be.

    Raises:
        Ambiguous: several arrays fit, or nothing says which loss is meant.
        Unbound: no array is shaped like a parameter.
    """
    found = dict(best.found)
    missing = [tensor for tensor in best.wanted if tensor.name not in found]
    if missing and best.hypothesis.how == INFERRED and not any(c == 1.0 for c in best.constants):
        raise _which_loss(unit)
    held = best.run.binding.held
    absent = {tensor.name for tensor in missing}
    groups = [tuple(one.tensors) for one in held if len(one.tensors) > 1 and {t.name for t in one.tensors} <= absent]
    groups += [(tensor,) for tensor in missing]
    for tensors in groups:
        if any(t.name in found for t in tensors):
            continue
        like = next((one for one in held if {t.name for t in tensors} <= {t.name for t in one.tensors}), None)
        taken = {one.held.place for one in found.values()}
        options = by_shape(tensors, best.run.candidates, dict(best.run.binding.sizes), like, taken)
        if not options and len(tensors) == 1:
            options = by_name_alone(tensors[0], best.run.candidates, like, taken)
        if len(options) > 1:
            raise _which_array(unit, tensors[0], options)
        found |= {tensor.name: options[0] for tensor in tensors if options}
    for tensor in missing:
        if tensor.name not in found and tensor.name not in best.optional:
            raise Unbound(
                f"{unit}: nothing that {best.run.binding.calls[-1].callee} returns or changes is shaped like the "
                f"gradient of {tensor}; expected it returned, in an attribute, or as a change of {tensor.name}."
            )
    if missing and not best.certain(found.values()):
        raise _which_reading(unit, best, missing[0])
    return tuple(dict.fromkeys(found.values()))


def _which_loss(unit: str) -> Ambiguous:
    readings = [
        Reading(f"the gradient of {loss.doc.split('.')[0].lower()}", f"--loss {name}")
        for name, loss in common_losses().items()
    ]
    return Ambiguous(
        unit,
        "no loss is stated, and its gradients are those of none in the catalogue; which one should they be of?",
        readings[:3],
    )


def _which_reading(unit: str, best: Judged, tensor: Tensor) -> Ambiguous:
    calls = ", ".join(str(call) for call in best.run.binding.calls)
    readings = [
        Reading(
            f"it computes {best.hypothesis.source.name}, and no gradient of it",
            f"--against {best.hypothesis.source.name}",
        ),
        Reading("it computes something else", "--against NAME, or a binding by hand"),
    ]
    return Ambiguous(
        unit,
        f"read as {calls}, none of its arrays equals the gradient of {tensor.name}, and no other gradient "
        "shows that it was read as it is meant; which one is it?",
        readings,
    )


def _which_array(unit: str, tensor: Tensor, options: Sequence[Found]) -> Ambiguous:
    readings = [Reading(f"the gradient of {tensor.name} is {one.held.place}", str(one)) for one in options[:3]]
    return Ambiguous(unit, f"{len(options)} arrays may be the gradient of {tensor}; which one is it?", readings)
