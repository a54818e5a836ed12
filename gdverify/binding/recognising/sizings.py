"""The widths of a network whose parameters come in one vector: from its arguments, its file, or its data alone.

Widths that are passed are primes, all different, and so are those that only the data show. What the code reads from
its file, ``HIDDEN = 25`` or ``layers = [400, 25, 10]``, is as it is written there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gdverify.binding.calling.constructing import BATCH, HIDDEN, INPUTS, OUTPUTS
from gdverify.binding.files.plan import all_reads
from gdverify.binding.recognising.names import CONSTRUCTOR, meanings

DEEPEST = 3
MOST_WAYS = 6  # to give sizes to arguments whose names say nothing
LARGEST = 10_000  # a width; what is larger counts something else
ENDS = ("inputs", "outputs")
LISTS = ("layers", "hidden list")


@dataclass(frozen=True)
class Sizing:
    """Widths from the inputs to the outputs.

    Attributes:
        widths: of the layers.
        given: what arguments are given, by name: widths, or a list of them.
        written: whether the code fixes them.
    """

    widths: tuple[int, ...]
    given: Mapping[str, Any] = field(default_factory=dict)
    written: bool = False

    @property
    def hidden(self) -> int:
        """How many hidden layers there are."""
        return len(self.widths) - 2

    @property
    def sizes(self) -> dict[str, int]:
        """The size of each axis."""
        names = ["inputs", *(f"hidden{k}" for k in range(1, self.hidden + 1)), "outputs"]
        return {"batch": BATCH, **dict(zip(names, self.widths, strict=True))}

    @property
    def fixed(self) -> dict[str, int]:
        """The axes that have one size: those of one entry, and all where the code fixes them."""
        return {name: n for name, n in self.sizes.items() if name != "batch" and (self.written or n == 1)}


def sizings(arguments: Sequence[str], function: Callable[..., Any] | None, depth: int) -> Iterator[Sizing]:
    """The widths that a network may have, the likeliest first.

    Args:
        arguments: those that can only be widths, or lists of them.
        function: whose file may fix them.
        depth: where a list of widths is passed, the number of hidden layers.
    """
    if arguments:
        for hidden in (1, 2, DEEPEST, 0):
            if hidden == depth or not any(_is_list(name) for name in arguments):
                yield from _passed(arguments, hidden)
        return
    yield from _written(function)
    # Without hidden layers the data say it all: one output, several, and one input of a number each.
    yield from (Sizing(ends) for ends in ((INPUTS, 1), (INPUTS, OUTPUTS), (1, 1)))


def _is_list(name: str) -> bool:
    return meanings(name, CONSTRUCTOR)[:1] in (["layers"], ["hidden list"])


def _passed(arguments: Sequence[str], hidden: int) -> Iterator[Sizing]:
    """Widths as arguments: each at the place that its name says, what has no such name in order."""
    lists = [name for name in arguments if _is_list(name)]
    single = [name for name in arguments if name not in lists]
    every = range(hidden + 2)
    between = set(every[1:-1])
    for places in itertools.islice(_in_order(single, hidden), MOST_WAYS):
        if not lists and not between <= set(places):
            continue  # of a hidden layer only the code knows the width
        outputs = OUTPUTS if hidden + 1 in places or lists else None
        for last in (outputs,) if outputs else (1, OUTPUTS):
            widths = (INPUTS, *HIDDEN[:hidden], last)
            given: dict[str, Any] = {name: widths[place] for name, place in zip(single, places, strict=True)}
            for name in lists:
                given[name] = [*widths] if "layers" in meanings(name, CONSTRUCTOR) else [*widths[1:-1]]
            yield Sizing(widths, given)


def _in_order(names: Sequence[str], hidden: int) -> Iterator[tuple[int, ...]]:
    """Places of the widths that arguments are, those that rise from argument to argument first."""
    may = [_places(name, hidden) for name in names]
    found = (some for some in itertools.product(*may) if len(set(some)) == len(some))
    yield from sorted(found, key=lambda some: list(some) != sorted(some))


def _places(name: str, hidden: int) -> Sequence[int]:
    named = _meaning(name)
    table = {"inputs": [0], "outputs": [hidden + 1], "hidden": range(1, hidden + 1)}
    return table.get(named, range(hidden + 2))


def _meaning(name: str) -> str:
    """The layer whose width a name says it is: ``hidden2`` is a hidden one."""
    said = meanings(name, CONSTRUCTOR) or meanings(name.rstrip("0123456789"), CONSTRUCTOR)
    return next((one for one in said if one in (*ENDS, "hidden")), "")


def _written(function: Callable[..., Any] | None) -> Iterator[Sizing]:
    """Widths that stand in the file: lists of them, or numbers whose names say which they are."""
    constants = {} if function is None else read_by(function)
    for value in constants.values():
        if isinstance(value, (list, tuple)) and len(value) > 1 and all(map(_is_width, value)):
            yield Sizing(tuple(value), written=True)
    named: dict[str, list[int]] = {}
    for name, value in sorted(constants.items()):
        if _is_width(value):
            named.setdefault(_meaning(name), []).append(value)
    if named.get("hidden") or named.get("outputs"):
        ends = [named.get("inputs", [INPUTS])[0]], named.get("outputs", [1, OUTPUTS])
        for first, last in itertools.product(*ends):
            yield Sizing((first, *named.get("hidden", []), last), written=True)


def _is_width(value: Any) -> bool:
    return type(value) is int and 0 < value < LARGEST


def read_by(function: Callable[..., Any]) -> dict[str, Any]:
    """The globals that a function reads, and those that the functions of its file read which it calls."""
    beside: Mapping[str, Any] = getattr(function, "__globals__", {})
    waiting: list[Any] = [function]
    seen: set[Any] = {function}
    found: dict[str, Any] = {}
    while waiting:
        code = getattr(waiting.pop(), "__code__", None)
        for name in sorted(all_reads(code)) if code is not None else ():
            value = beside.get(name)
            if getattr(value, "__globals__", None) is not beside:
                found[name] = value
            elif value not in seen:
                seen.add(value)
                waiting.append(value)
    return found
