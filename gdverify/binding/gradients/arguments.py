"""What the arguments of a backward pass, a loss or a training step are: by name first, by order last.

A name is read as that of an argument of the forward pass, then by the table of names, then as a name in the forward
pass's ``return``, then as an attribute; what is left over is tried in order. Every reading is a list of possible
values for each parameter; a run and an exact match decide between them.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gdverify.binding.calling.constructing import RATE
from gdverify.binding.calling.parts import Settled
from gdverify.binding.calling.places import Item, Place
from gdverify.binding.recognising.names import ARGUMENTS, meanings, plain
from gdverify.binding.recognising.ordering import likeliest

MOST_READINGS = 48
MOST_LOOKED_AT = 5000
CONSTANTS: dict[str, Any] = {
    "rate": RATE,
    "repetitions": 1,
    "regularisation": 0.0,
    "verbose": False,
    "derivative": True,
}


@dataclass(frozen=True)
class Given:
    """What an argument is given: a place, or a constant.

    Attributes:
        meaning: what it is taken for.
        place, constant: one of the two.
        sure: whether its name says so; what is only left over is not sure.
    """

    meaning: str
    place: Place | None = None
    constant: Any = None
    sure: bool = True


@dataclass(frozen=True)
class Known:
    """What there is to be given when a call is made.

    Attributes:
        arguments: of the calls before, by name.
        places: what is known by its meaning: input, target, upstream, prediction, cache, parameters.
        returned: names in the ``return`` of the forward pass, with their places.
        attributes: names of the object's attributes, with their places.
        constants: what calls before were given, by name.
    """

    arguments: Mapping[str, Place]
    places: Mapping[str, Sequence[Place]]
    returned: Mapping[str, Place]
    attributes: Mapping[str, Place]
    constants: Mapping[str, Any] = field(default_factory=dict)


def readings(parameters: Sequence[inspect.Parameter], known: Known) -> Iterator[dict[str, Given]]:
    """The ways to give a function its arguments, likeliest first; optional ones only where their name asks for it."""
    options = {p.name: _options(p, known) for p in parameters}
    asked = {name: values for name, values in options.items() if values}
    count = 0
    for chosen in itertools.islice(likeliest([*asked.values()]), MOST_LOOKED_AT):
        places = [value.place for value in chosen if value.place is not None]
        if len(set(places)) == len(places):
            yield dict(zip(asked, chosen, strict=True))
            count += 1
            if count == MOST_READINGS:
                return


def _options(parameter: inspect.Parameter, known: Known) -> list[Given]:
    name = parameter.name
    if isinstance(parameter.default, Settled):
        return [Given("settled", constant=parameter.default.value)]
    if name in known.constants:
        return [Given("argument", constant=known.constants[name])]
    called = meanings(name, ARGUMENTS) or (["upstream"] if is_adjoint(name) else [])
    if parameter.default is not parameter.empty:
        # An optional argument is left alone, but for what makes the gradient visible.
        return next((found for m in called if (found := _optional(m, known))), [])
    found = [Given("argument", known.arguments[name])] if name in known.arguments else []
    other = name not in known.arguments  # what the forward pass calls so is that, or the name says nothing
    for meaning in called:
        found += [Given(meaning, place, sure=other) for place in known.places.get(meaning, ())]
        if meaning == "upstream" and meaning not in known.places:
            found.append(Given(meaning, constant=1.0))  # behind a loss there is nothing more
        if meaning in CONSTANTS:
            found.append(Given(meaning, constant=CONSTANTS[meaning]))
    found += [Given("returned", place) for word, place in known.returned.items() if plain(word) == plain(name)]
    found += [Given("attribute", place) for word, place in known.attributes.items() if plain(word) == plain(name)]
    found = [*{value.place or value.meaning: value for value in reversed(found)}.values()][::-1]
    if not any(value.place is None and value.meaning != "upstream" for value in found):
        named = {value.place for value in found}
        left = [(m, place) for m, places in known.places.items() for place in places if place not in named]
        found += [Given(meaning, place, sure=False) for meaning, place in left]
    return [*dict.fromkeys(found)]


def is_adjoint(name: str) -> bool:
    """Whether a name no table has sounds like that of a gradient from behind: ``dhs``, ``grad_states``."""
    return plain(name).startswith(("d", "grad", "delta")) and plain(name) not in ("data", "depth", "dim", "dims")


def _optional(meaning: str, known: Known) -> list[Given]:
    """What an argument with a default is given all the same."""
    if meaning in ("rate", "repetitions", "verbose"):
        return [Given(meaning, constant=CONSTANTS[meaning])]
    return (
        [Given(meaning, place) for place in known.places.get(meaning, ())] if meaning in ("upstream", "target") else []
    )


def is_sure(given: Mapping[str, Given], known: Known) -> bool:
    """Whether each argument was given what its name says, or the only one what alone is left for it."""
    alone = len(given) == 1 and not set(given) & set(known.arguments)
    return alone or all(value.sure for value in given.values())


def returned_names(function: Callable[..., Any], role: str) -> dict[str, Place]:
    """The names in a function's ``return``, with the places of their values in what it returned."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return {}
    found: dict[str, Place] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
            found[node.value.id] = Place(role)
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            for k, part in enumerate(node.value.elts):
                if isinstance(part, ast.Name):
                    found[part.id] = Place(role, (Item(k),))
    return found


def cached(result: Place, role: str, returned: Any) -> list[Place]:
    """What a forward pass returned beside its result: the cache, in parts or whole."""
    if returned is None or (result.root == role and not result.steps):
        return []
    parts = range(len(returned)) if isinstance(returned, tuple) else range(0)
    own = result.steps[:1] if result.root == role else ()
    return [Place(role, (Item(k),)) for k in parts if (Item(k),) != own] or [Place(role)]
