"""A unit that was bound to the catalogue, as the arguments of `gdverify.bind`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gdverify.binding.binding import Binding
from gdverify.binding.calling.constructing import BATCH
from gdverify.binding.calling.running import SELF, Call, Held
from gdverify.binding.subject import BoundSubject, Implementation
from gdverify.cases.strategies import DEPTHS
from gdverify.writing.arrays import expression, place, places, stored
from gdverify.writing.calls import Run, needed, returned, run
from gdverify.writing.depths import same, unified
from gdverify.writing.layout import Written, literal, quoted
from gdverify.writing.making import made
from gdverify.writing.scope import NUMPY, Scope, Unspellable
from gdverify.writing.sources import against
from gdverify.writing.training import NAMESPACE, Training, kept

UNREAD: Mapping[str, Callable[[Binding], bool]] = {
    "a term such as weight decay": lambda binding: bool(binding.terms),
    "a norm that is cut down": lambda binding: binding.clip is not None,
    "entries that are cut off": lambda binding: any(np.isfinite(one.limit) for one in binding.gradients),
    "a moving average": lambda binding: any(one.share != 1.0 for one in binding.gradients),
}
"""What an update may make of a gradient that a binding by hand cannot take off again."""


def spelled(one: BoundSubject, scope: Scope, name: str, by_place: bool) -> tuple[str, dict[str, Written]]:
    """The definition of the function that makes the calls, and the arguments of `gdverify.bind`.

    Args:
        one: as it was bound.
        scope: what the text may refer to.
        name: of that function.
        by_place: whether the learning rate is set where the object keeps it, or handed over as a number.

    Raises:
        Unspellable: a binding by hand cannot say it.
    """
    function = one.subject.function
    assert isinstance(function, Implementation)
    hidden = one.subject.options.get("hidden")
    depths = hidden if isinstance(hidden, tuple) else (hidden,)
    every = {depth or 0: Spelling(function.of(depth), scope, name, by_place) for depth in depths}
    said = [*every.values()]
    source = against(one.subject.source, one.subject.options, scope)
    if hidden == DEPTHS:
        del source["hidden"]  # any depth is what is drawn where none is said
    gradients = unified({depth: one.gradients for depth, one in every.items()})
    arguments: dict[str, Written] = {
        "": same(one.make for one in said),
        **source,
        "sizes": {axis: str(literal(size)) for axis, size in one.subject.sizes.items()},
        "places": _quoted(unified({depth: one.places for depth, one in every.items()})),
        "run": same(one.run.text for one in said),
        "gradients": {**_quoted(gradients), **said[-1].products},
        "set": said[-1].settings,
        **{what: same(one.further[what] for one in said) for what in said[-1].further},
    }
    return same(one.run.definition for one in said), {what: text for what, text in arguments.items() if text}


def _quoted(places: Mapping[str, str]) -> dict[str, str]:
    return {tensor: quoted(where) for tensor, where in places.items()}


@dataclass(frozen=True)
class Spelling:
    """What a binding by hand says of a unit at one depth; places are not quoted yet.

    Attributes:
        binding: as it was found.
        scope: what the text may refer to.
        name: of the function that makes the calls.
        by_place: as in `spelled`.
    """

    binding: Binding
    scope: Scope
    name: str
    by_place: bool

    def __post_init__(self) -> None:
        for what, is_there in UNREAD.items():
            if is_there(self.binding):
                raise Unspellable(f"the update makes {what} of the gradient, and a place shows only what it makes")

    @cached_property
    def training(self) -> Training:
        """The weights that it trains."""
        return Training(self.binding, self.by_place)

    @property
    def make(self) -> str:
        """What makes the object, or the namespace for arguments that are trained."""
        trained = self.training.arguments
        if self.binding.construction is not None:
            if trained:
                raise Unspellable("both an object and arguments are trained")
            names = {BATCH: "batch"} | {size: axis for axis, size in self.binding.sizes.items()}
            return made(self.binding.construction, names, self.scope)
        if not trained:
            return ""
        words = ", ".join(f"{one.place.root}={self._stored(one)}" for one in trained)
        return self.scope.importing(
            NAMESPACE, "SimpleNamespace" if self.training.is_plain else f"lambda c: SimpleNamespace({words})"
        )

    @property
    def places(self) -> dict[str, str]:
        """Where the tensors are put."""
        inside = (one for one in self.binding.held if one.place.root == SELF or one in self.training.arguments)
        return {tensor: text for one in inside for tensor, text in self._found(one).items()}

    @cached_property
    def run(self) -> Run:
        """The calls."""
        trained = {one.place.root: f"c.{SELF}.{one.place.root}" for one in self.training.arguments}
        passed = {one.place.root: self._stored(one) for one in self.binding.held if one.place.root != SELF}
        roles = {call.role: call.role for call in self._calls}
        keeping = {expression(start, trained): expression(end, roles) for start, end in kept(self.training.changes)}
        return run(self._calls, {**passed, **trained}, keeping, self.scope, self.name)

    @property
    def gradients(self) -> dict[str, str]:
        """Where they are that stand somewhere."""
        seen = (one.held for one in self.binding.gradients if one.rate is None and not one.slope)
        return {tensor: text for one in seen for tensor, text in self._found(one).items()}

    @property
    def products(self) -> dict[str, str]:
        """Those that are still to be multiplied by what arrives from behind."""
        slopes = [one.held for one in self.binding.gradients if one.slope]
        return {
            tensor: f"lambda c: {self._behind} * {text}"
            for one in slopes
            for tensor, text in places(one, expression(one.place, self._shown)).items()
        }

    @property
    def settings(self) -> dict[str, str]:
        """Places that are set to a value, but for that of the rate."""
        others = {w: value for w, value in self.binding.settings.items() if w != self.training.rate_place}
        return {place(where, self._roots): self.scope.value(value) for where, value in others.items()}

    @property
    def further(self) -> dict[str, str]:
        """The learning rate, and the value or the output."""
        where = self.training.rate_place
        rate = self.training.rate if where is None else quoted(place(where, self._roots))
        return {**({} if rate is None else {"rate": rate}), **dict(self._value())}

    def _value(self) -> Iterator[tuple[str, str]]:
        binding = self.binding
        if binding.loss is not None:
            (text,) = self._found(binding.loss).values()
            yield "value", quoted(text)
        elif binding.by_upstream and binding.derivation.upstream is not None:
            (text,) = self._found(binding.result).values()
            yield "output", quoted(text)
        elif binding.by_upstream:
            (text,) = places(binding.result, expression(binding.result.place, self._shown)).values()
            yield "value", self.scope.importing(NUMPY, f"lambda c: np.sum({text} * {self._behind})")

    @cached_property
    def _calls(self) -> Sequence[Call]:
        binding = self.binding
        asked = {one.held.place.root for one in binding.gradients}
        asked |= {binding.loss.place.root} if binding.loss is not None else set()
        asked |= {binding.result.place.root} if binding.by_upstream else set()
        return needed(self.training.calls, asked)

    @cached_property
    def _roots(self) -> dict[str, str]:
        """What the roots of the environment are in a place."""
        trained = {one.place.root: f"{SELF}.{one.place.root}" for one in self.training.arguments}
        return {**returned(self._calls), **trained}

    @property
    def _shown(self) -> dict[str, str]:
        """What the roots are in a function of the case, after the run."""
        return {root: f"c.{text}" for root, text in {SELF: SELF, **self._roots}.items()}

    @property
    def _behind(self) -> str:
        """What arrives from behind."""
        if self.binding.derivation.upstream is not None:
            return "c.upstream"
        (target,) = self.binding.derivation.composition.role("target")
        return f"c.{target.name}"

    def _stored(self, held: Held) -> str:
        upstream = self.binding.derivation.upstream
        return stored(held, None if upstream is None else upstream.name, self.scope)

    def _found(self, held: Held) -> dict[str, str]:
        return places(held, place(held.place, self._roots))
