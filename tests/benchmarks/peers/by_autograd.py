"""autograd.test_util.check_grads: the NumPy code as a primitive, checked in every argument.

By default it checks argument 0 alone, and second derivatives, which nobody writes by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from gdverify.cases.case import Array
from tests.benchmarks.peers.question import Question


def passes(question: Question) -> bool:
    """Whether check_grads accepts the backward pass."""
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    @primitive
    def written(*arrays: Array) -> Array:
        return question.value(*arrays)

    def pulled(place: int, result: Array, *arrays: Array) -> Callable[[Array], Array]:
        return lambda upstream: question.pullback(np.asarray(upstream), *arrays)[place]

    places = tuple(range(len(question.point)))
    defvjp(written, *(partial(pulled, place) for place in places))
    with _seeded():
        try:
            check_grads(written, places, modes=["rev"], order=1)(*question.point)
        except AssertionError:
            return False
    return True


@contextmanager
def _seeded() -> Iterator[Any]:
    """The direction that is checked comes from NumPy's global generator."""
    before = np.random.get_state()
    np.random.seed(0)
    try:
        yield
    finally:
        np.random.set_state(before)
