"""A unit that was bound to its own forward pass, as the arguments of `gdverify.bind`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gdverify.binding.calling.constructing import BATCH, HIDDEN, INPUTS, OUTPUTS
from gdverify.binding.calling.running import SELF, Held
from gdverify.binding.gradients.following import UPSTREAM
from gdverify.binding.hand.own import OwnSubject
from gdverify.binding.hand.points import SIZES, Point
from gdverify.binding.own.forward import Own
from gdverify.binding.own.lengths import shape_of
from gdverify.binding.own.resizing import EXCHANGES, Resized
from gdverify.errors import described
from gdverify.notation.tensors import Tensor
from gdverify.writing.arrays import CARRIED, expression, place, places, stored
from gdverify.writing.calls import Run, returned, run
from gdverify.writing.layout import Written, entry, literal, quoted
from gdverify.writing.making import made
from gdverify.writing.scope import NUMPY, Scope, Unspellable

AXES = {INPUTS: "inputs", OUTPUTS: "outputs", BATCH: "batch"} | {n: f"hidden{k}" for k, n in enumerate(HIDDEN, 1)}
POINTS = 5  # at which a text is compared with what was found

# How an argument is drawn, by the name of what fills it: its axes, or a function of a generator and the sizes.
DRAWN: Mapping[str, Callable[[list[str], str], str]] = {
    "ordinary": lambda axes, classes: str(literal(tuple(axes))),
    "unit": lambda axes, classes: f"lambda rng, sizes: rng.uniform(0.125, 0.875, size={_sizes(axes)})",
    "one_hot": lambda axes, classes: (
        f"lambda rng, sizes: np.eye({_size(axes[-1])})[rng.integers({_size(axes[-1])}, size={_sizes(axes[:-1])})]"
    ),
    # The last class is among them: code may count classes by the largest label.
    "labels": lambda axes, classes: (
        f"lambda rng, sizes: np.append(rng.integers({_size(classes)}, size={_size(axes[0])} - 1), {_size(classes)} - 1)"
    ),
}


def _drawn(filler: Callable[..., Any], axes: list[str]) -> str:
    made_by = filler.__qualname__.partition(".")[0]
    classes = inspect.getclosurevars(filler).nonlocals.get("classes", 0)
    if made_by not in DRAWN or (made_by == "labels" and len(axes) != 1) or (made_by == "one_hot" and not axes):
        raise Unspellable(f"an argument is filled with {made_by}, which has no text")
    return DRAWN[made_by](axes, _name(classes))


def _size(axis: str) -> str:
    return f"sizes[{quoted(axis)}]"


def _sizes(axes: list[str]) -> str:
    return f"({', '.join(map(_size, axes))}{',' * (len(axes) == 1)})"


def spelled(own: Own, scope: Scope, name: str, free: bool) -> tuple[str, dict[str, Written]]:
    """The definition of the function that makes the calls, and the arguments of `gdverify.bind`.

    Args:
        own: as it was bound.
        scope: what the text may refer to.
        name: of that function.
        free: whether sizes are drawn, or those at which it was bound.

    Raises:
        Unspellable: a binding by hand cannot say it.
    """
    if type(own) is not Own:
        raise Unspellable("a Hessian is the slope of each entry of a gradient by its own entry, and not a gradient")
    said = OwnSpelling(own, scope, name, free)
    arguments: dict[str, Written] = {
        "": said.make,
        "inputs": said.inputs,
        "sizes": said.sizes,
        "places": said.places,
        "run": said.run.text,
        "gradients": said.gradients,
        **said.value,
    }
    return said.run.definition, {what: text for what, text in arguments.items() if text}


@dataclass(frozen=True)
class OwnSpelling:
    """What a binding by hand says of a unit without an architecture."""

    own: Own
    scope: Scope
    name: str
    free: bool

    @property
    def make(self) -> str:
        """What makes the object."""
        return "" if self.own.construction is None else made(self.own.construction, AXES, self.scope)

    @cached_property
    def inputs(self) -> dict[str, str]:
        """What is handed over, and what arrives from behind."""
        found = {}
        data = [one.tensors[0] for one in self.own.held if one.place.root != SELF]
        for tensor in data:
            found[tensor.name] = entry(tensor.name, _drawn(self.own.fill.filler(tensor.name), _axes(tensor)))
        if any("np." in text for text in found.values()):
            self.scope.needs(NUMPY)
        shape = () if self.own.reduction else self.own.shape
        behind = {UPSTREAM: str(literal(tuple(map(_name, shape))))} if shape else {}
        return {**found, **behind}

    @property
    def sizes(self) -> dict[str, str]:
        """Sizes that are fixed, or that nothing else says."""
        return {_name(n): text for n in sorted(_lengths(self.own)) if (text := self._size(n))}

    def _size(self, length: int) -> str:
        seen = sorted({at.lengths.get(length, length) for at in self.own.resized} - {length})
        if not self.free or length not in AXES:
            return str(length)
        if 1 not in seen and any(length in one for one in EXCHANGES.values()):
            return str(literal(tuple(seen)) if seen else length)
        said = any(quoted(_name(length)) in text for text in self.inputs.values() if text.startswith("("))
        return "" if said else str(literal(tuple(SIZES)))

    @property
    def places(self) -> dict[str, str]:
        """Where the parameters are."""
        inside = (one for one in self.own.held if one.place.root == SELF)
        return {one.tensors[0].name: quoted(place(one.place, {})) for one in inside}

    @cached_property
    def run(self) -> Run:
        """The calls."""
        line, carried = CARRIED[self.own.lead.carrier.name]
        passed = {one.place.root: stored(one, None, self.scope) for one in self.own.held if one.place.root != SELF}
        upstream = carried.format("c.upstream")
        values = {**passed, UPSTREAM: self.scope.importing(line, upstream) if line else upstream}
        return run([self.own.lead, *self.own.calls], values, {}, self.scope, self.name)

    @property
    def roots(self) -> Mapping[str, str]:
        """Where what the calls return is found."""
        return returned([self.own.lead, *self.own.calls])

    @property
    def value(self) -> dict[str, str]:
        """Where the loss is, one for each sample being reduced; or the output."""
        where = place(self.own.output, self.roots)
        if self.own.reduction:
            return {"value": quoted(f"{where}.{self.own.reduction}()")}
        return {"output" if self.own.shape else "value": quoted(where)}

    @property
    def gradients(self) -> dict[str, str]:
        """Where they are, or the slope times what arrives from behind."""
        return {tensor: text for one in self.own.gradients for tensor, text in self._found(one.held, one.slope)}

    def _found(self, held: Held, slope: bool) -> Iterator[tuple[str, str]]:
        if not slope:
            yield from ((tensor, quoted(text)) for tensor, text in places(held, place(held.place, self.roots)).items())
            return
        shown = {root: f"c.{text}" for root, text in {SELF: SELF, **self.roots}.items()}
        for tensor, text in places(held, expression(held.place, shown)).items():
            yield tensor, f"lambda c: c.upstream * {text}"


def _name(length: int) -> str:
    return AXES.get(length, f"size{length}")


def _axes(tensor: Tensor) -> list[str]:
    return [_name(n) for n in shape_of(tensor)]


def agree(text: OwnSubject, found: Own) -> None:
    """Refuse a text that says something else than what was found; raises Unspellable."""
    for seed in range(POINTS):
        try:
            point = Point.drawn(text.hand, text.inputs, text.sizes, np.random.default_rng(seed))
            got = point.gradients()
        except Exception as error:
            raise Unspellable(f"bound by hand it does not run: {described(error)}") from error
        # Random numbers that the code draws begin elsewhere where an object is made before them.
        if not found.seen.random:
            lengths = {n: size for n in _lengths(found) if (size := point.sizes.get(_name(n)))}
            at = Resized(lengths, tuple(lengths.get(n, n) for n in found.shape))
            values = {**found.values(0, at), **point.values}
            for name, expected in found.got(values, at).items():
                if name not in got or not np.allclose(got[name], expected, rtol=1e-9, atol=1e-12, equal_nan=True):
                    raise Unspellable(f"bound by hand it gives another value of the gradient of {name}")
    first, second = text.report(POINTS, 0, ""), found.report(POINTS, 0, "")
    if first.verdict != second.verdict:
        raise Unspellable(f"bound by hand it is judged {first.verdict}, and {second.verdict} as it was found")


def _lengths(own: Own) -> set[int]:
    inside = own.construction.primes if own.construction is not None else set()
    return {n for one in own.held for n in shape_of(one.tensors[0])} | {*own.shape} | inside
