"""Run a unit once: construct, put the tensors in their places, make the calls in order, in an environment of its own.

An environment maps roots to values: ``self`` is the object, ``x`` an array that is passed, ``forward`` what that call
returned. Everything that goes in or comes out is a `Place` in it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

import numpy as np

from gdverify.auditing.confinement import TooLong, limited, quiet
from gdverify.binding.ambiguity import Unbound
from gdverify.binding.calling.carriers import CARRIERS, Array, Carrier, precision_of
from gdverify.binding.calling.memory import alike
from gdverify.binding.calling.places import Environment, Place, get, put
from gdverify.binding.recognising.layouts import Layout
from gdverify.notation.tensors import Tensor

SELF = "self"
ARRAY = CARRIERS[0]
TIME_LIMIT = 5.0  # seconds for one attempt
Result = TypeVar("Result")


@dataclass(frozen=True)
class Held:
    """Tensors, the layout in which they are stored, and where.

    Attributes:
        tensors: of the derivation, one or two.
        layout: how they are stored.
        place: where the array is.
        carrier: what the array is handed over as.
    """

    tensors: tuple[Tensor, ...]
    layout: Layout
    place: Place
    carrier: Carrier = ARRAY

    def __str__(self) -> str:
        return self.layout.text(self.tensors, str(self.place))

    def store(self, environment: Environment, values: Mapping[str, Array]) -> None:
        """Put the tensors' values in their place, in memory of their own; see `gdverify.binding.calling.memory`."""
        given = [values[tensor.name] for tensor in self.tensors]
        made = self.carrier.make(self.layout.store(*given))
        put(environment, self.place, alike(made, given) if self.is_argument else made)

    def stored(self, values: Mapping[str, Array]) -> tuple[object, ...]:
        """What tells it from what stores something else, or elsewhere."""
        array = np.asarray(self.layout.store(*(values[tensor.name] for tensor in self.tensors)))
        return str(self.place), self.carrier.name, array.shape, array.dtype.str, array.tobytes()

    def renew(self, environment: Environment, values: Mapping[str, Array]) -> None:
        """Put the values in their place again, unless the object still holds them: what refers to them still does."""
        expected = self.layout.store(*(values[tensor.name] for tensor in self.tensors))
        if self.is_argument or not np.array_equal(self.carrier.read(get(environment, self.place)), expected):
            self.store(environment, values)

    @property
    def is_argument(self) -> bool:
        """Whether it is passed, and not put inside the object."""
        return self.place.root != SELF

    def read(self, array: Array, sizes: Mapping[str, int]) -> dict[str, Array]:
        """The tensors' values, or those of what is shaped like them, from a stored array."""
        shapes = [tuple(sizes[axis.name] for axis in tensor.axes) for tensor in self.tensors]
        return dict(zip((tensor.name for tensor in self.tensors), self.layout.read(array, shapes), strict=True))


@dataclass(frozen=True)
class Function:
    """A function that plays a role."""

    function: Callable[..., Any]

    def of(self, environment: Environment) -> Callable[..., Any]:
        """The callable."""
        return self.function

    def __str__(self) -> str:
        return getattr(self.function, "__name__", "function")


@dataclass(frozen=True)
class Method:
    """A method of the object that plays a role."""

    name: str

    def of(self, environment: Environment) -> Callable[..., Any]:
        """The method, bound to the environment's object."""
        method: Callable[..., Any] = getattr(environment[SELF], self.name)
        return method

    def __str__(self) -> str:
        return f"{SELF}.{self.name}"


@dataclass(frozen=True)
class Returned:
    """A function that another call returned, such as the pullback of its value."""

    place: Place

    def of(self, environment: Environment) -> Callable[..., Any]:
        """The function, of this environment's call."""
        function: Callable[..., Any] = get(environment, self.place)
        return function

    def __str__(self) -> str:
        return str(self.place)


@dataclass(frozen=True)
class WithParameters:
    """A function that is handed the environment's object: a container of the parameters."""

    function: Callable[..., Any]
    argument: str

    def of(self, environment: Environment) -> Callable[..., Any]:
        """The function, with the container."""
        return partial(self.function, **{self.argument: environment[SELF]})

    def __str__(self) -> str:
        return getattr(self.function, "__name__", "function")


Callee = Function | Method | Returned | WithParameters


@dataclass(frozen=True)
class Call:
    """One call: what it returns becomes the root ``role``.

    Attributes:
        role: forward, backward, loss, train …
        callee: what is called.
        arguments: by the name of the parameter, where its value is.
        constants: by the name of the parameter, values that are the same for every case.
        carrier: what arrays are handed over as.
    """

    role: str
    callee: Callee
    arguments: Mapping[str, Place]
    constants: Mapping[str, Any]
    carrier: Carrier = ARRAY

    def make(self, environment: Environment) -> None:
        """Make the call."""
        function = self.callee.of(environment)
        given = {name: get(environment, place) for name, place in self.arguments.items()} | dict(self.constants)
        environment[self.role] = passed(function, given)

    def __str__(self) -> str:
        words = [f"{self.callee.argument}={SELF}"] if isinstance(self.callee, WithParameters) else []
        words += [f"{name}={place}" for name, place in self.arguments.items()]
        words += [f"{name}={value!r}" for name, value in self.constants.items()]
        return f"{self.role} = {self.callee}({', '.join(words)})"


def passed(function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """Call a function with arguments by name, positional ones by position."""
    ahead = [p.name for p in parameters_of(function) if p.kind is p.POSITIONAL_ONLY and p.name in given]
    if not ahead:
        return function(**given)
    named = {name: value for name, value in given.items() if name not in ahead}
    return function(*(given[name] for name in ahead), **named)


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters that can be given by name or position; none where the signature is not known."""
    # The same function is called for every case: a method's parameters are those of its function, without the first.
    bound = inspect.ismethod(function)
    return [*_parameters(getattr(function, "__func__", function) if bound else function)[bound:]]


@lru_cache(maxsize=1024)
def _parameters(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    try:
        every = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(p for p in every if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))


def required(function: Callable[..., Any]) -> list[str]:
    """The names of the parameters without a default."""
    return [p.name for p in parameters_of(function) if p.default is p.empty]


def play(
    make: Callable[[], Any] | None, held: Sequence[Held], calls: Sequence[Call], values: Mapping[str, Array]
) -> Environment:
    """A fresh environment after the calls."""
    with precision_of(calls[0].carrier, values):
        environment: dict[str, Any] = {} if make is None else {SELF: make()}
        for one in held:
            one.store(environment, values)
        for call in calls:
            call.make(environment)
    return environment


def tried(attempt: Callable[[], Result]) -> Result | None:
    """What an attempt gives; None where the code raises, as it does when it is given the wrong arguments.

    Raises:
        Unbound: it takes too long; what hangs once would hang in every further attempt.
    """
    try:
        with limited(TIME_LIMIT, tried.__code__), quiet():
            return attempt()
    except TooLong:
        raise Unbound(
            f"a call did not return within {TIME_LIMIT:g} seconds; look for a loop that does not end."
        ) from None
    except (Exception, SystemExit):
        return None
