"""A unit's own calls on symbols: what its forward pass computes, as an expression, and its gradients, as expressions.

Everything that goes in, and the gradient from behind, is replaced by symbols, and the calls are made once, on one
object, as they are on floats. Data that is chosen from a few values, such as labels and one-hot targets, keeps its
values: what is derived holds for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gdverify.auditing.confinement import limited, quiet
from gdverify.auditing.ladder.tracing import Entry, entries, given, inner, lines_of, on_elements
from gdverify.binding.calling import rules, running
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Environment, Place, get, put
from gdverify.binding.calling.randomness import fixed
from gdverify.binding.calling.running import SELF, Held
from gdverify.binding.gradients.following import UPSTREAM
from gdverify.binding.gradients.gradients import Found
from gdverify.binding.own.resizing import Resized
from gdverify.tracing.adjoints import gradient
from gdverify.tracing.arrays import Traced as Elements
from gdverify.tracing.arrays import cells
from gdverify.tracing.derived import Entries, label
from gdverify.tracing.expression import Expression, Graph, walked
from gdverify.tracing.lines import Code, Line
from gdverify.tracing.modules import reached
from gdverify.tracing.naming import Names
from gdverify.tracing.path import Condition
from gdverify.tracing.proxy import Exchange
from gdverify.tracing.snapping import snapped
from gdverify.tracing.symbols import Symbol, Symbols

if TYPE_CHECKING:
    from gdverify.binding.own.forward import Own, Values

Objects = NDArray[np.object_]

MOST_NODES = 15_000  # of one trace: a layer at a small shape makes a few hundred

# How elements are handed over by what the code takes; what carries tensors of other packages is not traced.
HANDED: Mapping[str, Callable[[Any], Any]] = {
    "array": lambda elements: elements,
    "number": lambda elements: elements.item(),
    "list": lambda elements: elements.tolist(),
}


@dataclass(frozen=True)
class Traced:
    """What a unit computes on one path, at one shape.

    Attributes:
        values, at: the point, whose values take the path, and its sizes.
        graph: of the expressions.
        output: of the forward pass.
        value: ``Σ upstream · output``.
        gradients: by tensor, those of the unit.
        path: the comparisons on the way.
        lines: from `Expression.place` to the user's line that made it first.
        calls: from the place of what a function returned to the user's line that called it.
        names: from `Expression.place` to what the user's code calls it.
        forward: how many nodes the forward pass made; what was made later is of the way back.
    """

    values: Values
    at: Resized
    graph: Graph
    output: Entries
    value: Expression
    gradients: Mapping[str, Entries]
    path: tuple[Condition, ...]
    lines: Mapping[int, Line]
    calls: Mapping[int, Line]
    names: Mapping[int, str]
    forward: int

    @cached_property
    def derivative(self) -> dict[str, Entries]:
        """The gradients of `value`, by tensor."""
        slopes = gradient(self.graph, self.value)
        zero = self.graph.number(0)
        return {
            name: _labelled(name, array.shape, lambda symbol: slopes.get(symbol, zero))
            for name, array in self.gradients.items()
        }

    @cached_property
    def operations(self) -> int:
        """How many there are on the way to the output and the gradients."""
        every = [self.value, *(entry for array in self.gradients.values() for entry in array.ravel().tolist())]
        return sum(bool(node.arguments) for node in walked(every))

    @property
    def point(self) -> dict[str, Fraction]:
        """The exact value of each symbol."""
        return point(self.values)

    @property
    def pinned(self) -> dict[str, Fraction]:
        """Those of the symbols that are no variables."""
        return point({name: array for name, array in self.values.items() if is_chosen(array)})


def is_chosen(array: Array) -> bool:
    """Whether an array is of zeros and ones, as one-hot targets are: what holds for them need not hold beside them."""
    return bool(np.isin(array, (0, 1)).all())


def point(values: Values) -> dict[str, Fraction]:
    """The exact value of each symbol at some values."""
    return {
        label(name, index): Fraction(float(array[index]))
        for name, array in values.items()
        if array.dtype.kind == "f"
        for index in np.ndindex(array.shape)
    }


def is_traceable(own: Own) -> bool:
    """Whether everything is handed over as arrays and numbers, and by no other package."""
    called = [getattr(call.callee, "function", None) for call in (own.lead, *own.calls)]
    if any(getattr(function, "__module__", None) == rules.__name__ for function in called):
        return False
    carriers = {one.carrier.name for one in own.held} | {call.carrier.name for call in (own.lead, *own.calls)}
    return carriers <= HANDED.keys()


def on_symbols(own: Own, values: Values, at: Resized, graph: Graph, named: bool = False) -> Traced:
    """Make a unit's calls on symbols.

    Args:
        own: the unit; its calls are made once, in at most their time limit.
        values, at: the point, and its sizes.
        graph: where the expressions are made.
        named: look for what the code calls them, too, which takes most of the time.

    Raises:
        Untraceable: the code needs floats, raises on symbols, or its expressions explode; with the line.
    """
    code = Code(list({id(module): module for root in _roots(own) for module in reached(root)}.values()))
    recorder, names = Symbols(code, graph, MOST_NODES), Names(code)
    listening = names.collecting() if named else nullcontext()
    with on_elements(recorder, running.TIME_LIMIT):
        played = _played(own, values, at, recorder, listening)
    output, upstream = (inner(array, Symbol, "expression") for array in (played.output, played.upstream))
    return Traced(
        values,
        at,
        graph,
        output,
        _total(graph, output, upstream),
        {name: inner(array, Symbol, "expression") for name, array in played.gradients.items()},
        recorder.path,
        lines_of(recorder.places),
        lines_of(names.calls),
        names.found(),
        played.forward,
    )


def _roots(own: Own) -> list[Any]:
    """Where the user's code is entered."""
    made = own.construction
    makes = [] if made is None else [made.make, *made.arguments.values(), *made.choice.values()]
    called = (getattr(call.callee, "function", None) for call in (own.lead, *own.calls))
    return [one for one in (*makes, *called) if callable(one)]


