"""What the user's code calls an expression: its locals, and the attributes of its objects, when a function returns."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.tracing.arrays import Traced, raw
from gdverify.tracing.derived import label
from gdverify.tracing.lines import Code
from gdverify.tracing.symbols import Symbol

MOST_ENTRIES = 200_000  # looked at in one trace; beyond it nothing is named
DEEPEST = 3  # self.layers[0].W

# How far a name is from what stands in the code: da1 is nearer than cache["a1"] or net.layers[0].dW. Among equals the
# last, since the caller returns last and its name is the one that the reader knows.
Nearness = tuple[int, int, str]  # distance, order, name of the array


class Names:
    """Collects names while the user's functions return."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._named: dict[int, dict[str, Nearness]] = {}
        self._means: dict[str, tuple[Any, ...]] = {}
        self._ambiguous: set[str] = set()
        self._left = MOST_ENTRIES

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Listen to returns; another profiler is put back."""
        before = sys.getprofile()
        sys.setprofile(self._profile)
        try:
            yield
        finally:
            sys.setprofile(before)

    def found(self) -> dict[int, str]:
        """From `Expression.place` to the nearest of the names that mean this expression and no other."""
        found: dict[int, str] = {}
        for place, names in sorted(self._named.items()):
            own = [entry for entry, (_, _, name) in names.items() if name not in self._ambiguous]
            if own:
                found[place] = min(own, key=names.__getitem__)
        return found

    def _profile(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "return" and self._left > 0 and self._code.holds(frame):
            for name, value in frame.f_locals.items():
                if name.isidentifier():  # a comprehension's own has none
                    self._look(name, value, 0, DEEPEST)

    def _look(self, name: str, value: Any, distance: int, depth: int) -> None:
        if isinstance(value, (Symbol, Traced)):
            self._note(name, raw(value), distance)
        elif depth > 0:
            for inner, part, further in _inside(name, value, self._code):
                self._look(inner, part, distance + further, depth - 1)

    def _note(self, name: str, entries: NDArray[Any], distance: int) -> None:
        self._left -= entries.size
        if self._left < 0 or not all(isinstance(cell, Symbol) for cell in entries.flat):
            return
        meaning = (entries.shape, tuple(cell.expression.place for cell in entries.flat))
        if self._means.setdefault(name, meaning) != meaning:
            self._ambiguous.add(name)
        for index, cell in np.ndenumerate(entries):
            if cell.expression.operator not in ("number", "symbol"):
                names = self._named.setdefault(cell.expression.place, {})
                names[label(name, index)] = (distance, self._left, name)


def _inside(name: str, value: Any, code: Code) -> Iterator[tuple[str, Any, int]]:
    """The parts of a container or of a user's object, with their names and how much further they are."""
    if isinstance(value, dict):
        yield from ((f"{name}[{key!r}]", part, 1) for key, part in value.items() if isinstance(key, (str, int)))
    elif isinstance(value, (list, tuple)):
        yield from ((f"{name}[{k}]", part, 1) for k, part in enumerate(value))
    elif hasattr(type(value), "__module__") and code.defines(type(value)):
        yield from (
            (f"{name}.{key}", part, int(name != "self")) for key, part in getattr(value, "__dict__", {}).items()
        )
