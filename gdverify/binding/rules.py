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


def of_torch(function: Any) -> Paired:
    """A torch.autograd.Function."""
    torch: Any = sys.modules["torch"]

    def forward(*given: Any) -> tuple[Any, Pullback]:
        leaves = [one.detach().clone().requires_grad_(one.is_floating_point()) for one in given]
        value = function.apply(*leaves)
        asked = [one for one in leaves if one.requires_grad]
        return value.detach(), lambda dy: torch.autograd.grad(value, asked, dy, retain_graph=True, allow_unused=True)

    return _signed(forward, function.__name__, function.forward, 0 if _sets_up(function) else 1)


def of_jax(function: Any) -> Paired:
    """An object of jax.custom_vjp; its value is its own, and not the one that its forward rule returns."""
    jax: Any = sys.modules["jax"]

    def forward(*given: Any) -> tuple[Any, Pullback]:
        pull = jax.vjp(function, *given)[1]
        return function(*given), lambda dy: pull(dy)

    return _signed(forward, function.__name__, function)


def of_autograd(function: Any) -> Paired:
    """A primitive of autograd; an argument without a rule has no gradient."""
    autograd: Any = sys.modules["autograd"]

    def forward(*given: Any) -> tuple[Any, Pullback]:
        def back(dy: Any) -> tuple[Any, ...]:
            return tuple(pull(dy) for number in range(len(given)) if (pull := _pullback(number, given)) is not None)

        return function(*given), back

    def _pullback(number: int, given: Sequence[Any]) -> Pullback | None:
        try:
            pull: Pullback = autograd.make_vjp(function, number)(*given)[0]
        except NotImplementedError:
            return None
        return pull

    return _signed(forward, function.__name__, function.fun)


def _signed(forward: Paired, name: str, like: Callable[..., Any], ahead: int = 0) -> Paired:
    """The function with the required parameters of another, but for some ahead, such as a context."""
    kind = inspect.Parameter.POSITIONAL_ONLY
    every = [p for p in inspect.signature(like).parameters.values() if p.kind in (kind, p.POSITIONAL_OR_KEYWORD)]
    taken = [p.replace(kind=kind) for p in every[ahead:] if p.default is p.empty]
    forward.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    forward.__name__ = name
    return forward


def _sets_up(function: Any) -> bool:
    """Whether a torch.autograd.Function saves what it needs in ``setup_context``: then forward has no context."""
    base: Any = sys.modules["torch"].autograd.Function
    return function.setup_context is not base.setup_context
