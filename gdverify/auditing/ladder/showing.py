"""Showing a wrong gradient: the formula that the code computes beside the one it should, and the line that differs.

The smallest shape at which the difference shows is taken, where most sums have one term. What is proved equal to a
tensor or an adjoint of the derivation goes by its name, so that the broken link is what is written out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from gdverify.auditing.ladder.proving import DISTINCT, Confrontation, confront, point_at, sizes_after
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Diagnosis
from gdverify.cases.strategies import Space
from gdverify.codegen.program import program
from gdverify.derivation.steps import Derivation, derive
from gdverify.tracing.contrast import contrast
from gdverify.tracing.derived import Entries, label, named
from gdverify.tracing.expression import Expression, Graph, walked
from gdverify.tracing.formula import formula
from gdverify.tracing.lines import Line
from gdverify.tracing.modular import Signatures
from gdverify.tracing.residues import NoRoot

SHORT = 72  # characters of a formula that needs no other names than those of the forward pass


def show(
    subject: Subject, space: Space, options: Mapping[str, Any], wrong: Sequence[str], seed: int
) -> Iterator[Diagnosis]:
    """The formula, the line, and what is right on the way; nothing where no small shape shows a difference.

    Args:
        subject: the implementation.
        space: the cases that it can take.
        options: of the member of the family.
        wrong: the tensors to be shown, of which the one nearest to the loss is.
        seed: of the points.

    Raises:
        Untraceable: its code needs floats.
    """
    derivation = derive(space.source, **options)
    for pattern in _patterns(len(derivation.composition.axes)):
        case = point_at(derivation, options, sizes_after(space, derivation, pattern), seed)
        found = confront(subject, derivation, case, Graph(), named=True)
        different = [name for name in wrong if found.outcome(name) == "different"]
        if different:
            shown = _Difference(derivation, found, different)
            yield from shown.remarks()
            yield from _right(shown, _wide(subject, space, derivation, options, different, seed), different)
            return


def _wide(
    subject: Subject,
    space: Space,
    derivation: Derivation,
    options: Mapping[str, Any],
    different: Sequence[str],
    seed: int,
) -> _Difference:
    """The same at sizes that are all distinct."""
    case = point_at(derivation, options, sizes_after(space, derivation, DISTINCT), seed)
    return _Difference(derivation, confront(subject, derivation, case, Graph(), named=True), different)


def _right(small: _Difference, wide: _Difference, different: Sequence[str]) -> Iterator[Diagnosis]:
    """The adjoints on the way that are computed at both shapes: at the small one a sum is its mean."""
    wrong = {f"d{name}" for name in different}
    right = [name for name in small.adjoints if name not in wrong and small.computes(name) and wide.computes(name)]
    if right:
        yield Diagnosis("links", f"proved right on the way: {', '.join(right)}")


def _patterns(axes: int) -> Iterator[tuple[int, ...]]:
    """Sizes of the axes: all 1, one of them 2, all 2, all distinct."""
    yield (1,) * max(axes, 1)
    yield from (tuple(1 + (k == place) for k in range(axes)) for place in range(axes))
    yield (2,) * max(axes, 1)
    yield DISTINCT


class _Difference:
    """A subject and the derivation at a point at which they differ."""

    def __init__(self, derivation: Derivation, found: Confrontation, different: Sequence[str]) -> None:
        self.trace, self.right = found.trace, found.right
        self.adjoints = [statement.target for statement in program(derivation).every_adjoint]
        order = {f"d{tensor.name}": k for k, tensor in enumerate(derivation.every_adjoint)}
        self.name = min(different, key=lambda name: order.get(f"d{name}", -1))
        place = next((k for k, d in enumerate(found.decisions[self.name]) if d.outcome == "different"), 0)
        computed = self.trace.loss if self.name == "loss" else self.trace.gradients[self.name]
        array = np.asarray(computed, dtype=object)
        self.index = tuple(int(k) for k in np.unravel_index(place, array.shape))
        self.got: Expression = array[self.index]
        self.expected: Expression = self.right.arrays[self.name if self.name == "loss" else f"d{self.name}"][self.index]

    def remarks(self) -> Iterator[Diagnosis]:
        """The formulas, and the line."""
        what = "the loss" if self.name == "loss" else label(f"d{self.name}", self.index)
        yield Diagnosis(
            "formula", f"{what} computes {self._written(self.got)}, should be {self._written(self.expected)}"
        )
        part, other = contrast(self.got, self.expected, self.trace.graph, self.key)
        if (part, other) != (self.got, self.expected):
            yield Diagnosis("formula", f"where they differ: {self._written(part)} stands for {self._written(other)}")
        line = self._line(part)
        if line is not None:
            yield Diagnosis("line", line)

    @cached_property
    def computed(self) -> list[Expression]:
        """Every expression on the way to what the subject returns."""
        loss = [] if self.trace.loss is None else [self.trace.loss]
        return walked([*loss, *(entry for array in self.trace.gradients.values() for entry in _entries(array))])

    @cached_property
    def key(self) -> Callable[[Expression], tuple[int, Hashable]]:
        """What equal expressions on both sides have in common."""
        known = (entry for array in self.right.arrays.values() for entry in _entries(array))
        try:
            return Signatures(walked([*self.computed, *known]), 0).signature
        except (ZeroDivisionError, NoRoot):  # then only the same expression is known to be equal
            return lambda expression: (1, expression.place)

    @cached_property
    def names(self) -> dict[int, str]:
        """Of tensors of the forward pass, wherever they are computed."""
        return self._equal({name: a for name, a in self.right.arrays.items() if name not in self.adjoints})

    @cached_property
    def every_name(self) -> dict[int, str]:
        """Adjoints too."""
        return {**self._equal({name: self.right.arrays[name] for name in self.adjoints}), **self.names}

    def _equal(self, arrays: Mapping[str, Entries]) -> dict[int, str]:
        """The places of what is equal to an entry of the arrays, with its name."""
        by_key: dict[tuple[int, Hashable], str] = {}
        for name, array in arrays.items():
            for index, entry in zip(np.ndindex(array.shape), _entries(array), strict=True):
                if not entry.is_number:
                    by_key.setdefault(self.key(entry), label(name, index))
        found = {node.place: by_key.get(self.key(node)) for node in self.computed if not node.is_number}
        return {**named(arrays), **{place: name for place, name in found.items() if name is not None}}

    def computes(self, name: str) -> bool:
        """Whether the subject computes every entry of an adjoint."""
        keys = {self.key(node) for node in self.computed if not node.is_number}
        entries = [entry for entry in _entries(self.right.arrays[name]) if not entry.is_number]
        return bool(entries) and all(self.key(entry) in keys for entry in entries)

    def _written(self, expression: Expression) -> str:
        plain = formula(expression, self.names)
        if len(plain) <= SHORT:
            return plain
        return min(plain, formula(expression, self.every_name), key=len)

    def _line(self, part: Expression) -> str | None:
        """The user's line that computes a part, and the one that called it."""
        for node in reversed(walked([part])):
            line = self.trace.lines.get(node.place)
            if line is not None:
                call = self.trace.calls.get(node.place)
                return _said(line) + (f", called at {_said(call)}" if call is not None else "")
        return None


def _said(line: Line) -> str:
    return f"{Path(line.file).name}:{line.number}: {line.code}"


def _entries(array: Entries) -> Iterator[Expression]:
    yield from array.ravel().tolist()
