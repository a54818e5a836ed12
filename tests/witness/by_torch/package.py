"""torch.autograd as a witness: the same forward pass in torch's own functions, differentiated by torch."""

from __future__ import annotations

import numpy as np
import torch

from gdverify.cases.case import Array
from tests.witness.by_torch import activations, architectures, layers, losses, shapes
from tests.witness.package import Loss, Package, Pullback


def pullback(loss: Loss, wanted: tuple[str, ...]) -> Pullback:
    """From arrays to the loss and its gradients by the wanted ones, as torch has them."""

    def gradients(arrays: dict[str, Array]) -> dict[str, Array]:
        tensors = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
        leaves = [tensors[name].requires_grad_() for name in wanted]
        value = loss(tensors)
        found = torch.autograd.grad(value, leaves, materialize_grads=True)
        return {"loss": value.detach().numpy(), **{n: g.numpy() for n, g in zip(wanted, found, strict=True)}}

    return gradients


torch.set_num_threads(1)  # arrays this small are faster so
ROWS = {**activations.ROWS, **layers.ROWS, **losses.ROWS, **shapes.ROWS}
PACKAGE = Package("torch", torch, ROWS, architectures.ARCHITECTURES, pullback)
