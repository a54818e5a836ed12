"""The loss that a unit shows: where its numbers are, and a loss of the catalogue with a term that regularises.

What a loss is larger by than one of the catalogue is a term of the weights where it is the same multiple of Σ w² or
Σ |w| at two points of different batches.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Leaf, get, leaves
from gdverify.binding.calling.running import Held, tried
from gdverify.binding.equations.evaluation import SEED, computed, point
from gdverify.binding.equations.goals import PREDICTION, SCALAR
from gdverify.binding.equations.losses import loss_values
from gdverify.binding.equations.penalties import ALL, WEIGHTS, Penalty, penalty
from gdverify.binding.gradients.following import Run
from gdverify.binding.recognising.layouts import BATCH, SINGLE
from gdverify.binding.recognising.recognition import Match
from gdverify.notation.operation import Operation

WITHIN = 1e-6  # relative, of factors at two points
SMALLEST = 1e-9  # of the loss: less is rounding
MORE = 4  # samples at the second point


Pair = tuple[float, float]


@dataclass(frozen=True)
class Form:
    """A form of a term: its name, and how many times the factor of its sum its strength is."""

    name: str
    share: int

    def on(self, on: str) -> Penalty:
        """The sum itself: the term with a factor of 1."""
        return penalty(f"{self.name}({self.share}, {on})")


FORMS = (Form("l2", 2), Form("l1", 1))  # λ/2 Σ w², λ Σ |w|


@dataclass(frozen=True)
class Seen:
    """A loss of the catalogue and a term, which a number of the unit is the sum of, and where that is."""

    loss: Operation
    term: Penalty
    held: Held


def scalars(run: Run) -> list[Leaf]:
    """Numbers that the calls after the leading one returned."""
    roots = dict.fromkeys([*(call.role for call in run.binding.calls[1:]), run.binding.calls[0].role])
    return [leaf for root in roots for leaf in leaves(root, run.environment.get(root)) if leaf.array.size == 1]


def loss_with_term(run: Run, match: Match) -> Seen | None:
    """The loss that the unit shows, where it is one of the catalogue and a term that regularises."""
    shown = scalars(run) if match.goal == PREDICTION and match.skeleton.targets else []
    if not shown:
        return None
    samples = {name: size + MORE for name, size in match.sizes.items() if name in BATCH and name not in match.fixed}
    sizes = {**match.sizes, **samples}
    values = point(match.derivation, sizes, match.dtype, SEED + 1)
    other = tried(partial(run.binding.run, values, sizes))
    if other is None:
        return None
    first, second = (dict(_values(match, v, s)) for v, s in ((run.values, match.sizes), (values, sizes)))
    for leaf in shown:
        number = tried(partial(_number, leaf, other))
        for loss in first if number is not None else ():
            over = float(leaf.array.reshape(())) - first[loss], (number or 0.0) - second[loss]
            for form, on in itertools.product(FORMS, (WEIGHTS, ALL)):
                whole = form.on(on)
                sums = (
                    whole.value(match.derivation, run.values, match.sizes),
                    whole.value(match.derivation, values, sizes),
                )
                term = _term(form, on, over, sums, (match.sizes, sizes))
                if term is not None and over[0] > SMALLEST * abs(first[loss]):
                    layout = next(one for one in SINGLE if one.unify([SCALAR], leaf.array.shape, {}) is not None)
                    return Seen(loss, term, Held((SCALAR,), layout, leaf.place, leaf.carrier))
    return None


def _number(leaf: Leaf, environment: Mapping[str, object]) -> float:
    return float(leaf.carrier.read(get(dict(environment), leaf.place)).reshape(()))


def _values(match: Match, values: Mapping[str, Array], sizes: Mapping[str, int]) -> Iterator[tuple[Operation, float]]:
    name = match.derivation.prediction.name
    prediction = computed(match.derivation, values, sizes, [name])[name]
    for loss, value in loss_values(match.derivation, prediction, values):
        if loss is not None:
            yield loss, float(value)


def _term(
    form: Form, on: str, over: Pair, sums: Pair, sizes: tuple[Mapping[str, int], Mapping[str, int]]
) -> Penalty | None:
    """The penalty that explains what the loss is larger by, at both points."""
    if not all(sums):
        return None
    factors = [more / total for more, total in zip(over, sums, strict=True)]
    samples = [next((s[name] for name in BATCH if name in s), 1) for s in sizes]
    for share, counts in (("", [1, 1]), (", per-sample", samples)):
        first, second = (factor * count for factor, count in zip(factors, counts, strict=True))
        if first > 0 and abs(first / second - 1) < WITHIN:
            where = "" if on == WEIGHTS else f", {on}"
            return penalty(f"{form.name}({first * form.share:.6g}{share}{where})")
    return None
