"""The loss that a unit shows: where its numbers are, and a loss of the catalogue with a term that regularises.

What a loss is larger by than one of the catalogue is a term of the weights where it is the same multiple of Σ w², or of
Σ |w|, or the same sum of multiples of both, at three points of different batches.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Environment, Leaf, get, leaves
from gdverify.binding.calling.running import Held, tried
from gdverify.binding.equations.evaluation import SEED, computed, point
from gdverify.binding.equations.goals import PREDICTION, SCALAR
from gdverify.binding.equations.losses import loss_values
from gdverify.binding.equations.penalties import ALL, WEIGHTS, Penalty, penalty, simplest, strength
from gdverify.binding.gradients.following import Run
from gdverify.binding.recognising.layouts import BATCH, SINGLE
from gdverify.binding.recognising.recognition import Match
from gdverify.notation.operation import Operation

WITHIN = 1e-6  # relative, of factors at two points
SMALLEST = 1e-9  # of the loss: less is rounding
MORE = (4, 9)  # samples at the further points


# λ/2 Σ w², λ Σ |w|, or both: the simplest that there may be comes first.
TERMS = ((True, False), (False, True), (True, True))


@dataclass(frozen=True)
class Point:
    """Values at which a unit was run, and what it left behind."""

    values: Mapping[str, Array]
    sizes: Mapping[str, int]
    environment: Environment

    @property
    def samples(self) -> int:
        """How many there are."""
        return next((self.sizes[name] for name in BATCH if name in self.sizes), 1)


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
    points = _points(run, match) if shown else []
    if not points:
        return None
    data = [dict(_values(match, one.values, one.sizes)) for one in points]
    sums = {on: np.array([_sums(match, one, on) for one in points]) for on in (WEIGHTS, ALL)}
    for leaf in shown:
        numbers = tried(partial(_numbers, leaf, points)) or []
        for loss in data[0] if numbers else ():
            over = np.array([number - known[loss] for number, known in zip(numbers, data, strict=True)])
            if over[0] <= SMALLEST * abs(data[0][loss]):
                continue
            for present, on in itertools.product(TERMS, sums):
                term = _term(over, sums[on] * present, [one.samples for one in points], on)
                if term is not None:
                    layout = next(one for one in SINGLE if one.unify([SCALAR], leaf.array.shape, {}) is not None)
                    return Seen(loss, term, Held((SCALAR,), layout, leaf.place, leaf.carrier))
    return None


def _points(run: Run, match: Match) -> list[Point]:
    """Where the unit was run, and two more points, of other batches where it can take them."""
    found = [Point(run.values, match.sizes, run.environment)]
    for k, more in enumerate(MORE, start=1):
        samples = {name: size + more for name, size in match.sizes.items() if name in BATCH and name not in match.fixed}
        sizes = {**match.sizes, **samples}
        values = point(match.derivation, sizes, match.dtype, SEED + k)
        environment = tried(partial(run.binding.run, values, sizes))
        if environment is None:
            return []
        found.append(Point(values, sizes, environment))
    return found


def _sums(match: Match, at: Point, on: str) -> list[float]:
    """What a term is a multiple of at a point: half of Σ w², and Σ |w|."""
    return [penalty(f"{form}(1, {on})").value(match.derivation, at.values, at.sizes) for form in ("l2", "l1")]


def _numbers(leaf: Leaf, points: Sequence[Point]) -> list[float]:
    found = [leaf.carrier.read(get(dict(one.environment), leaf.place)) for one in points]
    return [float(one.reshape(())) for one in found]


def _values(match: Match, values: Mapping[str, Array], sizes: Mapping[str, int]) -> Iterator[tuple[Operation, float]]:
    name = match.derivation.prediction.name
    prediction = computed(match.derivation, values, sizes, [name])[name]
    for loss, value in loss_values(match.derivation, prediction, values):
        if loss is not None:
            yield loss, float(value)


def _term(over: Array, sums: Array, samples: Sequence[int], on: str) -> Penalty | None:
    """The penalty that explains what the loss is larger by, at every point.

    Args:
        over: what it is larger by, (points,).
        sums: half of Σ w², and Σ |w|, each 0 where it is not meant; (points, 2).
        samples: at each point.
        on: the parameters whose sums they are.
    """
    for share, counts in (("", np.ones(len(over))), ("per-sample", np.array(samples))):
        basis = sums / counts[:, None]
        # basis · (λ₂, λ₁) = over, by least squares
        square, absolute = np.linalg.lstsq(basis, over, rcond=None)[0] * sums.any(axis=0)
        off = np.abs(basis @ (square, absolute) - over)
        meant = [one for one, column in ((square, sums[:, 0]), (absolute, sums[:, 1])) if column.any()]
        if meant and min(meant) > 0 and np.all(off <= WITHIN * np.abs(over)):
            words = [strength(simplest(square), simplest(absolute)), share, "" if on == WEIGHTS else on]
            return penalty(", ".join(word for word in words if word) + ")")
    return None
