"""torch.autograd as a witness: the same forward pass in torch's own functions, differentiated by torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from gdverify.cases.case import Array
from tests.witness.by_torch import activations, layers, losses
from tests.witness.rows import Row

ROWS: dict[str, Row] = {**activations.ROWS, **layers.ROWS, **losses.ROWS}


def pullback(
    loss: Callable[[Mapping[str, Any]], Any], arrays: Mapping[str, Array], wanted: Sequence[str]
) -> dict[str, Array]:
    """The loss and its gradients by the wanted arrays, as torch has them."""
    tensors = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
    leaves = [tensors[name].requires_grad_() for name in wanted]
    value = loss(tensors)
    gradients = torch.autograd.grad(value, leaves, materialize_grads=True)
    found = {name: gradient.numpy() for name, gradient in zip(wanted, gradients, strict=True)}
    return {"loss": value.detach().numpy(), **found}


def total(upstream: Any, result: Any) -> Any:
    """What an operation contributes to a loss whose gradient arrives from behind."""
    return (upstream * result).sum()
