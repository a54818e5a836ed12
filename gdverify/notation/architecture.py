"""Architectures: operations composed, ending in a loss.

    @architecture
    def line():
        points = axis("points", "n")
        x, t = input_tensor("x", points), target("t", points)
        a, b = parameter("a"), parameter("b")
        return mean_squared_error(line_through(x, a, b), t)

A function with options is a family; each choice of options is one `Composition`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

from gdverify.errors import NotationError, described, innermost_line, unknown
from gdverify.notation.composition import Composition, check_names, composing
from gdverify.notation.operation import Operation
from gdverify.notation.tensors import Tensor


class Count(int):
    """The default of an option that is a number of 1 or more, such as of heads, and no depth that cases try out."""


@dataclass(frozen=True)
class Architecture:
    """A named family of compositions."""

    name: str
    function: Callable[..., Tensor]

    @property
    def doc(self) -> str:
        """What it computes, and its source."""
        return inspect.getdoc(self.function) or ""

    @property
    def options(self) -> dict[str, Any]:
        """The options of the family with their defaults."""
        return dict(self._defaults)

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {p.name: p.default for p in inspect.signature(self.function).parameters.values()}

    def resolve(self, **options: Any) -> dict[str, Any]:
        """All options: the given ones, and the defaults of the others.

        Raises:
            UnknownName: an option that the family does not have.
            NotationError: a value that is not of the kind of its default.
        """
        resolved = self.options
        for name, value in options.items():
            if name not in resolved:
                raise unknown(f"option of {self.name}", name, resolved)
            resolved[name] = _option(self.name, name, resolved[name], value)
        return resolved

    def compose(self, **options: Any) -> Composition:
        """Write the composition down.

        Raises:
            NotationError: an unused tensor, a name clash, or a loss that is not a scalar.
        """
        resolved = self.resolve(**options)
        with composing() as composition:
            try:
                loss = self.function(**resolved)
            except Exception as error:  # whatever the user's function does, the message names its line
                raise NotationError(f"{self.name}{_place(error, self.function)}: {described(error)}") from error
        _check(self.name, composition, loss)
        check_names(self.name, composition)
        return composition

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


def architecture(function: Callable[..., Tensor]) -> Architecture:
    """Declare an architecture or a family of them; the function returns the loss."""
    return Architecture(function.__name__, function)


def _option(family: str, name: str, default: Any, value: Any) -> Any:
    """A value for an option, of the kind of its default."""
    if isinstance(default, Operation) and not isinstance(value, Operation):
        raise NotationError(f"{family}({name}={value!r}): expected an operation, or its name, such as {default}.")
    if isinstance(default, Enum):
        return _one_of(type(default), f"{family}({name}={value!r})", value)
    if isinstance(default, Count) and (type(value) not in (int, Count) or value < 1):
        raise NotationError(f"{family}({name}={value!r}): expected a whole number, 1 or more, such as {default}.")
    if type(default) is int and (type(value) is not int or value < 0):
        raise NotationError(f"{family}({name}={value!r}): expected a whole number, 0 or more, such as {default}.")
    return value


def _one_of(kind: type[Enum], written: str, value: Any) -> Enum:
    """The member of an enumeration; its value stands for it as well."""
    try:
        return kind(value)
    except ValueError:
        raise NotationError(f"{written}: expected {' or '.join(repr(one.value) for one in kind)}.") from None


def _place(error: Exception, function: Callable[..., Any]) -> str:
    file = str(Path(function.__code__.co_filename).resolve())
    line = innermost_line(error, file)
    return f" ({Path(file).name}:{line})" if line else ""


def _check(name: str, composition: Composition, loss: Any) -> None:
    if not composition.applications or loss is not composition.result:
        raise NotationError(f"{name} returns {loss!r}: expected the loss, which is the result of its last operation.")
    if loss.axes:
        raise NotationError(
            f"{name}: the loss is not a scalar: {loss} has axes; end with an operation that sums over them."
        )
    if not composition.role("parameter"):
        raise NotationError(f"{name} declares no parameter(…): there is nothing to take the gradient of.")
    _refuse_unused(name, composition)


def _refuse_unused(name: str, composition: Composition) -> None:
    used = {id(tensor) for application in composition.applications for tensor in application.operands}
    made = [application.result for application in composition.applications[:-1]]
    for tensor in [*composition.declared, *made]:
        if id(tensor) not in used:
            raise NotationError(f"{name}: {tensor} is unused: nothing that leads to the loss reads it; remove it.")
