"""Places: where numbers live inside an implementation's values, and how one writes that down.

A place is a root, such as ``self`` or what ``forward`` returned, and steps into it: attributes, keys, positions.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

from gdverify.binding.calling.carriers import Array, Carrier, carrier_of
from gdverify.errors import GdverifyError

MOST_LEAVES = 2000
DEEPEST = 8


@dataclass(frozen=True)
class Attribute:
    """A step into an object."""

    name: str


@dataclass(frozen=True)
class Item:
    """A step into a list, tuple or mapping."""

    key: Any


Step = Attribute | Item
Environment = MutableMapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a value is: in an environment, under a root, behind steps."""

    root: str
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return self.root + "".join(_written(step) for step in self.steps)

    @property
    def last(self) -> str:
        """The last name on the way: of an attribute or a key."""
        for step in reversed(self.steps):
            name = step.name if isinstance(step, Attribute) else step.key
            if isinstance(name, str):
                return _unmangled(name)
        return self.root


@dataclass(frozen=True)
class Leaf:
    """Numbers that were found: where, as an array, and what carried them."""

    place: Place
    array: Array
    carrier: Carrier


def leaves(root: str, value: Any) -> list[Leaf]:
    """The numbers inside a value, in order; each object is looked into once."""
    found: list[Leaf] = []
    _walk(root, (), value, set(), found)
    return found


def get(environment: Environment, place: Place) -> Any:
    """The value at a place; raises LookupError or AttributeError where the steps do not lead anywhere."""
    value = environment[place.root]
    for step in place.steps:
        value = getattr(value, step.name) if isinstance(step, Attribute) else value[step.key]
    return value


def put(environment: Environment, place: Place, value: Any) -> None:
    """Put a value at a place.

    Raises:
        Unwritable: the object or container there refuses.
    """
    if not place.steps:
        environment[place.root] = value
        return
    holder = get(environment, Place(place.root, place.steps[:-1]))
    step = place.steps[-1]
    try:
        if isinstance(step, Attribute):
            setattr(holder, step.name, value)
        elif isinstance(holder, tuple):
            replaced = [*holder]
            replaced[step.key] = value
            put(environment, Place(place.root, place.steps[:-1]), tuple(replaced))
        else:
            holder[step.key] = value
    except (AttributeError, TypeError) as error:
        raise Unwritable(f"{place} cannot be set: {error}; expected an attribute or entry that can.") from error


class Unwritable(GdverifyError):
    """A place that takes no value, such as a property without a setter."""


def _walk(root: str, steps: tuple[Step, ...], value: Any, seen: set[int], found: list[Leaf]) -> None:
    """Append the numbers inside a value, until there are as many as are looked at."""
    carrier = carrier_of(value)
    if carrier is not None:
        found.append(Leaf(Place(root, steps), carrier.read(value), carrier))
        for name in carrier.attached(value) if len(found) < MOST_LEAVES else ():
            _walk(root, (*steps, Attribute(name)), getattr(value, name), seen, found)
        return
    if id(value) in seen or len(steps) >= DEEPEST:
        return
    seen.add(id(value))
    for step, part in _parts(value):
        if len(found) == MOST_LEAVES:
            return
        _walk(root, (*steps, step), part, seen, found)


def _parts(value: Any) -> Iterator[tuple[Step, Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield Item(key), part
    elif isinstance(value, (list, tuple)):
        for place, part in enumerate(value):
            yield Item(place), part
    elif _is_users(value):
        for name in _attributes(value):
            if hasattr(value, name):
                yield Attribute(name), getattr(value, name)


# Where a module of torch keeps what one reads and sets as its attributes.
REGISTRIES = ("_parameters", "_buffers", "_modules")


def _attributes(value: Any) -> Iterator[str]:
    yield from (name for name in getattr(type(value), "__slots__", ()) if not name.startswith("__"))
    for name, held in getattr(value, "__dict__", {}).items():
        registered = name in REGISTRIES and isinstance(held, dict) and all(hasattr(value, key) for key in held)
        yield from held if registered else [name]


def _is_users(value: Any) -> bool:
    """An object with attributes of its own; classes, functions and modules hold what is not this object's."""
    return hasattr(type(value), "__module__") and not isinstance(
        value, (type, types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType)
    )


def _written(step: Step) -> str:
    return f".{_unmangled(step.name)}" if isinstance(step, Attribute) else f"[{step.key!r}]"


def _unmangled(name: str) -> str:
    """``_Network__W`` is ``__W`` in the source."""
    if name.startswith("_") and "__" in name[1:] and not name.startswith("__"):
        return name[name.index("__", 1) :]
    return name
