"""jax.test_util.check_grads: the NumPy code behind ``pure_callback``, its backward pass as a ``custom_vjp``.

In float64, since a hand-written gradient is checked in it; only the reverse mode, since no other is written.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.peers.question import Question


def passes(question: Question) -> bool:
    """Whether check_grads accepts the backward pass."""
    import jax
    from jax.test_util import check_grads

    with _double(jax):
        result = _like(jax, question.value(*question.point))
        gradients = tuple(_like(jax, array) for array in question.point)

        @jax.custom_vjp
        def written(*arrays: Any) -> Any:
            return jax.pure_callback(lambda *a: np.asarray(question.value(*map(np.asarray, a))), result, *arrays)

        def backward(arrays: Any, upstream: Any) -> Any:
            return jax.pure_callback(lambda *a: question.pullback(*map(np.asarray, a)), gradients, upstream, *arrays)

        written.defvjp(lambda *arrays: (written(*arrays), arrays), backward)
        try:
            check_grads(written, question.point, order=1, modes=("rev",))
        except AssertionError:
            return False
    return True


def _like(jax: Any, array: Any) -> Any:
    return jax.ShapeDtypeStruct(np.shape(array), np.float64)


def _double(jax: Any) -> Any:
    """The context in which jax computes in float64; its name was in ``jax.experimental`` at first."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64

    return enable_x64()
