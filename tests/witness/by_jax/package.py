"""jax.grad as a witness: the same forward pass in jax's own functions, differentiated and compiled by jax."""

from __future__ import annotations

import jax
import numpy as np

from gdverify.cases.case import Array
from tests.witness.by_jax import activations, architectures, layers, losses, shapes
from tests.witness.package import Loss, Package, Pullback


def pullback(loss: Loss, wanted: tuple[str, ...]) -> Pullback:
    """From arrays to the loss and its gradients by the wanted ones, as jax has them."""
    compiled = jax.jit(jax.value_and_grad(lambda leaves, others: loss({**others, **leaves})))

    def gradients(arrays: dict[str, Array]) -> dict[str, Array]:
        others = {name: array for name, array in arrays.items() if name not in wanted}
        with jax.enable_x64(True):
            value, found = compiled({name: arrays[name] for name in wanted}, others)
        return {"loss": np.asarray(value), **{name: np.array(found[name]) for name in wanted}}

    return gradients


ROWS = {**activations.ROWS, **layers.ROWS, **losses.ROWS, **shapes.ROWS}
# Every shape is compiled anew, which takes longer than everything else.
PACKAGE = Package("jax", jax, ROWS, architectures.ARCHITECTURES, pullback, shapes=2)
