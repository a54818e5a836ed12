"""Derivative rules that are registered with a package, as a value with its pullback: run the way the package runs them.

A rule is called through the package that it was written for, so that what is judged is what its users get: what is
saved, what is not differentiated, and the value that the rule itself returns.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

Pullback = Callable[[Any], Any]
Paired = Callable[..., tuple[Any, Pullback]]


class ByArgument(dict[str, Any]):
    """Gradients by the argument that they belong to: a package takes them by their order, and not by their shape."""


def of_torch(function: Any) -> Paired:
    """A torch.autograd.Function."""
    torch: Any = sys.modules["torch"]

    def forward(*given: Any) -> tuple[Any, Pullback]:
        leaves = [one.detach().clone().requires_grad_(one.is_floating_point()) for one in given]
        value = function.apply(*leaves)
        asked = {name: one for name, one in zip(names, leaves, strict=True) if one.requires_grad}

        def back(dy: Any) -> ByArgument:
            found = torch.autograd.grad(value, [*asked.values()], dy, retain_graph=True, allow_unused=True)
            return ByArgument(zip(asked, found, strict=True))

        return value.detach(), back

    ahead = 0 if _sets_up(function) else 1
    names = _names(function.forward)[ahead:]
    return _signed(forward, function.__name__, names)


def of_jax(function: Any) -> Paired:
    """An object of jax.custom_vjp; its value is its own, and not the one that its forward rule returns."""
    jax: Any = sys.modules["jax"]

    def forward(*given: Any) -> tuple[Any, Pullback]:
        pull = jax.vjp(function, *given)[1]
        return function(*given), lambda dy: ByArgument(zip(names, pull(dy), strict=True))

    names = _names(function)
    return _signed(forward, function.__name__, names)


def of_autograd(function: Any) -> Paired:
    """A primitive of autograd; an argument without a rule has no gradient."""
    autograd: Any = sys.modules["autograd"]

    def forward(*given: Any) -> tuple[Any, Pullback]:
        def back(dy: Any) -> ByArgument:
            pulls = {name: _pullback(number, given) for number, name in enumerate(names)}
            return ByArgument({name: pull(dy) for name, pull in pulls.items() if pull is not None})

        return function(*given), back

    def _pullback(number: int, given: Sequence[Any]) -> Pullback | None:
        try:
            pull: Pullback = autograd.make_vjp(function, number)(*given)[0]
        except NotImplementedError:
            return None
        return pull

    names = _names(function.fun)
    return _signed(forward, function.__name__, names)


def _names(function: Callable[..., Any]) -> list[str]:
    """The parameters that have to be given, by position."""
    every = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [one.name for one in every if one.kind in kinds and one.default is one.empty]


def _signed(forward: Paired, name: str, parameters: Sequence[str]) -> Paired:
    """The function under the name and with the parameters of what it stands for."""
    taken = [inspect.Parameter(one, inspect.Parameter.POSITIONAL_ONLY) for one in parameters]
    forward.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    forward.__name__ = name
    return forward


def _sets_up(function: Any) -> bool:
    """Whether a torch.autograd.Function saves what it needs in ``setup_context``: then forward has no context."""
    base: Any = sys.modules["torch"].autograd.Function
    return function.setup_context is not base.setup_context
