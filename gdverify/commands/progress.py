"""Progress on standard error, for what takes longer than a second."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

# Seconds of silence before the first line of progress, and between two; twice as many each time that a line repeats.
PATIENCE = 1.0


class Progress:
    """Says on stderr how far the runs are, at most once a second; not in the first second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = clock() + PATIENCE
        self._wait, self._last = PATIENCE, ""

    def __call__(self, message: str) -> None:
        now = self._clock()
        if now >= self._due:
            click.echo(message, err=True)
            self._wait = 2 * self._wait if message == self._last else PATIENCE
            self._due, self._last = now + self._wait, message
