"""Gradients derived from the code itself: a unit's forward pass on symbols, differentiated, beside its own gradients.

The unit is traced once, at sizes that are small, and distinct where it takes such. Each entry of its gradients is then
decided: it is the derivative of the forward pass on the path of the point, exactly, or it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gdverify.auditing.ladder.replay import AGREEMENT, is_on_path, towards_zero, unfaithful
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.constructing import BATCH, HIDDEN, INPUTS, OUTPUTS
from gdverify.binding.gradients.following import UPSTREAM
from gdverify.binding.own.extrapolation import ROUNDING, Differences
from gdverify.binding.own.resizing import Resized, fitted
from gdverify.binding.own.symbols import Traced, is_chosen, on_symbols, point
from gdverify.binding.recognising.probing import PIXELS
from gdverify.errors import described
from gdverify.tracing.deciding import Decision, Outcome, decide_all
from gdverify.tracing.derived import Entries
from gdverify.tracing.expression import Graph
from gdverify.tracing.floats import Floats
from gdverify.tracing.lines import Untraceable

if TYPE_CHECKING:
    from gdverify.binding.own.forward import Own, Values

SEED = 0  # of the residues
SHORT_AGREEMENT = 1e-3  # of code that computes in single precision
_WEAKEST: tuple[Outcome, ...] = ("different", "undecided", "zero")


@dataclass(frozen=True)
class Derived:
    """A unit's gradients beside the derivative of its forward pass, on one path at one shape.

    Attributes:
        traced: the unit.
        decisions: by tensor, whether the difference of each entry is zero.
    """

    traced: Traced
    decisions: Mapping[str, tuple[Decision, ...]]

    def outcome(self, name: str) -> Outcome:
        """Of a tensor: different where one entry is."""
        found = {decision.outcome for decision in self.decisions[name]}
        return next(outcome for outcome in _WEAKEST if outcome in found)

    def proves(self, name: str) -> bool:
        """Whether every entry is the derivative, and not all are 0, so that being so shows something."""
        entries = self.traced.derivative[name].ravel().tolist()
        return self.outcome(name) == "zero" and not all(entry.is_number and not entry.detail for entry in entries)

    def reason(self, name: str) -> str:
        """Why a tensor is undecided."""
        return next(one.reason for one in self.decisions[name] if one.outcome == "undecided")

    def apart(self, name: str) -> float:
        """How far a tensor that differs is from the derivative, relative to its largest entry."""
        witnesses = [one.witness for one in self.decisions[name] if one.witness is not None]
        largest = float(np.abs(self.expected[name].value).max(initial=0.0))
        furthest = max(abs(one.value) for one in witnesses)
        return furthest / largest if largest else np.inf

    @property
    def error(self) -> float:
        """A bound on the probability that anything in it that is called zero is not."""
        return sum(one.error for every in self.decisions.values() for one in every)

    @cached_property
    def got(self) -> dict[str, Array]:
        """The gradients at the point, in floats."""
        return _values(self.traced.gradients, self.traced.values)

    @cached_property
    def expected(self) -> dict[str, Differences]:
        """The derivative at the point; it has no error but that of rounding."""
        exact = _values(self.traced.derivative, self.traced.values)
        return {name: Differences(value, np.zeros(value.shape)) for name, value in exact.items()}


# Small sizes, the first at which a unit runs: more than one of each number, since of one a sum is its mean, and not two
# samples, of which 2/N is 1.
SMALL: Sequence[Mapping[int, int]] = (
    {BATCH: 4, INPUTS: 2, OUTPUTS: 3, HIDDEN[0]: 5, HIDDEN[1]: 4, PIXELS[0]: 4, PIXELS[1]: 2},
    {BATCH: 4, HIDDEN[0]: 5, HIDDEN[1]: 4, PIXELS[0]: 4, PIXELS[1]: 2},
    {BATCH: 4, PIXELS[0]: 4, PIXELS[1]: 2},
    {BATCH: 4, PIXELS[0]: 4, PIXELS[1]: 4},
)


def traced_at(own: Own) -> Resized:
    """The sizes at which a unit is traced; those at which it was bound where it runs at no small ones."""
    fitting = (fitted(own, Resized(lengths)) for lengths in SMALL)
    return next((at for at in fitting if at is not None and 0 not in (at.output or ())), own.resized[0])


def derived(own: Own, values: Values, at: Resized, named: bool = False) -> Derived:
    """Trace a unit at a point, and decide.

    Args:
        own: the unit; its calls are made once on symbols, and a few times on floats.
        values, at: the point, and its sizes.
        named: look for what the code calls its expressions, too.

    Raises:
        Untraceable: the code needs floats, or computes something else on them; with the line.
    """
    traced = on_symbols(own, values, at, Graph(), named)
    lost = sorted({name for point in (values, *_neighbour(own, traced)) for name in _lost(own, traced, point)})
    if lost:
        raise unfaithful(lost, "symbols")
    differences = {
        name: [*map(traced.graph.sub, array.ravel().tolist(), traced.derivative[name].ravel().tolist())]
        for name, array in traced.gradients.items()
    }
    flat = [entry for entries in differences.values() for entry in entries]
    decided = iter(decide_all(flat, traced.point, traced.path, SEED, traced.pinned))
    return Derived(traced, {name: tuple(next(decided) for _ in entries) for name, entries in differences.items()})


def _neighbour(own: Own, traced: Traced) -> Iterator[Values]:
    """A point near that of a trace and on its path; a dependency that was lost shows there."""
    kept = {UPSTREAM} if own.reduction else set()
    variable = {
        name: array
        for name, array in traced.values.items()
        if array.dtype.kind == "f" and name not in kept and not is_chosen(array)
    }
    for moved in towards_zero(variable, 0):
        values = {**traced.values, **moved}
        if is_on_path(traced.path, Floats(point(values))):
            yield values
            return


def _lost(own: Own, traced: Traced, values: Values) -> Iterator[str]:
    """What the code gives on floats that is not what its expressions give."""
    try:
        plain = {**own.got(values, traced.at), str(own.output): own.output_of(values, traced.at)}
    except Exception as error:
        raise Untraceable(f"raises on floats where it does not on symbols: {described(error)}", None) from error
    short = own.roundoff(values, traced.at) > ROUNDING or any(array.dtype == np.float32 for array in plain.values())
    agreement = SHORT_AGREEMENT if short else AGREEMENT
    for name, value in _values({**traced.gradients, str(own.output): traced.output}, values).items():
        allowed = agreement * np.abs(plain[name]).max(initial=0.0)
        if not np.all((np.abs(value - plain[name]) <= allowed) | (value == plain[name])):
            yield name


def _values(arrays: Mapping[str, Entries], values: Values) -> dict[str, Array]:
    """Expressions at a point, in floats."""
    floats = Floats(point(values))
    return {
        name: np.array([floats(entry) for entry in array.ravel().tolist()], dtype=np.float64).reshape(array.shape)
        for name, array in arrays.items()
    }
