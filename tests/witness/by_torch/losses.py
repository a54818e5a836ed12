"""Losses and penalties, each by torch's own function."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from tests.witness.rows import Row


def _pinball(y: torch.Tensor, t: torch.Tensor, q: float) -> torch.Tensor:
    return torch.maximum(q * (t - y), (q - 1) * (t - y))


def _focal(y: torch.Tensor, t: torch.Tensor, gamma: float) -> torch.Tensor:
    weighed = torch.special.xlogy(t * (1 - y) ** gamma, y), torch.special.xlog1py((1 - t) * y**gamma, -y)
    return -(weighed[0] + weighed[1])


def _hinge(y: torch.Tensor, t: torch.Tensor, reduction: str) -> torch.Tensor:
    """How far y is from being 1 above 0, or below it."""
    return F.margin_ranking_loss(y, torch.zeros_like(y), t, margin=1, reduction=reduction)


def _multiclass(y: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Torch's own divides by the number of classes: see the disagreements."""
    return ((1 - t) * F.relu(1 + y - (t * y).sum(dim=1, keepdim=True))).sum()


def _triplet(*vectors: torch.Tensor, margin: float, reduction: str) -> torch.Tensor:
    return F.triplet_margin_with_distance_loss(
        *vectors, distance_function=lambda u, v: (u - v).square().sum(dim=1), margin=margin, reduction=reduction
    )


def _pairs(u: torch.Tensor, v: torch.Tensor, t: torch.Tensor, margin: float) -> torch.Tensor:
    apart = F.pairwise_distance(u, v, eps=0)
    return (t * apart.square() + (1 - t) * F.relu(margin - apart).square()).mean() / 2


ROWS: dict[str, Row] = {
    "squared_error": lambda y, t: F.mse_loss(y, t, reduction="sum"),
    "half_squared_error": lambda y, t: F.mse_loss(y, t, reduction="sum") / 2,
    "mean_squared_error": lambda y, t: F.mse_loss(y, t),
    "half_mean_squared_error": lambda y, t: F.mse_loss(y, t) / 2,
    "squared_error_per_sample": lambda y, t: F.mse_loss(y, t, reduction="sum") / len(y),
    "absolute_error": lambda y, t: F.l1_loss(y, t, reduction="sum"),
    "mean_absolute_error": lambda y, t: F.l1_loss(y, t),
    "huber": lambda y, t, delta: F.huber_loss(y, t, delta=delta),
    "huber_sum": lambda y, t, delta: F.huber_loss(y, t, delta=delta, reduction="sum"),
    "smooth_l1": lambda y, t, beta: F.smooth_l1_loss(y, t, beta=beta),
    "smooth_l1_sum": lambda y, t, beta: F.smooth_l1_loss(y, t, beta=beta, reduction="sum"),
    "quantile": lambda y, t, q: _pinball(y, t, q).mean(),
    "quantile_sum": lambda y, t, q: _pinball(y, t, q).sum(),
    "poisson": lambda y, t: F.poisson_nll_loss(y, t),
    "poisson_sum": lambda y, t: F.poisson_nll_loss(y, t, reduction="sum"),
    "binary_cross_entropy": lambda y, t: F.binary_cross_entropy(y, t),
    "binary_cross_entropy_sum": lambda y, t: F.binary_cross_entropy(y, t, reduction="sum"),
    "binary_cross_entropy_per_sample": lambda y, t: F.binary_cross_entropy(y, t, reduction="sum") / len(y),
    "binary_cross_entropy_with_logits": lambda y, t: F.binary_cross_entropy_with_logits(y, t),
    "binary_cross_entropy_with_logits_sum": lambda y, t: F.binary_cross_entropy_with_logits(y, t, reduction="sum"),
    "focal": lambda y, t, gamma: _focal(y, t, gamma).mean(),
    "focal_sum": lambda y, t, gamma: _focal(y, t, gamma).sum(),
    "cross_entropy": lambda y, t: -torch.special.xlogy(t, y).sum() / len(y),
    "cross_entropy_sum": lambda y, t: -torch.special.xlogy(t, y).sum(),
    "softmax_cross_entropy": lambda y, t: F.cross_entropy(y, t),
    "softmax_cross_entropy_sum": lambda y, t: F.cross_entropy(y, t, reduction="sum"),
    "smoothed_cross_entropy": lambda y, t, epsilon: F.cross_entropy(y, t, label_smoothing=epsilon),
    "cross_entropy_of_classes": lambda y, t: F.cross_entropy(y.flatten(0, -2), t.flatten()),
    # Torch's own takes the numbers of the classes, and no other weights than 0 and 1.
    "negative_log_likelihood": lambda y, t: -torch.tensordot(y, t, dims=2) / len(y),
    "negative_log_likelihood_sum": lambda y, t: -torch.tensordot(y, t, dims=2),
    "kl_divergence": lambda y, t: F.kl_div(y.log(), t, reduction="batchmean"),
    "kl_divergence_sum": lambda y, t: F.kl_div(y.log(), t, reduction="sum"),
    "hinge": lambda y, t: _hinge(y, t, "mean"),
    "hinge_sum": lambda y, t: _hinge(y, t, "sum"),
    "squared_hinge": lambda y, t: F.relu(1 - t * y).square().mean(),
    "squared_hinge_sum": lambda y, t: F.relu(1 - t * y).square().sum(),
    "multiclass_hinge": lambda y, t: _multiclass(y, t) / len(y),
    "multiclass_hinge_sum": lambda y, t: _multiclass(y, t),
    "cosine_distance": lambda y, t: 1 - F.cosine_similarity(y, t).mean(),
    "contrastive": lambda y, t, margin: (t * y.square() + (1 - t) * F.relu(margin - y).square()).mean() / 2,
    "contrastive_pairs": lambda u, v, t, margin: _pairs(u, v, t, margin),
    "euclidean_distance": lambda u, v: F.pairwise_distance(u, v, eps=0),
    "triplet": lambda anchor, positive, negative, margin: _triplet(
        anchor, positive, negative, margin=margin, reduction="mean"
    ),
    "triplet_sum": lambda anchor, positive, negative, margin: _triplet(
        anchor, positive, negative, margin=margin, reduction="sum"
    ),
    "lasso": lambda w, strength: strength * torch.linalg.vector_norm(w, 1),
    "ridge": lambda w, strength: strength * torch.linalg.vector_norm(w).square() / 2,
    "elastic_net": lambda w, strength, share: (
        strength * (share * torch.linalg.vector_norm(w, 1) + (1 - share) * w.square().sum() / 2)
    ),
}
