"""Index notation by explicit loops: an equation, or a definition of a normal form, entry by entry on exact numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np
import sympy

from gdverify.derivation.graph import Definition, Reference, Term, slot
from gdverify.notation.axes import Axis, Extent, Index, leading
from gdverify.notation.composition import Application, Composition
from gdverify.notation.positions import Position
from gdverify.notation.reductions import Reduction, Whole
from gdverify.notation.selectors import HIDDEN, Causal, Constant, Selector
from gdverify.notation.tensors import Entry, Tensor
from tests.oracles.exact import Number, added, evaluate, first_largest, largest

Values = dict[Tensor, np.ndarray]
Sizes = Mapping[str, int]

# What a reduction takes.
TAKEN: dict[str, Callable[[list[Number]], Number]] = {
    "total": added,
    "peak": largest,
    "largest": largest,
    "winner": first_largest,
}


def positions(axes: Iterable[Axis], sizes: Sizes) -> Iterator[tuple[int, ...]]:
    """Every position of an array with the given axes."""
    return product(*(range(sizes[axis.name]) for axis in axes))


def empty(tensor: Tensor, sizes: Sizes) -> np.ndarray:
    """An array for numbers of any kind."""
    return np.empty(tuple(sizes[axis.name] for axis in tensor.axes), dtype=object)


def size_values(sizes: Sizes) -> dict[sympy.Symbol, Number]:
    """The symbols of the sizes with their numbers."""
    return {Axis(name, name).size: Fraction(size) for name, size in sizes.items()}


class Lazy:
    """An array whose entries are computed when they are read: a step of a recurrence reads another one."""

    def __init__(self, made: np.ndarray, entry: Callable[[tuple[int, ...]], Number]) -> None:
        self.made, self.entry, self.shape = made, entry, made.shape

    def __getitem__(self, at: tuple[int, ...]) -> Number:
        if self.made[at] is None:
            self.made[at] = self.entry(at)
        return self.made[at]

    def whole(self) -> np.ndarray:
        """The array with every entry."""
        for at in np.ndindex(self.shape):
            self[at]
        return self.made


def evaluated(definitions: Iterable[Definition], values: Values, sizes: Sizes) -> Values:
    """The values together with those of every definition."""
    known: dict[Tensor, Any] = dict(values)
    made = [*definitions]
    for definition in made:
        known[definition.tensor] = Lazy(empty(definition.tensor, sizes), partial(_value, definition, known, sizes))
    return {**values, **{definition.tensor: known[definition.tensor].whole() for definition in made}}


def _value(definition: Definition, known: Values, sizes: Sizes, at: tuple[int, ...]) -> Number:
    return added([_entry(part, at, known, sizes) for part in definition.terms])


def _entry(part: Term, free: tuple[int, ...], values: Values, sizes: Sizes) -> Number:
    constants = size_values(sizes)
    summands = []
    for bound in positions(part.reduced, sizes):
        at = (*free, *bound)
        # What a constant makes 0 is not read: it may be of a step that is not known yet.
        chosen = (ref for ref in part.operands if isinstance(ref.tensor, Selector))
        if not all(read(ref.tensor, _at(ref, at), values, sizes) for ref in chosen):
            continue
        found = {slot(k): read(ref.tensor, _at(ref, at), values, sizes) for k, ref in enumerate(part.operands)}
        summands.append(evaluate(part.body, {**constants, **found}))
    return TAKEN[part.reduction](summands)


def _at(ref: Reference, at: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(at[place] for place in ref.places)


def read(tensor: Tensor, at: tuple[int, ...], values: Values, sizes: Sizes) -> Number:
    """An entry of a tensor, or of a constant."""
    return holds(tensor, at, values, sizes) if isinstance(tensor, Constant) else values[tensor][at]


def holds(selector: Constant, at: tuple[int, ...], values: Values, sizes: Sizes) -> Fraction:
    """1 where the position is that of the axis, else 0; what hides keys is 0 up to the query."""
    if isinstance(selector, Causal):
        return Fraction(0 if at[1] <= at[0] else -HIDDEN)
    assert isinstance(selector, Selector)
    read, *steps = at
    if selector.found_in is not None:
        return Fraction(int(values[selector.found_in][tuple(steps)] == read))
    numbers = {symbol: sympy.Integer(int(n)) for symbol, n in size_values(sizes).items()}
    position = selector.start + sum(a * b for a, b in zip(selector.strides, steps, strict=True))
    return Fraction(int(position.xreplace(numbers) == read))


def composed(composition: Composition, values: Values, sizes: Sizes) -> Values:
    """The values together with the result of every operation, each by its own equation."""
    known: dict[Tensor, Any] = dict(values)
    for application in composition.applications:
        known[application.result] = Lazy(empty(application.result, sizes), _applied(application, known))
    return {**values, **{a.result: known[a.result].whole() for a in composition.applications}}


def _applied(application: Application, values: Values) -> Callable[[tuple[int, ...]], Number]:
    operation, operands = application.operation, application.operands
    equation = operation.equation(len(operation.bind(operands)[leading]))

    @cache
    def surroundings() -> tuple[Values, dict[str, int]]:
        # Looked up when the first entry is computed: a recurrence reads what is composed after it.
        arrays = {formal: values[actual] for formal, actual in zip(equation.operands, operands, strict=True)}
        local = {a.name: size for formal in arrays for a, size in zip(formal.axes, arrays[formal].shape, strict=True)}
        for index in (*equation.indices, *equation.expression.atoms(Index)):
            if isinstance(index.axis, Extent):
                local[index.axis.name] = index.axis.value(local)
        return arrays, local

    def entry(at: tuple[int, ...]) -> Number:
        return _by_equation(equation.expression, dict(zip(equation.indices, at, strict=True)), *surroundings())

    return entry


def _by_equation(
    expression: sympy.Expr, at: Mapping[Index, int], arrays: Mapping[Tensor, np.ndarray], sizes: Sizes
) -> Number:
    """The value of an equation where its free indices have values: sums are loops, entries are read."""
    expression = expression.replace(Whole, lambda part, *_: part)
    read: dict[sympy.Expr, sympy.Symbol] = {}
    numbers = size_values(sizes)
    for part in _outermost(expression):
        symbol = read.setdefault(part, sympy.Dummy(real=True))
        if isinstance(part, Entry):
            numbers[symbol] = _entry_of(part, at, arrays, sizes)
        else:
            numbers[symbol] = _reduced(part, at, arrays, sizes)
    return evaluate(expression.xreplace(read), numbers)


def _entry_of(entry: Entry, at: Mapping[Index, int], arrays: Mapping[Tensor, np.ndarray], sizes: Sizes) -> Number:
    """An entry where its indices have values; what lies outside is 0."""
    if isinstance(entry.tensor, Constant):
        return holds(entry.tensor, tuple(at[index] for index in entry.indices), {}, sizes)
    values = {**at, **{symbol: sympy.Integer(int(n)) for symbol, n in size_values(sizes).items()}}

    def place(found: Index | Position) -> int:
        if isinstance(found, Index):
            return at[found]
        held = found.found_in
        return int(found.renamed({}).xreplace(values) if held is None else _entry_of(held, at, arrays, sizes))

    array, read = arrays[entry.tensor], tuple(map(place, entry.at))
    return array[read] if all(0 <= k < size for k, size in zip(read, array.shape, strict=True)) else Fraction(0)


def _reduced(part: Reduction, at: Mapping[Index, int], arrays: Mapping[Tensor, np.ndarray], sizes: Sizes) -> Number:
    over: Sequence[Index] = part.over
    return TAKEN[part.kind](
        [
            _by_equation(part.body, {**at, **dict(zip(over, bound, strict=True))}, arrays, sizes)
            for bound in positions([index.axis for index in over], sizes)
        ]
    )


def _outermost(expression: sympy.Basic) -> Iterator[sympy.Expr]:
    """Entries and reductions that stand in no other."""
    if isinstance(expression, Entry | Reduction):
        yield expression
    else:
        for argument in expression.args:
            yield from _outermost(argument)
