"""The derived loss and gradients at the shape of a case, entry by entry as expressions.

The derivation's own array statements are run on arrays of expressions, so that nothing is derived or written twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from gdverify.cases.case import Case
from gdverify.codegen.contractions import spec_of
from gdverify.codegen.nodes import OPERATORS
from gdverify.codegen.program import Statement, needed, program, run
from gdverify.derivation.steps import Derivation
from gdverify.evidence.arithmetic import NUMPY, VIEWS
from gdverify.notation.selectors import HIDDEN
from gdverify.tracing.elementary import Branching
from gdverify.tracing.expression import Expression, Graph
from gdverify.tracing.floats import Floats
from gdverify.tracing.path import Condition
from gdverify.tracing.snapping import simplest

Entries = NDArray[np.object_]  # an array of expressions
RELATIONS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


@dataclass(frozen=True)
class Derived:
    """What the derivation gives.

    Attributes:
        arrays: the arguments, every tensor on the way and what was asked for, by name.
        path: the branches that were taken, at the values of the case.
    """

    arrays: dict[str, Entries]
    path: tuple[Condition, ...]


def derived(
    derivation: Derivation,
    case: Case,
    graph: Graph,
    names: Iterable[str],
    statements: Iterable[Statement] | None = None,
) -> Derived:
    """Expressions of the loss and of adjoints.

    Args:
        derivation: the mathematics.
        case: its sizes are the shape, its values take the branches.
        graph: where the expressions are made.
        names: ``loss``, and names of adjoints such as ``dW1`` or ``da2``.
        statements: other ones than those of the derivation, for example with a slip.
    """
    made = program(derivation)
    every = (*made.loss, *made.every_adjoint) if statements is None else statements
    branching = Branching(graph, Floats(point(case)))
    known = symbols(case, graph)
    sizes = {axis: _array(graph.number(size)) for axis, size in case.sizes.items()}
    values = run(needed(every, names), {**known, **sizes}, table(branching))
    arrays = {name: value for name, value in values.items() if name not in sizes}
    return Derived(arrays, tuple(branching.path.values()))


def label(name: str, index: tuple[int, ...]) -> str:
    """How an entry is called: ``W1[0, 1]``, and a scalar by its own name."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def symbols(case: Case, graph: Graph) -> dict[str, Entries]:
    """A symbol for each entry of each array of a case."""
    # Positions are no numbers to compute with: they are what they are.
    return {
        name: array if array.dtype.kind == "i" else _labelled(name, array.shape, graph)  # type: ignore[misc]
        for name, array in case.arrays.items()
    }


def point(case: Case) -> dict[str, Fraction]:
    """The exact value of each symbol of a case."""
    return {
        label(name, index): Fraction(float(array[index]))
        for name, array in case.arrays.items()
        if array.dtype.kind != "i"
        for index in np.ndindex(array.shape)
    }


def named(arrays: Mapping[str, Entries]) -> dict[int, str]:
    """The places of the nodes that are entries of arrays, and what they are called; of several the first name."""
    found: dict[int, str] = {}
    for name, array in arrays.items():
        for index in np.ndindex(array.shape):
            entry: Any = array[index]
            if not entry.is_number:
                found.setdefault(entry.place, label(name, index))
    return found


