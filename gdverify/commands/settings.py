"""Options on the command line: ``--set hidden=3 --set activation=relu``, read by the kind of their defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from gdverify.derivation.steps import Source
from gdverify.errors import UsageError, unknown
from gdverify.notation.operation import Operation


def parsed(words: Iterable[str]) -> dict[str, str]:
    """``NAME=VALUE`` pairs.

    Raises:
        UsageError: one is not of that form, or a name is set twice.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier() or not value:
            raise UsageError(f"--set {word}: expected NAME=VALUE, for example --set hidden=3.")
        if name in found:
            raise UsageError(f"--set {word}: {name} is already set to {found[name]}; give it once.")
        found[name] = value
    return found


def defaults(source: Source) -> dict[str, Any]:
    """The options of a family, or the constants of an operation, with their defaults; operations by their names."""
    options = source.options if isinstance(source.options, dict) else dict(source.options)
    return {name: value.name if isinstance(value, Operation) else value for name, value in options.items()}


def chosen_options(source: Source, settings: Mapping[str, str], operations: Mapping[str, Operation]) -> dict[str, Any]:
    """The options that settings choose.

    Args:
        source: whose options they are.
        settings: texts by name.
        operations: what may be named where an operation is expected.

    Raises:
        UnknownName: an option or an operation that does not exist.
        UsageError: a text that is not of the kind of the default.
    """
    known = dict(source.options)
    for name in settings:
        if name not in known:
            raise unknown(f"option of {source.name}", name, known) if known else _none(source, name)
    return {name: _value(name, text, known[name], operations) for name, text in settings.items()}


def _none(source: Source, name: str) -> UsageError:
    return UsageError(f"--set {name}=…: {source.name} has no options.")


def _value(name: str, text: str, default: Any, operations: Mapping[str, Operation]) -> Any:
    if isinstance(default, Operation):
        if text not in operations:
            raise unknown("operation", text, operations)
        return operations[text]
    for kind, (read, expected) in _KINDS.items():
        if isinstance(default, kind):
            try:
                return read(text)
            except (ValueError, KeyError, ZeroDivisionError):
                raise UsageError(f"--set {name}={text}: expected {expected}; the default is {default}.") from None
    raise UsageError(f"--set {name}={text}: {name} has no default that says what kind of value it takes; give it one.")


# How a text is read, by the kind of the default; bool is an int to Python, so it comes first.
_KINDS: dict[type, tuple[Callable[[str], Any], str]] = {
    bool: ({"true": True, "false": False}.__getitem__, "true or false"),
    int: (int, "a whole number"),
    sympy.Rational: (lambda text: sympy.Rational(Fraction(text)), "a number such as 0.05 or 1/20"),
    float: (float, "a number such as 0.05"),
    str: (str, "a text"),
}
