"""An optimiser that changes nothing and remembers what it is handed."""

from __future__ import annotations

from typing import Any


class Recorder:
    """Stands in for an optimiser: ``update(w, g)``, ``step(g)`` and the like are recorded.

    Attributes:
        records: the arguments of each call, in order.
    """

    def __init__(self) -> None:
        self.records: list[tuple[Any, ...]] = []

    def update(self, *arguments: Any) -> Any:
        """Record a call and give the first argument back, unchanged: the weights."""
        self.records.append(arguments)
        return arguments[0] if arguments else None

    step = apply = apply_gradients = optimize = __call__ = get_update = update_params = update
