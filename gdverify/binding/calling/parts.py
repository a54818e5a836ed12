"""A unit as what can be called: how its object is made, and what plays each role."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gdverify.binding.calling import rules
from gdverify.binding.calling.carriers import Carrier
from gdverify.binding.calling.containers import container, handed_over
from gdverify.binding.calling.datasets import with_labels
from gdverify.binding.calling.handing import handed
from gdverify.binding.calling.places import Environment, Item, Place
from gdverify.binding.calling.running import ARRAY, Callee, Function, Method, Returned, WithParameters, parameters_of
from gdverify.binding.finding.units import Unit


@dataclass(frozen=True)
class Settled:
    """In place of the default of a parameter: the value that every call is to give it."""

    value: Any


@dataclass(frozen=True)
class Parts:
    """What a unit consists of.

    Attributes:
        name: in messages.
        make: the class; None for functions.
        roles: what plays forward, backward, loss, train …
        carrier: what its arguments are handed over as.
        settings: what parameters are given in every call that has them, by name.
    """

    name: str
    make: Callable[..., Any] | None
    roles: Mapping[str, Callee]
    carrier: Carrier = ARRAY
    settings: Mapping[str, Any] = field(default_factory=dict)

    def first(self, *roles: str) -> str | None:
        """The first of some roles that is played."""
        return next((role for role in roles if role in self.roles), None)

    def signature(self, role: str, environment: Environment | None = None) -> list[inspect.Parameter]:
        """The parameters of what plays a role, without the object itself.

        Args:
            role: one of the roles.
            environment: after the forward pass, where that returns the function.
        """
        found = self._parameters(role, environment)
        return [p.replace(default=Settled(self.settings[p.name])) if p.name in self.settings else p for p in found]

    def _parameters(self, role: str, environment: Environment | None) -> list[inspect.Parameter]:
        callee = self.roles[role]
        if isinstance(callee, Function):
            return parameters_of(callee.function)
        if isinstance(callee, WithParameters):
            return [p for p in parameters_of(callee.function) if p.name != callee.argument]
        if isinstance(callee, Returned):
            return [] if environment is None else parameters_of(callee.of(environment))
        method = _raw(self.make, callee.name)
        parameters = parameters_of(getattr(method, "__func__", method))
        return parameters if isinstance(method, staticmethod) else parameters[1:]

    def code(self, role: str) -> Any:
        """The function behind a role, whose source can be read."""
        callee = self.roles[role]
        if isinstance(callee, Method):
            method = _raw(self.make, callee.name)
            return getattr(method, "__func__", method)
        return callee.function if isinstance(callee, (Function, WithParameters)) else None


def parts(unit: Unit) -> Parts:
    """The parts of a unit that was found."""
    build = BUILDERS.get(unit.style, _methods if isinstance(unit.objects[0], type) else _functions)
    return replace(build(unit), carrier=handed(unit.objects))


def _methods(unit: Unit) -> Parts:
    return Parts(unit.name, unit.objects[0], {role: Method(name) for role, name in unit.roles.items()})


def _functions(unit: Unit) -> Parts:
    roles = {role: Function(function) for role, function in zip(unit.roles, unit.objects, strict=False)}
    made = container(roles)
    return Parts(unit.name, None, roles) if made is None else Parts(unit.name, made.make, handed_over(roles, made))


def _with_flag(unit: Unit) -> Parts:
    """One function for value and derivative: the flag is set in one of two calls."""
    function, flag = unit.objects[0], unit.roles["flag"]
    value, slope = functools.partial(function, **{flag: False}), functools.partial(function, **{flag: True})
    for made, role in ((value, ""), (slope, f"{flag}=True")):
        made.__name__ = f"{unit.name}({role})" if role else unit.name  # type: ignore[attr-defined]  # for messages
    return Parts(unit.name, None, {"forward": Function(value), "derivative": Function(slope)})


PULLBACK = Place("forward", (Item(1),))


def _pullback(unit: Unit) -> Parts:
    """A function that returns its value and the function that takes the upstream gradient."""
    return Parts(unit.name, None, {"forward": Function(unit.objects[0]), "backward": Returned(PULLBACK)})


def _closure(unit: Unit) -> Parts:
    """A factory of a forward and a backward function: made and called at once, it is a value with its pullback."""
    factory = unit.objects[0]
    ahead = parameters_of(factory)

    def forward(*given: Any) -> tuple[Any, Any]:
        made = factory(*given[: len(ahead)])
        if isinstance(made, dict):
            value, back = (made[name] if name in made else made[unit.roles[name]] for name in ("forward", "backward"))
        else:
            value, back = made[0], made[1]
        return value(*given[len(ahead) :]), back

    data = inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY)
    taken = [p.replace(kind=inspect.Parameter.POSITIONAL_ONLY) for p in ahead]
    forward.__signature__ = inspect.Signature([*taken, data])  # type: ignore[attr-defined]
    forward.__name__ = f"{unit.name}(…).{unit.roles['forward']}"
    return Parts(unit.name, None, {"forward": Function(forward), "backward": Returned(PULLBACK)})


def _ruled(pair: Callable[[Any], Callable[..., Any]]) -> Callable[[Unit], Parts]:
    """What has a derivative rule that is registered with a package."""
    return lambda unit: Parts(
        unit.name, None, {"forward": Function(pair(unit.objects[0])), "backward": Returned(PULLBACK)}
    )


def _objective(unit: Unit) -> Parts:
    """A function that returns gradient and Hessian: what it computes shows in its gradient."""
    whole = Function(with_labels(unit.objects[0]))
    return Parts(unit.name, None, {"gradient": Function(_picked(unit, 0, "")), OBJECTIVE: whole})


def curvature(unit: Unit) -> Parts:
    """A function that returns gradient and Hessian, as a value with its derivative."""
    roles = {"forward": Function(_picked(unit, 0, "")), "derivative": Function(_picked(unit, 1, " (Hessian)"))}
    return Parts(f"{unit.name} (Hessian)", None, roles)


def _picked(unit: Unit, place: int, said: str) -> Callable[..., Any]:
    function = with_labels(unit.objects[0])

    @functools.wraps(function)
    def picked(*given: Any, **named: Any) -> Any:
        return function(*given, **named)[place]

    picked.__name__ = unit.name + said
    return picked


HESSIAN = "gradient and Hessian"
OBJECTIVE = "objective"  # the role of such a function itself
BUILDERS: dict[str, Callable[[Unit], Parts]] = {
    "derivative flag": _with_flag,
    "value and pullback": _pullback,
    "closure": _closure,
    HESSIAN: _objective,
    "torch.autograd.Function": _ruled(rules.of_torch),
    "jax.custom_vjp": _ruled(rules.of_jax),
    "autograd primitive": _ruled(rules.of_autograd),
}


def _raw(cls: Any, name: str) -> Any:
    """What a class or one of its bases defines under a name, unbound."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), getattr(cls, name, None))
