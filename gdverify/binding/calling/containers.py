"""Parameters in a container that the caller makes: the function of the file that makes it takes the place of a class.

``params = initialize_parameters(n_x, n_h, n_y)`` is to ``forward(X, params)`` what a constructor is to a method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gdverify.binding.calling.constructing import constructions
from gdverify.binding.calling.places import leaves
from gdverify.binding.calling.running import SELF, Callee, Function, WithParameters, parameters_of, tried
from gdverify.binding.finding.vocabulary import words
from gdverify.binding.recognising.names import ARGUMENTS, meanings

MAKING = {"init", "initialize", "initialise", "make", "create", "build", "new", "random", "setup", "generate", "get"}
HELD = {"parameters", "params", "param", "weights", "weight", "theta", "model", "network", "net", "layers"}
MOST_TRIED = 4  # ways to call a function that may make a container
DEPTH = 1


@dataclass(frozen=True)
class Container:
    """A function that makes a container, and the argument that it is for."""

    make: Callable[..., Any]
    argument: str


def container(roles: Mapping[str, Callee]) -> Container | None:
    """What makes the parameters that the functions of a unit are handed as one argument; None where nothing does."""
    functions = [callee.function for callee in roles.values() if isinstance(callee, Function)]
    asked = held_in(functions[0]) if functions else []
    if len(functions) < len(roles) or len(asked) != 1:
        return None
    beside = getattr(functions[0], "__globals__", {})
    near = [value for name, value in beside.items() if _makes(name, value, beside) and value not in functions]
    near.sort(key=lambda made: asked[0] not in words(made.__name__))
    return next((Container(one, asked[0]) for one in near if _gives_container(one)), None)


def handed_over(roles: Mapping[str, Callee], made: Container) -> dict[str, Callee]:
    """The roles with the container that was made as their argument."""

    def handed(callee: Callee) -> Callee:
        takes = isinstance(callee, Function) and made.argument in {p.name for p in parameters_of(callee.function)}
        return WithParameters(callee.function, made.argument) if takes and isinstance(callee, Function) else callee

    return {role: handed(callee) for role, callee in roles.items()}


def held_in(function: Callable[..., Any]) -> list[str]:
    """The arguments of a function that hold parameters, by their names."""
    return [p.name for p in parameters_of(function) if len(p.name) > 1 and "parameters" in meanings(p.name, ARGUMENTS)]


def is_maker(name: str) -> bool:
    """Whether a function is called by what it makes, ``init`` or ``make_weights``; others are not run."""
    said = set(words(name))
    return bool(MAKING & said) and bool(HELD & said or not said - MAKING)


def _makes(name: str, value: Any, beside: Mapping[str, Any]) -> bool:
    return getattr(value, "__globals__", None) is beside and is_maker(name)


def _gives_container(make: Callable[..., Any]) -> bool:
    for one, _ in zip(constructions(make, DEPTH), range(MOST_TRIED), strict=False):
        made = tried(one.build)
        if isinstance(made, (dict, list)) and any(leaf.array.ndim for leaf in leaves(SELF, made)):
            return True
    return False
