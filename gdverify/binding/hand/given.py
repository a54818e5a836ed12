"""What the functions of a binding are called with: the arrays and sizes of a case, by name, as attributes.

``c.x`` and ``c.W1`` are arrays, ``c.batch`` and ``c.inputs`` sizes, ``c.widths`` the sizes of a network's layers from
input to output, ``c.upstream`` the gradient that arrives from behind. ``c.self`` is the object, once it is made, and
``c.returned`` what the run returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gdverify.binding.calling.carriers import Array
from gdverify.cases.case import Case
from gdverify.errors import BindingError
from gdverify.notation.tensors import Tensor


@dataclass
class Given:
    """The arrays, sizes and options of a case, the axes of its arrays, and what a binding has made of them so far."""

    arrays: Mapping[str, Array]
    sizes: Mapping[str, int]
    options: Mapping[str, Any] = field(default_factory=dict)
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, tensors: Iterable[Tensor] = ()) -> Given:
        """What a case gives; the tensors say the names of the axes."""
        behind = dict(zip(["upstream"], case.upstream.values(), strict=False))
        axes = {tensor.name: tuple(axis.name for axis in tensor.axes) for tensor in tensors}
        return cls({**case.arrays, **behind}, case.sizes, case.options, axes)

    @property
    def widths(self) -> list[int]:
        """The sizes of the layers of a network, the input's first."""
        hidden = (name for name in (f"hidden{k}" for k in range(1, len(self.sizes))) if name in self.sizes)
        return [self.sizes[name] for name in ("inputs", *hidden, "outputs") if name in self.sizes]

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a tensor: as it is handed over, or as its axes say."""
        if name in self.arrays:
            return self.arrays[name].shape
        return tuple(self.sizes[axis] for axis in self.axes[name])

    def __getattr__(self, name: str) -> Any:
        for known in (self.made, self.arrays, self.sizes):
            if name in known:
                return known[name]
        if name.startswith("__"):
            raise AttributeError(name)
        raise BindingError(
            f"c.{name}: the case has no such array or size; it has {', '.join([*self.made, *self.arrays, *self.sizes])}"
            " and widths."
        )
