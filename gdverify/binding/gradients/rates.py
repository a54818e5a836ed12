"""Another learning rate for a unit that was bound with the usual one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gdverify.binding.binding import Binding
from gdverify.binding.calling.constructing import RATE


def at_rate(binding: Binding, rate: float) -> Binding:
    """The same binding with another learning rate."""

    def exchanged(given: Mapping[Any, Any]) -> dict[Any, Any]:
        return {name: rate if type(value) is float and value == RATE else value for name, value in given.items()}

    construction = binding.construction
    return replace(
        binding,
        construction=replace(construction, arguments=exchanged(construction.arguments)) if construction else None,
        settings=exchanged(binding.settings),
        calls=tuple(replace(call, constants=exchanged(call.constants)) for call in binding.calls),
        gradients=tuple(replace(one, rate=rate) if one.rate == RATE else one for one in binding.gradients),
    )
