"""Draw many cases at once, to look at them together."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

Drawn = TypeVar("Drawn")


def drawn(strategy: st.SearchStrategy[Drawn], examples: int = 300, at: int = 0) -> list[Drawn]:
    """What a strategy draws from one seed."""
    found: list[Drawn] = []
    chosen = settings(
        max_examples=examples, phases=(Phase.generate,), database=None, suppress_health_check=list(HealthCheck)
    )

    def keep(one: Drawn) -> None:
        found.append(one)

    chosen(seed(at)(given(strategy)(keep)))()
    return found
