"""A wrong gradient as a formula: what the code computes beside the derivative of its forward pass, and the line.

The smallest shape at which they differ is taken, all lengths 1 where the unit runs so: there most sums have one term.
What the forward pass computes goes by the names that the code gives it. Formulas that are long say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gdverify.auditing.verdicts import Diagnosis
from gdverify.binding.own.deriving import Derived, derived
from gdverify.binding.own.lengths import axis_size
from gdverify.binding.own.resizing import Resized, fitted
from gdverify.tracing.contrast import contrast
from gdverify.tracing.derived import label
from gdverify.tracing.expression import Expression, walked
from gdverify.tracing.formula import formula
from gdverify.tracing.lines import Line, Untraceable
from gdverify.tracing.modular import Signatures
from gdverify.tracing.residues import NoRoot

if TYPE_CHECKING:
    from gdverify.binding.own.forward import Own

LONGEST = 320  # characters that are still read


def shown(own: Own, different: Mapping[str, Derived]) -> Iterator[Diagnosis]:
    """The formulas of the first entry that differs, and the line.

    Args:
        own: the unit.
        different: the tensors that differ, and where they do.
    """
    name, found = next(iter(different.items()))
    for at in _sizes(own, found.traced.at):
        with suppress(Untraceable):
            small = derived(own, own.values(0, at), at, named=True)
            if small.outcome(name) == "different":
                yield from _remarks(small, name)
                return


def _sizes(own: Own, largest: Resized) -> Iterator[Resized]:
    """All lengths 1 where the unit runs so, then those at which it is judged, up to those at which it was traced."""
    ones = fitted(own, Resized({axis_size(axis): 1 for one in own.held for axis in one.tensors[0].axes}))
    yield from () if ones is None else (ones,)
    smaller = (at for at in own.resized if _entries(own, at) < _entries(own, largest))
    yield from sorted(smaller, key=lambda at: _entries(own, at))
    yield largest


def _entries(own: Own, at: Resized) -> int:
    """How many numbers go in."""
    return sum(int(np.prod(at.shape_of(one.tensors[0]))) for one in own.held)


def _remarks(found: Derived, name: str) -> Iterator[Diagnosis]:
    trace = found.traced
    place = next(k for k, one in enumerate(found.decisions[name]) if one.outcome == "different")
    index = tuple(int(k) for k in np.unravel_index(place, trace.gradients[name].shape))
    got, expected = trace.gradients[name][index], trace.derivative[name][index]
    names = {node.place: trace.names[node.place] for node in walked([trace.value]) if node.place in trace.names}
    said = f"{label(f'd{name}', index)} computes {formula(got, names)}, should be {formula(expected, names)}"
    part, other = contrast(got, expected, trace.graph, _key(got, expected))
    narrower = f"where they differ: {formula(part, names)} stands for {formula(other, names)}"
    for message in (said, *([narrower] if (part, other) != (got, expected) else [])):
        if len(message) <= LONGEST:
            yield Diagnosis("formula", message)
    line = _line(found, part) or _line(found, got)
    if line is not None:
        yield Diagnosis("line", line)


def _key(got: Expression, expected: Expression) -> Callable[[Expression], tuple[int, Hashable]]:
    """What equal expressions have in common."""
    try:
        return Signatures(walked([got, expected]), 0).signature
    except (ZeroDivisionError, NoRoot):  # then only the same expression is known to be equal
        return lambda expression: (1, expression.place)


def _line(found: Derived, part: Expression) -> str | None:
    """The user's line on the way back that computes a part, and the one that called it."""
    trace = found.traced
    for node in reversed(walked([part])):
        line = trace.lines.get(node.place)
        if line is not None and node.place >= trace.forward:
            call = trace.calls.get(node.place)
            return _said(line) + (f", called at {_said(call)}" if call is not None else "")
    return None


def _said(line: Line) -> str:
    return f"{Path(line.file).name}:{line.number}: {line.code}"
