"""What a package has no function for, and none that would be an outside witness could be put together from: why."""

from __future__ import annotations

ABSENT: dict[str, dict[str, str]] = {"torch": {}, "jax": {}}