@dataclass(frozen=True)
class _Played:
    """What the calls gave, of elements."""

    output: Objects
    upstream: Objects
    gradients: Mapping[str, Objects]
    forward: int


def _played(
    own: Own, values: Values, at: Resized, numbers: Symbols, listening: AbstractContextManager[None]
) -> _Played:
    elements = {
        name: given(name, array, numbers, _entry(own, name, numbers)) for name, array in _floats(values).items()
    }
    upstream = elements[UPSTREAM]
    behind = cells(upstream, numbers).copy()  # the code may write into what it is handed
    with limited(running.TIME_LIMIT, _played.__code__), quiet(), listening:
        environment: dict[str, Any] = {} if own.construction is None else {SELF: own.construction.build(at.lengths)}
        with fixed(environment.get(SELF)):
            _exchange_held(environment.get(SELF), Exchange(numbers))
            for one in own.held:
                _store(one, environment, values, elements)
            own.lead.make(environment)
            output = cells(get(environment, own.output), numbers).copy()  # what is returned may be written into
            forward = len(numbers.graph)
            environment[UPSTREAM] = HANDED[own.lead.carrier.name](upstream) if upstream.shape else upstream.item()
            before = {place: cells(get(environment, place), numbers).copy() for place in map(_start, _changes(own))}
            for call in own.calls:
                call.make(environment)
    found: dict[str, Objects] = {}
    for known in own.gradients:
        after = cells(get(environment, known.held.place), numbers)
        if known.rate is not None:
            after = (before[_start(known)] - after) / known.rate
        parts = known.held.read(after, at.sizes_of(known.held.tensors))
        found |= {name: part * behind if known.slope else part for name, part in parts.items()}
    gradients = {name: entries(name, part, values[name].shape, numbers) for name, part in found.items()}
    shape = behind.shape if output.ndim else ()
    return _Played(entries(str(own.output), output, shape, numbers), behind, gradients, forward)


def _floats(values: Values) -> dict[str, Array]:
    return {name: array for name, array in values.items() if array.dtype.kind == "f"}


def _entry(own: Own, name: str, numbers: Symbols) -> Entry:
    """A symbol for each entry, but for the weights of a mean or a sum over samples, which are numbers."""
    if name == UPSTREAM and own.reduction:
        return lambda _, value: numbers.number(snapped(value))
    return numbers.symbol


def _exchange_held(made: Any, exchange: Exchange) -> None:
    """What an object holds of NumPy's, such as a generator, is exchanged as its module's globals are."""
    for name, value in list(getattr(made, "__dict__", {}).items()):
        exchanged = exchange(value)
        if exchanged is not value:
            setattr(made, name, exchanged)


def _store(one: Held, environment: Environment, values: Values, elements: Mapping[str, Elements]) -> None:
    name = one.tensors[0].name
    if name in elements:
        put(environment, one.place, HANDED[one.carrier.name](elements[name]))
    else:  # whole numbers, which nothing is differentiated by
        one.store(environment, values)


def _changes(own: Own) -> list[Found]:
    """The gradients that show in what a call changes."""
    return [one for one in own.gradients if one.rate is not None]


def _start(one: Found) -> Place:
    return one.start or one.held.place


def _total(graph: Graph, output: Entries, upstream: Entries) -> Expression:
    """``Σ upstream · output``, or the output where that is one number."""
    if not output.ndim:
        return output.item()
    products = map(graph.mul, output.ravel().tolist(), upstream.ravel().tolist())
    return reduce(graph.add, products, graph.number(0))


def _labelled(name: str, shape: tuple[int, ...], made: Callable[[str], Expression]) -> Entries:
    """An array of what is made for the symbol of each entry."""
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        array[index] = made(label(name, index))
    return array
