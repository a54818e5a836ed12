"""Run a subject's own code, unchanged, on elements that are not floats: symbols that record expressions, and balls.

The case's arrays are replaced by arrays of elements that pass for arrays of floats, and NumPy in the user's modules by
a stand-in (`gdverify.tracing`). What comes back is not the value of the gradient but the gradient itself: the formula
that the code computes in every case that takes the same branches, or its value to any number of digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.auditing.confinement import TooLong, limited, quiet
from gdverify.auditing.execution import by_tensor, shapes_of
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Recovered, Subject
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation
from gdverify.errors import UsageError, described
from gdverify.extras import MissingExtra
from gdverify.tracing import symbols
from gdverify.tracing.arrays import Traced, cells, traced
from gdverify.tracing.ball_elements import Ball, Balls
from gdverify.tracing.balls import Arb
from gdverify.tracing.derived import label
from gdverify.tracing.elements import Element, Numbers, Unbounded
from gdverify.tracing.expression import Expression, Graph
from gdverify.tracing.lines import Code, Line, Place, Undecided, Untraceable, line_at
from gdverify.tracing.modules import exchanged, reached
from gdverify.tracing.naming import Names
from gdverify.tracing.path import Condition
from gdverify.tracing.proxy import BUILTINS, Exchange

Objects = NDArray[np.object_]
Entry = Callable[[str, float], Element]  # from the name and the value of an entry of the case
LEAST_BITS = 2
MOST_BITS = 1_000_000


@dataclass(frozen=True)
class Trace:
    """What a subject computes in every case on one path, at one shape.

    Attributes:
        graph: of the expressions.
        case: whose values took the branches.
        gradients: arrays of `Expression`, each in its tensor's shape.
        loss: None where the subject returns none.
        path: the comparisons on the way.
        lines: from `Expression.place` to the user's line that made it first.
        calls: from the place of what a function returned to the user's line that called it.
        names: from `Expression.place` to what the user's code calls it, for example ``da1[0, 1]``.
    """

    graph: Graph
    case: Case
    gradients: dict[str, Objects]
    loss: Expression | None
    path: tuple[Condition, ...]
    lines: Mapping[int, Line]
    calls: Mapping[int, Line]
    names: Mapping[int, str]


def trace(subject: Subject, derivation: Derivation, case: Case, graph: Graph, named: bool = True) -> Trace:
    """Run a subject on symbols, named as ``W1[0, 1]`` or, without axes, ``w``.

    Args:
        subject: its code runs once, in at most its time limit.
        derivation: what it is judged against; says the names and shapes of the gradients.
        case: in float64; its values take the branches.
        graph: where the expressions are made.
        named: look for what the code calls them, too, which takes most of the time.

    Raises:
        Untraceable: the code needs floats, raises on symbols, or its expressions explode; with the line.
        UsageError: the case is not in float64.
    """
    _refuse_short(case)
    _refuse_large(case)
    code = Code(reached(subject.function))
    recorder, names = symbols.Symbols(code, graph), Names(code)
    listening = names.collecting() if named else nullcontext()
    result = _run(subject, derivation, case, recorder, recorder.symbol, listening)
    expressions = {name: inner(array, symbols.Symbol, "expression") for name, array in result.items()}
    loss: Any = expressions.pop("loss", None)
    return Trace(
        graph,
        case,
        expressions,
        None if loss is None else loss[()],
        recorder.path,
        lines_of(recorder.places),
        lines_of(names.calls),
        names.found(),
    )


def lines_of(places: Mapping[int, Place]) -> dict[int, Line]:
    texts = {at: line_at(at) for at in dict.fromkeys(places.values())}
    return {place: texts[at] for place, at in places.items()}


def on_balls(subject: Subject, derivation: Derivation, case: Case, bits: int) -> dict[str, Objects]:
    """The gradients, and ``loss`` where there is one, as arrays of balls that enclose what the code means.

    Args:
        subject: its code runs once, in at most its time limit.
        derivation: what it is judged against; says the names and shapes of the gradients.
        case: in float64; its values are taken as exact.
        bits: the working precision.

    Raises:
        Untraceable: the code needs floats, or raises on balls; with the line.
        Undecided: the code compares balls that overlap at this precision.
        MissingExtra: python-flint is not installed.
        UsageError: the case is not in float64, or the precision makes no sense.
    """
    _refuse_short(case)
    if isinstance(bits, bool) or not isinstance(bits, int) or not LEAST_BITS <= bits <= MOST_BITS:
        raise UsageError(f"bits={bits!r}: expected a whole number from {LEAST_BITS} to {MOST_BITS:,}.")
    arb = Arb()
    balls = Balls(Code(reached(subject.function)), arb)
    with arb.precision(bits):
        result = _run(subject, derivation, case, balls, lambda name, value: balls.entry(value), nullcontext())
        return {name: inner(array, Ball, "ball") for name, array in result.items()}


def _refuse_short(case: Case) -> None:
    if case.dtype != np.float64:
        raise UsageError(f"case.dtype={case.dtype}: expected float64, whose values take the branches of exact code.")


def _refuse_large(case: Case) -> None:
    # Each entry is a node: they would take more memory than all the rest of an audit, and then be given up.
    if case.entries > symbols.MOST_NODES:
        said = f"{case.entries:,} entries are more than {symbols.MOST_NODES:,} nodes"
        raise Untraceable(symbols.EXPLODES.format(said), None)


def _run(
    subject: Subject,
    derivation: Derivation,
    case: Case,
    numbers: Numbers,
    entry: Entry,
    listening: AbstractContextManager[None],
) -> dict[str, Objects]:
    """What the subject returns on elements, by tensor; ``listening`` is entered while its code runs."""
    elements = case.replaced(**{name: given(name, array, numbers, entry) for name, array in case.arrays.items()})
    with on_elements(numbers, subject.time_limit):
        returned = _returned(subject, elements, listening)
        shapes = {"loss": (), **shapes_of(derivation, case)}
        named = by_tensor(returned, subject, derivation, case)
        return {name: entries(name, value, shapes[name], numbers) for name, value in named.items()}


@contextmanager
def on_elements(numbers: Numbers, time_limit: float) -> Iterator[None]:
    """Exchange what the user's modules mean by NumPy; whatever their code raises, what is raised says where.

    Args:
        numbers: the elements, which know the modules.
        time_limit: of the code that runs inside, for the message.

    Raises:
        Untraceable: the code needs floats, raises on elements or takes too long; with the line.
        Undecided: it compares balls that overlap.
        MissingExtra: it needs a package that is not installed.
    """
    try:
        with exchanged(numbers.code.modules, Exchange(numbers), BUILTINS):
            yield
            if numbers.stopped is not None:  # and the user's own handler has dealt with it
                raise numbers.stopped
    except TooLong:
        reason = f"takes more than time_limit={time_limit:g} seconds on elements that are no floats"
        raise Untraceable(reason, None) from None
    except (Untraceable, Undecided, MissingExtra):
        raise
    except (Exception, SystemExit) as error:
        reason = described(error) if isinstance(error, Problem) else f"raises on elements: {described(error)}"
        raise numbers.stopped or Untraceable(reason, numbers.code.raised(error)) from error


def _returned(subject: Subject, given: Case, listening: AbstractContextManager[None]) -> Any:
    with limited(subject.time_limit, _returned.__code__), quiet(), listening:
        return subject(given)


def given(name: str, array: NDArray[Any], numbers: Numbers, entry: Entry) -> Traced:
    """An array with an element for each entry."""
    made = np.empty(array.shape, dtype=object)
    for index, value in np.ndenumerate(array):
        made[index] = entry(label(name, index), float(value))
    return traced(made, numbers)


def entries(name: str, value: Any, shape: tuple[int, ...], numbers: Numbers) -> Objects:
    """What was returned for a tensor, in its shape."""
    found = cells(value.value if isinstance(value, Recovered) else value, numbers)
    if found.shape != shape:
        numbers.refuse(f"what is returned for {name} has shape={found.shape}: expected exactly {shape}")
    if any(isinstance(cell, Unbounded) for cell in found.flat):
        numbers.refuse(f"what is returned for {name} is not finite, as far as the code is concerned")
    return found


def inner(array: Objects, kind: type[Element], attribute: str) -> Objects:
    """What the elements stand for, in an array of its own."""
    made = np.empty(array.shape, dtype=object)
    for index, cell in np.ndenumerate(array):
        assert isinstance(cell, kind)
        made[index] = getattr(cell, attribute)
    return made
