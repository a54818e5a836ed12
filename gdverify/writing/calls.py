"""The calls that give the gradients, as a lambda where each stands for itself, or else as a function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gdverify.binding.calling.datasets import with_labels
from gdverify.binding.calling.parts import HESSIAN
from gdverify.binding.calling.running import (
    SELF,
    Call,
    Callee,
    Function,
    Method,
    Returned,
    WithParameters,
    parameters_of,
)
from gdverify.writing.arrays import expression
from gdverify.writing.layout import INDENT, WIDTH, statement
from gdverify.writing.scope import Scope, Unspellable

Spelling = tuple[str, dict[str, str], str]  # of a callee: what is called, further arguments, what is taken of it

Styled = Callable[[Any, Scope], Spelling]


@dataclass(frozen=True)
class Run:
    """The text of what makes the calls.

    Attributes:
        definition: of the function, where it needs one; or empty.
        text: a lambda, or the name of the function.
        roots: where each call's result is in what is returned.
    """

    definition: str
    text: str
    roots: Mapping[str, str]


def returned(calls: Sequence[Call]) -> dict[str, str]:
    """Where what each call returns is found in what the run returns."""
    if len(calls) == 1:
        return {calls[0].role: "returned"}
    return {call.role: f"returned[{number}]" for number, call in enumerate(calls)}


def needed(calls: Sequence[Call], asked: set[str]) -> list[Call]:
    """The calls without those of functions whose result nobody asks for."""
    kept: list[Call] = []
    used = set(asked)
    for call in reversed(calls):
        if call is calls[-1] or call.role in used or isinstance(call.callee, Method):
            kept.insert(0, call)
            used |= {place.root for place in call.arguments.values()}
            used |= {call.callee.place.root} if isinstance(call.callee, Returned) else set()
    return kept


def run(calls: Sequence[Call], values: Mapping[str, str], keeping: Mapping[str, str], scope: Scope, name: str) -> Run:
    """The text of the calls.

    Args:
        calls: in order.
        values: what stands for each argument of the environment, by its root.
        keeping: what is put where after the last call: ``{"c.self.w": "train[0]"}``.
        scope: what is to be imported.
        name: of the function, where it needs one.
    """
    roots, lines, texts = {SELF: f"c.{SELF}", **values}, [], []
    for call in calls:
        function, arguments, part = _spelled(call, roots, scope)
        texts.append(f"{function}({', '.join(arguments)}){part}")
        lines.append(statement(f"{call.role} = ", function, arguments, part))
        roots[call.role] = call.role
    roles = [call.role for call in calls]
    refers = any(place.root in roles for call in calls for place in call.arguments.values()) or any(
        isinstance(call.callee, Returned) for call in calls
    )
    text = f"lambda c: {texts[0] if len(texts) == 1 else '(' + ', '.join(texts) + ')'}"
    if not refers and not keeping and len(f"{INDENT}run={text},") <= WIDTH:
        return Run("", text, returned(calls))
    lines += [f"{INDENT}{where} = {what}" for where, what in keeping.items()]
    lines.append(f"{INDENT}return {', '.join(roles)}")
    return Run("\n".join([f"def {name}(c):", *lines, ""]), name, returned(calls))


def _spelled(call: Call, roots: Mapping[str, str], scope: Scope) -> tuple[str, list[str], str]:
    function, further, part = CALLEES[type(call.callee)](call.callee, roots, scope)
    given = {name: expression(place, roots) for name, place in call.arguments.items()}
    given |= {name: scope.value(value) for name, value in call.constants.items()} | further
    positional = _positional(call.callee)
    words = [given.pop(name) for name in positional if name in given]
    return function, [*words, *(f"{name}={text}" for name, text in given.items())], part


def _positional(callee: Callee) -> list[str]:
    """The parameters of a function that cannot be given by name."""
    if not isinstance(callee, Function):
        return []
    return [p.name for p in parameters_of(callee.function) if p.kind is p.POSITIONAL_ONLY]


def _method(callee: Method, roots: Mapping[str, str], scope: Scope) -> Spelling:
    return roots[SELF] if callee.name == "__call__" else f"{roots[SELF]}.{callee.name}", {}, ""


def _of_call(callee: Returned, roots: Mapping[str, str], scope: Scope) -> Spelling:
    return expression(callee.place, roots), {}, ""


def _with_parameters(callee: WithParameters, roots: Mapping[str, str], scope: Scope) -> Spelling:
    return scope.defined(callee.function), {callee.argument: roots[SELF]}, ""


def _function(callee: Function, roots: Mapping[str, str], scope: Scope) -> Spelling:
    spelled: Styled = STYLES.get(scope.unit.style, _plain)
    return spelled(callee.function, scope)


def _plain(function: Callable[..., Any], scope: Scope) -> Spelling:
    return scope.defined(function), {}, ""


def _flagged(function: functools.partial[Any], scope: Scope) -> Spelling:
    flags = {name: scope.value(value) for name, value in function.keywords.items()}
    return scope.defined(function.func), flags, ""


def _objective(function: Callable[..., Any], scope: Scope) -> Spelling:
    """A function that returns gradient and Hessian."""
    plain = scope.unit.objects[0]
    text = scope.defined(plain)
    if with_labels(plain) is not plain:
        text = scope.importing("from gdverify.binding.calling.datasets import with_labels", f"with_labels({text})")
    return text, {}, ""


def _ruled(rule: str) -> Callable[[Callable[..., Any], Scope], Spelling]:
    """What has a rule that is registered with a package, as a value with its pullback."""

    def spelled(function: Callable[..., Any], scope: Scope) -> Spelling:
        line = f"from gdverify.binding.calling.rules import {rule}"
        return scope.importing(line, f"{rule}({scope.name}.{scope.unit.name})"), {}, ""

    return spelled


def _closure(function: Callable[..., Any], scope: Scope) -> Spelling:
    raise Unspellable("the functions that a factory returns share variables, which no place leads to")


CALLEES: Mapping[type[Callee], Callable[[Any, Mapping[str, str], Scope], Spelling]] = {
    Method: _method,
    Returned: _of_call,
    Function: _function,
    WithParameters: _with_parameters,
}
STYLES: Mapping[str, Styled] = {
    "derivative flag": _flagged,
    "closure": _closure,
    HESSIAN: _objective,
    "torch.autograd.Function": _ruled("of_torch"),
    "jax.custom_vjp": _ruled("of_jax"),
    "autograd primitive": _ruled("of_autograd"),
}
"""Styles whose functions are called otherwise than by their name in the user's file."""
