"""What Hypothesis draws from, the same wherever an audit runs: its own constants alone.

One number in twenty it takes from constants, also from those in the source of every module that is loaded. Cases would
depend on what else is imported, and on a number in the user's file: one seed would not give one report.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis.internal.conjecture import providers

_LOOKED_UP = "_get_local_constants"  # what looks for them; releases before 6.131 have none
_KEPT = "CONSTANTS_CACHE"  # those that fit, by what is drawn
_ours: dict[str, Any] = {}


@contextmanager
def own_constants() -> Iterator[None]:
    """Within it Hypothesis knows no constants of loaded modules, and looks at none of them."""
    if not hasattr(providers, _LOOKED_UP):
        yield
        return
    if not _ours:
        none, kept = vars(providers)["Constants"](), getattr(providers, _KEPT)
        _ours.update({_LOOKED_UP: lambda: none, _KEPT: type(kept)(kept.max_size)})
    before = {name: getattr(providers, name) for name in _ours}
    vars(providers).update(_ours)
    try:
        yield
    finally:
        vars(providers).update(before)
