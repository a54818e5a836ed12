"""Gradients of arguments of one shape that have changed places: each equals one, and is called or ordered as the other.

``return dx, dy`` with the two taken for each other fits every shape, and each array is the gradient of something. What
a name says counts then. An order without names is remarked upon: it is an error only to who unpacks it by that order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gdverify.binding.calling.parts import Parts
from gdverify.binding.calling.places import Item, Place
from gdverify.binding.calling.running import Call, Held
from gdverify.binding.gradients.arguments import returned_names
from gdverify.binding.gradients.gradients import BY_NAME, Found
from gdverify.binding.recognising.names import plain, stem

SWAPPED = "what is called {first} is the gradient of {x}, and what is called {second} that of {y}: they are exchanged"
REVERSED = (
    "the gradients come in another order than the arguments: {first} is that of {y}, {second} that of {x}; to who "
    "unpacks them in the order of the arguments they are exchanged"
)


@dataclass(frozen=True)
class Placed:
    """Gradients in the places where they are to be judged, and what to say of it."""

    gradients: tuple[Found, ...]
    remarks: tuple[str, ...] = ()


def as_called(found: Sequence[Found], held: Sequence[Held], lead: Call, parts: Parts, role: str) -> Placed:
    """The gradients, where two of one shape are called after each other by what they are called.

    Args:
        found: by their values.
        held: the arguments.
        lead: the forward pass, whose arguments have an order.
        parts: of the unit.
        role: of what gave the gradients.
    """
    code = parts.code(role)
    names = {place: name for name, place in (returned_names(code, role) if code is not None else {}).items()}
    gradients, remarks = [*found], list[str]()
    arguments = {one.tensors[0].name: one.place.root for one in held if one.is_argument and len(one.tensors) == 1}
    order = [place.root for place in lead.arguments.values()]
    for j, k in itertools.combinations(range(len(found)), 2):
        first, second = gradients[j], gradients[k]
        pair = [arguments.get(one.held.tensors[0].name) for one in (first, second) if len(one.held.tensors) == 1]
        x, y = pair if len(pair) == 2 and first.held.layout == second.held.layout else (None, None)
        if x is None or y is None or first.held.place == second.held.place:
            continue
        called = [_called(one.held.place, names) for one in (first, second)]
        if _says(called[0], y) and _says(called[1], x):
            gradients[j], gradients[k] = _at(first, second), _at(second, first)
            remarks.append(SWAPPED.format(first=called[0], second=called[1], x=x, y=y))
        elif not (_says(called[0], x) or _says(called[1], y)) and _reversed(first, second, order, x, y):
            remarks.append(REVERSED.format(first=second.held.place, second=first.held.place, x=x, y=y))
    return Placed(tuple(gradients), tuple(remarks))


def _called(place: Place, names: Mapping[Place, str]) -> str:
    return names.get(place) or (place.last if place.last != place.root else "")


def _says(name: str, argument: str) -> bool:
    """Whether something is called the gradient of an argument, ``dx`` or ``grad_x``."""
    return bool(name) and plain(name) != stem(name) and stem(name) == plain(argument)


def _at(one: Found, other: Found) -> Found:
    """A gradient where another one was found."""
    there = replace(one.held, place=other.held.place, carrier=other.held.carrier)
    return replace(one, held=there, constant=None, how=BY_NAME)


def _reversed(first: Found, second: Found, arguments: Sequence[str], x: str, y: str) -> bool:
    """Whether two entries of what is returned stand in another order than their arguments."""
    places = [*_entries(first.held.place), *_entries(second.held.place)]
    if len(places) < 2 or not {x, y} <= {*arguments}:
        return False
    return (places[0] < places[1]) != (arguments.index(x) < arguments.index(y))


def _entries(place: Place) -> Iterator[int]:
    """The number of an entry of what was returned."""
    if len(place.steps) == 1 and isinstance(place.steps[0], Item) and isinstance(place.steps[0].key, int):
        yield place.steps[0].key
