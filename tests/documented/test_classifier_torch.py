"""The classifier on tensors: against torch's own derivatives, and against the NumPy classifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gdverify.documented.classifier import (
    Classifier,
    CorrectedClassifier,
    linear_map_gradient,
    linear_map_loss,
)
from gdverify.documented.classifier_torch import (
    CorrectedTorchClassifier,
    TorchClassifier,
    mean_cross_entropy,
)

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")

Loss = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]

NETWORKS = [(TorchClassifier, Classifier), (CorrectedTorchClassifier, CorrectedClassifier)]


def built(network: type[TorchClassifier], learning_rate: float = 0.001) -> TorchClassifier:
    return network(2, 32, 1, torch.Generator().manual_seed(2), learning_rate)


def batch(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(4)
    X, labels = rng.normal(size=(7, 2)), rng.integers(0, 2, (7, 1))
    return torch.tensor(X, dtype=dtype), torch.tensor(labels, dtype=dtype)


def half_squared_error(y4: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return ((y4 - labels) ** 2).sum() / 2


@pytest.mark.parametrize(
    ("network", "loss", "equal"),
    [
        (TorchClassifier, half_squared_error, True),
        (TorchClassifier, mean_cross_entropy, False),
        (CorrectedTorchClassifier, mean_cross_entropy, True),
    ],
)
def test_gradient_against_torch(network: type[TorchClassifier], loss: Loss, equal: bool) -> None:
    net = built(network, learning_rate=0.0)
    net.w1, net.w2 = net.w1.double(), net.w2.double()
    X, labels = batch(torch.float64)
    net.train(X, labels)
    found = net.dC_dw1, net.dC_dw2
    weights = net.w1.requires_grad_(), net.w2.requires_grad_()
    expected = torch.autograd.grad(loss(net.forward(X), labels), weights)
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=0) is equal


@pytest.mark.parametrize(("network", "numpy_network"), NETWORKS)
def test_training_agrees_with_numpy(network: type[TorchClassifier], numpy_network: type[Classifier]) -> None:
    net = built(network)
    twin = numpy_network(2, 32, 1, np.random.default_rng(0))
    twin.w1, twin.w2 = net.w1.numpy().copy(), net.w2.numpy().copy()
    X, labels = batch(torch.float32)
    for _ in range(3):
        net.train(X, labels)
        twin.train(X.numpy(), labels.numpy())
    np.testing.assert_allclose(net.w1.numpy(), twin.w1, rtol=1e-5)
    np.testing.assert_allclose(net.w2.numpy(), twin.w2, rtol=1e-5)


@pytest.mark.parametrize("network", [TorchClassifier, CorrectedTorchClassifier])
def test_single_precision_in_place_inputs_unchanged(network: type[TorchClassifier]) -> None:
    net = built(network)
    X, labels = batch(torch.float32)
    kept, w1, w2 = (X.clone(), labels.clone()), net.w1, net.w2
    before = w1.clone(), w2.clone()
    net.train(X, labels)
    assert net.w1 is w1
    assert net.w2 is w2
    assert torch.equal(w1, before[0] - 0.001 * net.dC_dw1)
    assert torch.equal(w2, before[1] - 0.001 * net.dC_dw2)
    assert w1.dtype == w2.dtype == net.dC_dw1.dtype == net.dC_dw2.dtype == torch.float32
    assert torch.equal(X, kept[0])
    assert torch.equal(labels, kept[1])


def test_linear_map_takes_tensors() -> None:
    # Any: the functions are written for scalars, and use what tensors have in common with them.
    theta: Any = torch.tensor(0.5, requires_grad=True)
    x: Any = torch.tensor(2.0)
    y: Any = torch.tensor(3.0)
    loss: Any = linear_map_loss(theta, x, y)
    loss.backward()
    assert linear_map_gradient(theta, x, y) == theta.grad
