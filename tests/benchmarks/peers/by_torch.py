"""torch.autograd.gradcheck: the NumPy code as an ``autograd.Function``, every array an input that requires grad."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.peers.question import Question


def passes(question: Question, **options: Any) -> bool:
    """Whether gradcheck accepts the backward pass."""
    import torch

    class Written(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            ctx.save_for_backward(*tensors)
            return torch.from_numpy(np.array(question.value(*(tensor.detach().numpy() for tensor in tensors))))

        @staticmethod
        def backward(ctx: Any, upstream: Any) -> Any:
            arrays = [tensor.detach().numpy() for tensor in ctx.saved_tensors]
            return tuple(torch.from_numpy(np.array(g)) for g in question.pullback(upstream.numpy(), *arrays))

    torch.set_num_threads(1)  # arrays this small are faster so
    inputs = tuple(torch.from_numpy(array.copy()).requires_grad_() for array in question.point)
    return bool(torch.autograd.gradcheck(Written.apply, inputs, raise_exception=False, **options))
