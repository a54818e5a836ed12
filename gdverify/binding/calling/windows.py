"""Windows of images off their defaults: strides, paddings and dilations that a constructor offers.

With a stride of 1 and no padding a factor of the stride, or a border that is cut off at the wrong end, does not show; a
pooling whose stride is its size has no overlap.
"""

from __future__ import annotations

import inspect

from gdverify.binding.calling.parts import Parts
from gdverify.binding.calling.running import parameters_of
from gdverify.binding.recognising.names import plain

# By its name, the values of a window that are tried, in this order; the first that is not the default is.
WINDOWS: dict[str, tuple[int, ...]] = {
    "stride": (2, 1),
    "strides": (2, 1),
    "pad": (1, 0),
    "pads": (1, 0),
    "padding": (1, 0),
    "dilation": (2, 1),
}


def windows(parts: Parts) -> dict[str, int]:
    """The value beside its default of each number of a window, by the name of the parameter."""
    made = [] if parts.make is None else parameters_of(parts.make)
    return {one.name: _other(one) for one in made if plain(one.name) in WINDOWS and type(one.default) is int}


def _other(parameter: inspect.Parameter) -> int:
    return next(value for value in WINDOWS[plain(parameter.name)] if value != parameter.default)
