"""How the object of a case is made: the constructor's sizes by name, and where its learning rate is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from gdverify.binding.calling.constructing import Construction
from gdverify.binding.calling.places import Place, leaves
from gdverify.binding.calling.running import SELF, tried
from gdverify.writing.layout import INDENT, WIDTH
from gdverify.writing.scope import Scope


def made(construction: Construction, names: Mapping[int, str], scope: Scope) -> str:
    """What makes the object: the class, where it takes no arguments, or a function of the case.

    Args:
        construction: with primes for sizes.
        names: of the sizes, by prime.
        scope: what is to be imported.
    """
    function = scope.defined(construction.make)
    given = {**construction.arguments, **construction.choice}
    if not given and isinstance(construction.make, type):
        return function
    words = [f"{name}={_argument(value, names, scope)}" for name, value in given.items()]
    line = f"lambda c: {function}({', '.join(words)})"
    if len(INDENT + line) < WIDTH:
        return line
    each = "".join(f"{2 * INDENT}{word},\n" for word in words)
    return f"lambda c: {function}(\n{each}{INDENT})"


def _argument(value: Any, names: Mapping[int, str], scope: Scope) -> str:
    if type(value) is int and value in names:
        return f"c.{names[value]}"
    if isinstance(value, list) and value and all(one in names for one in value):
        return _widths([names[one] for one in value])
    return scope.value(value)


def _widths(names: list[str]) -> str:
    """The sizes of layers, from input to output or of those between; of a network of any depth: ``c.widths``."""
    if all(name.startswith("hidden") for name in names):
        return "c.widths[1:-1]"
    if names[0] == "inputs" and names[-1] == "outputs":
        return "c.widths"
    return f"[{', '.join(f'c.{name}' for name in names)}]"


def rate_in(construction: Construction | None, rate: float | None) -> Place | None:
    """Where an object keeps the learning rate that it was given; None where it does so nowhere or twice."""
    made = None if construction is None else tried(partial(construction.build))
    held = [leaf.place for leaf in leaves(SELF, made) if leaf.array.ndim == 0 and leaf.array == rate]
    return held[0] if len(held) == 1 else None
