"""Which gradient is where, and of what: an exact match decides; what matches nothing needs an anchor, or is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gdverify.binding.ambiguity import Ambiguous, Reading, Unbound
from gdverify.binding.carriers import Array
from gdverify.binding.evaluation import computed
from gdverify.binding.families import upstream_product
from gdverify.binding.following import Run
from gdverify.binding.goals import BY_GRADIENTS, LOSS, PREDICTION, SCALAR, located
from gdverify.binding.gradients import SETTLED, UNSETTLED, Found, by_shape, exact
from gdverify.binding.losses import judged_under, loss_values, losses
from gdverify.binding.own_losses import loss_with_term, scalars
from gdverify.binding.penalties import Penalty, regularised
from gdverify.binding.recognition import Match
from gdverify.binding.running import Held
from gdverify.derivation.steps import Derivation, Source, derive
from gdverify.notation.architecture import Architecture
from gdverify.notation.operation import Operation
from gdverify.notation.tensors import Tensor

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
        """Whether something beside the prediction was recognised: a gradient, or the unit's own loss."""
        return bool(self.constants) or self.hypothesis.how in (OWN, DECLARED)

    @property
    def complete(self) -> bool:
        """Whether every gradient equals the derived one."""
        return len(self.constants) == len(self.wanted) and all(c == 1.0 for c in self.constants)

    @property
    def score(self) -> tuple[bool, bool, int, int, int, bool]:
        """The better the higher: all exact, all up to one constant, how many exact, how many at all, a stated loss.

        What is exact as it is is better than what is so without a term that regularises.
        """
        constants = self.constants
        every = len(constants) == len(self.wanted)
        common = every and max(constants) - min(constants) <= 1e-6 * abs(constants[0])
        exactly = sum(c == 1.0 for c in constants)
        plain = -sum(bool(one.terms) for one in self.found.values())
        return self.complete, common, exactly, len(constants), plain, self.hypothesis.how != INFERRED


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
        return [_under(source, options, match.member.loss, INFERRED, None)]
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
    return [loss for loss, _ in _losses_of(run, match)]


def judged(run: Run, hypothesis: Hypothesis, sizes: Mapping[str, int]) -> Judged:
    """The gradients of a run that equal derived ones."""
    derivation = hypothesis.derivation
    wanted = tuple(derivation.wanted)
    data = derivation.composition.role("input", "parameter")
    names = [f"d{tensor.name}" for tensor in data if any(d.name == tensor.name for d in derivation.every_adjoint)]
    expected = {name[1:]: value for name, value in computed(derivation, run.values, sizes, names).items()}
    groups = _groups(run.binding.held, derivation, expected)
    readings = SETTLED if hypothesis.regularised else UNSETTLED
    found = exact(groups, run.candidates, expected, dict(sizes), [t.name for t in wanted], run.values, readings)
    return Judged(run, hypothesis, found, wanted)


def _groups(held: Sequence[Held], derivation: Derivation, expected: Mapping[str, Array]) -> list[tuple[Tensor, ...]]:
    """Each tensor alone, and those that are stored together."""
    by_name = {tensor.name: tensor for tensor in derivation.every_adjoint}
    together = [tuple(by_name[t.name] for t in one.tensors) for one in held if len(one.tensors) == 2]
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
    optional = _optional(best)
    held = best.run.binding.held
    absent = {tensor.name for tensor in missing}
    groups = [tuple(one.tensors) for one in held if len(one.tensors) == 2 and {t.name for t in one.tensors} <= absent]
    groups += [(tensor,) for tensor in missing]
    for tensors in groups:
        if any(t.name in found for t in tensors):
            continue
        like = next((one for one in held if {t.name for t in tensors} <= {t.name for t in one.tensors}), None)
        taken = {one.held.place for one in found.values()}
        options = by_shape(tensors, best.run.candidates, dict(best.run.binding.sizes), like, taken)
        if len(options) > 1:
            raise _which_array(unit, tensors[0], options)
        found |= {tensor.name: options[0] for tensor in tensors if options}
    for tensor in missing:
        if tensor.name not in found and tensor.name not in optional:
            raise Unbound(
                f"{unit}: nothing that {best.run.binding.calls[-1].callee} returns or changes is shaped like the "
                f"gradient of {tensor}; expected it returned, in an attribute, or as a change of {tensor.name}."
            )
    return tuple(dict.fromkeys(found.values()))


def _optional(best: Judged) -> set[str]:
    """The data of an operation: a layer need not give the gradient by its input."""
    if not isinstance(best.hypothesis.source, Operation):
        return set()
    inside = {t.name for one in best.run.binding.held if one.place.root == "self" for t in one.tensors}
    return {tensor.name for tensor in best.wanted if inside and tensor.name not in inside}


def _which_loss(unit: str) -> Ambiguous:
    readings = [
        Reading(f"the gradient of {loss.doc.split('.')[0].lower()}", f"--loss {name}")
        for name, loss in losses().items()
    ]
    return Ambiguous(
        unit,
        "no loss is stated, and its gradients are those of none in the catalogue; which one should they be of?",
        readings[:3],
    )


def _which_array(unit: str, tensor: Tensor, options: Sequence[Found]) -> Ambiguous:
    readings = [Reading(f"the gradient of {tensor.name} is {one.held.place}", str(one)) for one in options[:3]]
    return Ambiguous(unit, f"{len(options)} arrays may be the gradient of {tensor}; which one is it?", readings)
