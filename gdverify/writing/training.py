"""Gradients that show in a change of the weights: where these are, and where the learning rate is set.

Weights that are arguments of a function are attributes of a plain namespace, which is handed over and looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gdverify.binding.binding import Binding
from gdverify.binding.calling.places import Attribute, Place
from gdverify.binding.calling.running import SELF, Call, Held
from gdverify.binding.gradients.gradients import Found
from gdverify.writing.layout import literal
from gdverify.writing.making import rate_in

NAMESPACE = "from types import SimpleNamespace"
PUT_WHOLE = ("as it is", "transposed", "one sample", "one row", "one output")  # layouts for which nothing need be there


@dataclass(frozen=True)
class Training:
    """The weights that a run trains.

    Attributes:
        binding: of the unit.
        by_place: whether the rate is set at a place, or handed over as a number.
    """

    binding: Binding
    by_place: bool

    @cached_property
    def changes(self) -> list[Found]:
        """The gradients that show in a change."""
        return [one for one in self.binding.gradients if one.rate is not None]

    @cached_property
    def arguments(self) -> list[Held]:
        """The weights that are arguments."""
        starts = {one.start or one.held.place for one in self.changes}
        return [one for one in self.binding.held if one.place.root != SELF and one.place in starts]

    @cached_property
    def rate_found(self) -> float | None:
        """The learning rate at which it was found."""
        return next((one.rate for one in self.changes), None)

    @property
    def is_plain(self) -> bool:
        """Whether the namespace may be empty before the weights are put in it."""
        return all(one.layout.name in PUT_WHOLE and one.carrier.name == "array" for one in self.arguments)

    @cached_property
    def _rates(self) -> list[str]:
        """The parameters by which a function is told the rate."""
        told = [one for call in self.binding.calls for one in call.constants.items()]
        return [name for name, value in told if type(value) is float and value == self.rate_found]

    @property
    def calls(self) -> Sequence[Call]:
        """The calls, the rate being an attribute of the namespace."""
        return [*map(self._with_rate, self.binding.calls)] if self._in_namespace else self.binding.calls

    @property
    def _in_namespace(self) -> bool:
        return self.by_place and bool(self.arguments) and len(set(self._rates)) == 1

    def _with_rate(self, call: Call) -> Call:
        told = {name: Place(SELF, (Attribute(name),)) for name in call.constants if name in self._rates}
        others = {name: value for name, value in call.constants.items() if name not in told}
        return replace(call, arguments={**call.arguments, **told}, constants=others)

    @cached_property
    def rate_place(self) -> Place | None:
        """Where the rate is set; None where it is a number."""
        if not self.by_place or not self.changes:
            return None
        if self._in_namespace:
            return Place(SELF, (Attribute(self._rates[0]),))
        settings = (where for where, value in self.binding.settings.items() if value == self.rate_found)
        return next(settings, None) or rate_in(self.binding.construction, self.rate_found)

    @property
    def rate(self) -> str | None:
        """The rate as a number, where it is one."""
        return None if self.rate_place is not None or self.rate_found is None else literal(self.rate_found)


def kept(changes: Sequence[Found]) -> Iterator[tuple[Place, Place]]:
    """Weights that are arguments, and where their new values are returned."""
    yield from ((one.start, one.held.place) for one in changes if one.start is not None)
