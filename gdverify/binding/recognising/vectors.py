"""Functions of one flat vector of parameters, ``cost(theta, X, y)``: what general optimisers are handed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gdverify.binding.calling.constructing import Construction
from gdverify.binding.calling.parts import Parts
from gdverify.binding.calling.places import Environment, Item, Place, get, leaves
from gdverify.binding.calling.running import SELF, Call, required, tried
from gdverify.binding.recognising.names import ARGUMENTS, CONSTRUCTOR, VECTORS, meanings, plain
from gdverify.binding.recognising.shapes import is_parameter
from gdverify.binding.recognising.sizings import Sizing

SIZES = ("inputs", "outputs", "hidden", "hidden list", "layers")
ROLES = ("loss", "loss_and_gradients", "forward")


@dataclass(frozen=True)
class Vectorial:
    """A call whose parameters are one vector.

    Attributes:
        parts: of the unit.
        call: with its arguments as roots.
        theta, input, target: the arguments, by name; no target for a forward pass.
        widths: the arguments that are left; they can only be widths of layers.
    """

    parts: Parts
    call: Call
    theta: str
    input: str
    target: str | None
    widths: tuple[str, ...]

    @property
    def function(self) -> Callable[..., Any] | None:
        """Whose code it is."""
        code: Callable[..., Any] | None = self.parts.code(self.call.role)
        return code

    def sized(self, sizing: Sizing) -> tuple[Construction | None, Call]:
        """The call with its widths, which stand in a mapping, so that cases of other sizes can exchange them."""
        if not sizing.given:
            return None, self.call
        places = {name: Place(SELF, (Item(name),)) for name in sizing.given}
        return Construction(dict, sizing.given), replace(self.call, arguments={**self.call.arguments, **places})

    def gives(self, call: Call, environment: Environment, length: int) -> bool:
        """Whether as many numbers come out as a gradient has; True where what gives it takes other arguments.

        Args:
            call: as it was made, with its widths.
            environment: after it.
            length: of the vector.
        """
        if call.role == "loss_and_gradients":
            return _has(environment[call.role], length)
        callee = self.parts.roles.get("gradient") or self.parts.roles.get("backward")
        function = getattr(callee, "function", None)
        known = {**call.constants, **{name: get(environment, place) for name, place in call.arguments.items()}}
        asked = [] if function is None else [name for name in required(function) if name in known or _is_data(name)]
        if function is None or not {*asked} <= {*known}:
            return True
        found = tried(partial(function, **{name: known.get(name, 0.0) for name in required(function)}))
        return found is not None and _has(found, length)


def _has(returned: Any, length: int) -> bool:
    return any(leaf.array.size == length for leaf in leaves("", returned))


def _is_data(name: str) -> bool:
    return not {"rate", "regularisation"} & {*meanings(name, ARGUMENTS)}


def vectorial(parts: Parts, call: Call) -> Vectorial | None:
    """The reading of a call as one of a vector; None where its arguments do not say so.

    Args:
        parts: of the unit.
        call: with its required arguments as roots.
    """
    names = [*call.arguments]
    vectors = [name for name in names if plain(name) in VECTORS]
    if any(is_parameter(name) for name in names if name not in vectors):
        return None
    if parts.make is not None or call.role not in ROLES or len(vectors) != 1:
        return None
    rest = [name for name in names if name not in vectors]
    widths = [name for name in rest if _is_width(name)]
    data = [name for name in rest if name not in widths]
    target = next((name for name in data if "target" in meanings(name, ARGUMENTS)[:1]), None)
    inputs = [name for name in data if name != target]
    known = [name for name in inputs if "input" in meanings(name, ARGUMENTS)] or inputs
    if not known or (target is None) != (call.role == "forward"):
        return None
    left = tuple(name for name in rest if name not in (known[0], target))
    return Vectorial(parts, call, vectors[0], known[0], target, left)


def _is_width(name: str) -> bool:
    words = meanings(name, CONSTRUCTOR) or meanings(name.rstrip("0123456789"), CONSTRUCTOR)
    data = {"input", "target"} & {*meanings(name, ARGUMENTS)}
    return bool({*words} & {*SIZES}) and not data
