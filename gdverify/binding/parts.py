"""A unit as what can be called: how its object is made, and what plays each role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gdverify.binding.running import Function, Method, parameters_of
from gdverify.binding.units import Unit


@dataclass(frozen=True)
class Parts:
    """What a unit consists of.

    Attributes:
        name: in messages.
        make: the class; None for functions.
        roles: what plays forward, backward, loss, train …
    """

    name: str
    make: Callable[..., Any] | None
    roles: Mapping[str, Function | Method]

    def first(self, *roles: str) -> str | None:
        """The first of the roles that is played."""
        return next((role for role in roles if role in self.roles), None)

    def signature(self, role: str) -> list[Any]:
        """The parameters of what plays a role, without the object itself."""
        callee = self.roles[role]
        if isinstance(callee, Function):
            return parameters_of(callee.function)
        assert isinstance(self.make, type)
        method = vars_of(self.make, callee.name)
        parameters = parameters_of(method.__func__ if isinstance(method, (staticmethod, classmethod)) else method)
        return parameters if isinstance(method, staticmethod) else parameters[1:]

    def code(self, role: str) -> Any:
        """The function behind a role, whose source can be read."""
        callee = self.roles[role]
        if isinstance(callee, Function):
            return callee.function
        method = vars_of(self.make, callee.name)
        return getattr(method, "__func__", method)


def vars_of(cls: Any, name: str) -> Any:
    """What a class or one of its bases defines under a name, unbound."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), getattr(cls, name))


def parts(unit: Unit) -> Parts:
    """The parts of a unit that was found."""
    if isinstance(unit.objects[0], type):
        return Parts(unit.name, unit.objects[0], {role: Method(name) for role, name in unit.roles.items()})
    roles = {role: Function(function) for role, function in zip(unit.roles, unit.objects, strict=False)}
    return Parts(unit.name, None, roles)