def table(branching: Branching) -> Mapping[str, Callable[..., Any]]:
    """The arithmetic of arrays of expressions."""
    graph = branching.graph
    add: Any = np.frompyfunc(graph.add, 2, 1, identity=graph.number(0))
    sub = np.frompyfunc(graph.sub, 2, 1)
    mul: Any = np.frompyfunc(graph.mul, 2, 1)
    div = np.frompyfunc(graph.div, 2, 1)

    def total(axes: tuple[int, ...] | None, a: Entries) -> Entries:
        return _array(add.reduce(a, axis=axes))

    def peak(axes: tuple[int, ...] | None, a: Entries) -> Entries:
        """Nothing depends on a shift, which is there for rounding alone: here it is 0."""
        return mul(total(axes, a), graph.number(0))

    def winner(axes: tuple[int, ...] | None, a: Entries) -> NDArray[Any]:
        """The path that is taken decides which is the largest; the first of equal ones."""
        lines = np.moveaxis(a, axes[0] if axes else 0, -1)
        made = np.zeros(lines.shape[:-1], dtype=np.int64)
        for at in np.ndindex(made.shape):
            for k in range(1, lines.shape[-1]):
                if branching.compare(">", lines[(*at, k)], lines[(*at, made[at])]):
                    made[at] = k
        return made

    def placed(axis: int, dy: Entries, at: NDArray[Any], size: Entries) -> Entries:
        length = _length(size)
        chosen = np.arange(length).reshape((-1, *[1] * (dy.ndim - axis))) == np.expand_dims(at, axis)
        return np.where(chosen, np.expand_dims(dy, axis), zero)

    def added_up(_: None, dy: Entries, at: NDArray[Any], size: Entries) -> Entries:
        made = np.full((_length(size), *dy.shape[at.ndim :]), zero[()], dtype=object)
        for place in np.ndindex(at.shape):
            made[at[place]] = add(made[at[place]], dy[place])
        return made

    zero, hidden = (_array(graph.number(k)) for k in (0, -HIDDEN))

    def windows(detail: tuple[Any, ...], a: Entries, *counts: Entries) -> Entries:
        """Entries read at the places where windows of their numbers have them; number 0 is outside."""
        numbers = 1 + np.arange(a.size).reshape(a.shape)
        found = NUMPY["windows"](detail, numbers, *map(_length, counts))
        return np.concatenate([zero.reshape(1), a.ravel()])[found]

    def overlapped(detail: tuple[Any, ...], a: Entries, *sizes: Entries) -> Entries:
        axis, axes, *how = detail
        lengths = tuple(map(_length, sizes))
        made = np.full((*a.shape[:axis], *lengths, *a.shape[axis + 2 * axes :]), zero[()], dtype=object)
        numbers = 1 + np.arange(math.prod(lengths)).reshape(lengths)
        middle = axis + axes
        found = NUMPY["windows"]((0, axes, *how), numbers, *a.shape[middle : middle + axes], *a.shape[axis:middle])
        before = (slice(None),) * axis
        for at in np.argwhere(found):
            place = (*before, *np.unravel_index(found[tuple(at)] - 1, lengths))
            made[place] = add(made[place], a[(*before, *at)])
        return made

    def padded(detail: tuple[int, int], a: Entries, before: Entries, behind: Entries) -> Entries:
        axis, rank = detail
        widths = [(0, 0)] * rank
        widths[axis] = (_length(before), _length(behind))
        return np.pad(a, widths, constant_values=zero[()])

    def matmul(_: None, a: Entries, b: Entries) -> Entries:
        if b.ndim == 1:
            return total((-1,), mul(a, b))
        return total((-2,), mul(a[..., None], b if a.ndim == 1 else b[..., None, :, :]))

    def einsum(spec: str, *operands: Entries) -> Entries:
        read, kept = spec.split("->")
        given = read.split(",")
        letters = kept + "".join(sorted({*read} - {*kept, ","}))
        product: Any = graph.number(1)
        for own, operand in zip(given, operands, strict=True):
            # A view: a diagonal where a letter repeats, the axes in the order of all letters, length 1 where one lacks.
            view = np.einsum(f"{own}->{''.join(letter for letter in letters if letter in own)}", operand)
            product = mul(product, view[tuple(slice(None) if letter in own else None for letter in letters)])
        return total(tuple(range(len(kept), len(letters))), _array(product))

    def power(exponent: sympy.Rational, a: Entries) -> Entries:
        return _mapped(partial(branching.power, Fraction(int(exponent.p), int(exponent.q))), a)

    def compared(relation: str) -> Callable[..., Any]:
        compare = np.frompyfunc(partial(branching.compare, relation), 2, 1)
        return lambda _, a, b: np.asarray(compare(a, b), dtype=bool)

    def called(function: str) -> Callable[..., Entries]:
        return lambda _, a: _mapped(partial(branching.call, function), a)

    own: dict[str, Callable[..., Any]] = {
        **{name: _seen(view) for name, view in VIEWS.items()},
        **{name: NUMPY[name] for name in ("broadcast", "full_like", "where")},
        "odd": lambda _, size: _mapped(lambda entry: graph.number(entry.detail % 2), size),
        **{name: compared(relation) for name, relation in RELATIONS.items()},
        "count": lambda _, size: _length(size),
        "number": lambda value: _array(graph.number(Fraction(int(value.p), int(value.q)))),
        # What code that is traced has for it: see `gdverify.tracing.proxy`.
        "pi": lambda _: _array(graph.number(simplest(math.pi))),
        # Only what a branch that is not taken would overflow by is held.
        "minimum": lambda _, a, b: a,
        "add": lambda _, a, b: _array(add(a, b)),
        "sub": lambda _, a, b: _array(sub(a, b)),
        "mul": lambda _, a, b: _array(mul(a, b)),
        "div": lambda _, a, b: _array(div(a, b)),
        "neg": lambda _, a: _mapped(graph.neg, a),
        "pow": power,
        "sum": total,
        "peak": peak,
        "winner": winner,
        "largest_at": winner,
        "picked": NUMPY["picked"],
        "placed": placed,
        "rows": NUMPY["rows"],
        "added_up": added_up,
        "reshape": lambda _, a, *sizes: a.reshape(tuple(map(_length, sizes))),
        "part": lambda axis, a, *ends: NUMPY["part"](axis, a, *map(_length, ends)),
        "pad": padded,
        "repeated": lambda axis, a, times: np.repeat(a, _length(times), axis),
        "causal": lambda _, __, q, k: np.where(np.tri(_length(q), _length(k)) > 0, zero, hidden),
        "windows": windows,
        "overlapped": overlapped,
        "matmul": matmul,
        "einsum": einsum,
        "stacked": einsum,
        "tensordot": lambda axes, a, b: einsum(spec_of(axes, (a.ndim, b.ndim)), a, b),
        "copy": lambda _, a: a,
        "cast": lambda _, a, like: a,
    }
    # Every other operator is a function of one entry.
    return own | {name: called(name) for name in OPERATORS if name not in own and name != "name"}


def _seen(view: Callable[..., Any]) -> Callable[..., Entries]:
    return lambda detail, *given: _array(view(detail, *given))


def _mapped(function: Callable[[Expression], Expression], a: Entries) -> Entries:
    return _array(np.frompyfunc(function, 1, 1)(a))


def _array(value: Any) -> Entries:
    # NumPy hands out a bare object in place of an array without axes.
    return np.asarray(value, dtype=object)


def _length(size: Entries) -> int:
    """A size that the statements were given as a number."""
    number: Any = size[()]
    return int(number.detail)


def _labelled(name: str, shape: tuple[int, ...], graph: Graph) -> Entries:
    made = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        made[index] = graph.symbol(label(name, index))
    return made
