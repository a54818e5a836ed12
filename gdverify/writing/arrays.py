"""Arrays in words: how a tensor of a case is handed over, and where one is found. A row for each layout and carrier."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gdverify.binding.calling.places import Attribute, Place, Step
from gdverify.binding.calling.running import Held
from gdverify.binding.recognising.layouts import REDUCED
from gdverify.writing.layout import literal
from gdverify.writing.scope import NUMPY, Scope, Unspellable

STORED: Mapping[str, str] = {
    "as it is": "{}",
    "transposed": "{}.T",
    "row": "{}[None]",
    "column": "{}[:, None]",
    "vector of one": "{}.reshape(1)",
    "one by one": "{}.reshape(1, 1)",
    "one sample": "{}[0]",
    "one output": "{}[:, 0]",
    "one row": "{}[0]",
    "one entry": "{}[0]",
    "labels": "{}.argmax(axis=1)",
    "bias as last column": "np.concatenate(({}, {}[:, None]), axis=1)",
    "bias as first column": "np.concatenate(({1}[:, None], {0}), axis=1)",
    "bias as last row": "np.concatenate(({}.T, {}[None]), axis=0)",
    "bias as first row": "np.concatenate(({1}[None], {0}.T), axis=0)",
}
"""By the name of a layout: the array, from the tensors."""

FOUND: Mapping[str, str] = {"one entry": "{}[None]"}
"""Where a place is written otherwise than in a report."""

OF_SELF = re.compile(r"self\.(?!(?:self|returned)\b)")  # need not be said

CARRIED: Mapping[str, tuple[str, str]] = {
    "array": ("", "{}"),
    "number": ("", "{}[()]"),
    "list": ("", "{}.tolist()"),
    "tensor": ("import torch", "torch.tensor({})"),
    "differentiated tensor": ("import torch", "torch.tensor({}, requires_grad=True)"),
    "parameter": ("import torch", "torch.nn.Parameter(torch.tensor({}))"),
    "frozen parameter": ("import torch", "torch.nn.Parameter(torch.tensor({}), requires_grad=False)"),
    "jax array": ("from jax import numpy as jnp", "jnp.array({})"),
}
"""By the name of a carrier: what is imported, and the value, from the array."""


def stored(held: Held, behind: str | None, scope: Scope) -> str:
    """The value that stands for some tensors of the case ``c``.

    Args:
        held: the tensors, their layout and what carries them.
        behind: the tensor that arrives from behind, ``c.upstream``.
        scope: what is to be imported.
    """
    tensors = ["c.upstream" if tensor.name == behind else f"c.{tensor.name}" for tensor in held.tensors]
    if held.layout.name not in STORED:
        raise Unspellable(f"{held.layout.text(held.tensors, str(held.place))} is not what a case holds")
    array = STORED[held.layout.name].format(*tensors)
    if len(tensors) > 1:
        scope.needs(NUMPY)
    line, carried = CARRIED[held.carrier.name]
    # A number of the case is an array without axes, and so is one entry of an array.
    return scope.importing(line, carried.format(array)) if line else carried.format(array)


def places(held: Held, place: str) -> dict[str, str]:
    """Where each tensor is that is held at a place."""
    own = FOUND.get(held.layout.name)
    ways = held.layout.written if own is None else (own,)
    if held.layout.name not in {*STORED, *(one.name for one in REDUCED)}:
        raise Unspellable(f"{held.layout.text(held.tensors, place)} is no place")
    return {tensor.name: way.format(place) for tensor, way in zip(held.tensors, ways, strict=True)}


def place(where: Place, roots: Mapping[str, str]) -> str:
    """A place of an environment as one of a binding by hand: ``W1``, ``returned[0][1]``."""
    return OF_SELF.sub("", f"{roots.get(where.root, where.root)}{Place('', where.steps)}")


def expression(where: Place, roots: Mapping[str, str]) -> str:
    """A place of an environment as an expression, the roots being what they are called in it."""
    if where.root not in roots:
        raise Unspellable(f"{where.root} is not at hand when it is needed")
    return roots[where.root] + "".join(map(_step, where.steps))


def _step(step: Step) -> str:
    if isinstance(step, Attribute):
        return f".{step.name}"
    key = literal(step.key)
    if key is None:
        raise Unspellable(f"the key {step.key!r} has no text")
    return f"[{key}]"
