"""Random numbers of the code under audit, the same in each run: a unit that is dropped is so in every forward pass."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from gdverify.auditing.behaviours.state import set_random_states

GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)


@contextmanager
def fixed(made: Any = None) -> Iterator[None]:
    """The global random states, and the generators that an object holds, start anew; the global ones are put back.

    Args:
        made: the object.
    """
    for name, value in list(getattr(made, "__dict__", {}).items()):
        if isinstance(value, GENERATORS):
            setattr(made, name, _anew(value))
    with set_random_states():
        yield


def _anew(generator: Any) -> Any:
    if isinstance(generator, np.random.Generator):
        return np.random.default_rng(0)
    return np.random.RandomState(0) if isinstance(generator, np.random.RandomState) else random.Random(0)
