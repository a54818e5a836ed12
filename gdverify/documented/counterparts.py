"""Which class is the hand-written counterpart of which operation of the catalogue.

A row says how the class is made, and under which attributes it holds the operands that it learns. The other operands
are what ``forward`` takes, in their order, with the target behind them; constants of the operation, such as a stride,
are keywords of the class under the same names. From that one function makes ``case → loss and gradients``, as an audit
takes it, of every row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from gdverify.cases.case import Case
from gdverify.documented import (
    activations,
    affine,
    attention,
    classification,
    convolution,
    gates,
    layers,
    lookup,
    losses,
    margins,
    normalisation,
    penalties,
    pooling,
    rectifiers,
)
from gdverify.documented.losses import samples, whole
from gdverify.errors import unknown

Gradients = dict[str, Any]


@dataclass(frozen=True)
class Counterpart:
    """A hand-written layer or loss.

    Attributes:
        make: from the parameters by attribute, and constants, to an instance.
        parameters: the operands that are held, with the attribute of each; its gradient is in ``d<attribute>``.
    """

    make: Callable[..., Any]
    parameters: Mapping[str, str] = field(default_factory=dict)

    def gradients(self, case: Case, **constants: Any) -> Gradients:
        """The loss and the gradient of every operand, by its name.

        Where a gradient arrives from behind, the loss is the sum of its products with the result.
        """
        held = {attribute: case.inputs[name] for name, attribute in self.parameters.items()}
        taken = {name: array for name, array in case.inputs.items() if name not in self.parameters}
        layer = self.make(**held, **constants)
        value = layer.forward(*taken.values(), *case.targets.values())
        returned = layer.backward(*case.upstream.values())
        loss = sum((np.sum(dy * value) for dy in case.upstream.values()), start=0.0) if case.upstream else value
        found = zip(taken, returned if isinstance(returned, tuple) else (returned,), strict=True)
        return {
            "loss": loss,
            **{name: gradient for name, gradient in found if gradient is not None},
            **{name: getattr(layer, f"d{attribute}") for name, attribute in self.parameters.items()},
        }


def _plain(make: Callable[..., Any], *learnt: str) -> Counterpart:
    """A class that calls what it learns as the operation does."""
    return Counterpart(make, {name: name for name in learnt})


NORMALISED = {"g": "gamma", "b": "beta"}

COUNTERPARTS: dict[str, Counterpart] = {
    "affine": _plain(affine.Affine, "W", "b"),
    "linear": _plain(affine.LinearMap, "W"),
    "linear_in_out": _plain(affine.LinearInOut, "w"),
    "weighted_sum": _plain(affine.WeightedSum, "w"),
    "line_through": _plain(affine.Line, "a", "b"),
    "bilinear": _plain(affine.Bilinear, "W", "b"),
    "identity": _plain(activations.Identity),
    "sigmoid": _plain(activations.Sigmoid),
    "scaled_sigmoid": _plain(activations.ScaledSigmoid),
    "hard_sigmoid": _plain(rectifiers.HardSigmoid),
    "tanh": _plain(layers.Tanh),
    "hard_tanh": _plain(rectifiers.HardTanh),
    "softsign": _plain(activations.Softsign),
    "relu": _plain(layers.ReLU),
    "leaky_relu": _plain(rectifiers.LeakyReLU),
    "prelu": _plain(rectifiers.PReLU, "alpha"),
    "prelu_per_feature": _plain(rectifiers.PReLU, "alpha"),
    "elu": _plain(rectifiers.ELU),
    "selu": _plain(rectifiers.SELU),
    "softplus": _plain(activations.Softplus),
    "silu": _plain(activations.SiLU),
    "mish": _plain(activations.Mish),
    "gelu": _plain(activations.GELU),
    "gelu_tanh": _plain(activations.GELUTanh),
    "square": _plain(activations.Square),
    "product": _plain(gates.Product),
    "residual": _plain(gates.Residual),
    "gated": _plain(gates.Gated),
    "scale": _plain(gates.Scale, "g"),
    "glu": _plain(gates.GLU),
    "swiglu": _plain(gates.SwiGLU),
    "dropout": _plain(gates.Dropout),
    "softmax": _plain(normalisation.Softmax),
    "softmax_columns": _plain(partial(normalisation.Softmax, axis=0)),
    "log_softmax": _plain(normalisation.LogSoftmax),
    "batch_norm": Counterpart(normalisation.BatchNorm, NORMALISED),
    "batch_norm_2d": Counterpart(normalisation.BatchNorm, NORMALISED),
    "batch_norm_evaluation": Counterpart(
        normalisation.BatchNormEvaluation, {**NORMALISED, "centre": "mean", "variance": "variance"}
    ),
    "instance_norm": Counterpart(normalisation.InstanceNorm, NORMALISED),
    "layer_norm": Counterpart(normalisation.LayerNorm, NORMALISED),
    "rms_norm": _plain(normalisation.RMSNorm, "g"),
    "attention": _plain(attention.Attention),
    "masked_attention": _plain(attention.MaskedAttention),
    "squared_error": _plain(partial(losses.SquaredError, per=whole)),
    "half_squared_error": _plain(partial(losses.HalfSquaredError, per=whole)),
    "mean_squared_error": _plain(layers.MeanSquaredError),
    "half_mean_squared_error": _plain(losses.HalfSquaredError),
    "squared_error_per_sample": _plain(partial(losses.SquaredError, per=samples)),
    "absolute_error": _plain(partial(losses.AbsoluteError, per=whole)),
    "mean_absolute_error": _plain(losses.AbsoluteError),
    "huber": _plain(losses.Huber),
    "huber_sum": _plain(partial(losses.Huber, per=whole)),
    "smooth_l1": _plain(losses.SmoothL1),
    "smooth_l1_sum": _plain(partial(losses.SmoothL1, per=whole)),
    "quantile": _plain(losses.Quantile),
    "quantile_sum": _plain(partial(losses.Quantile, per=whole)),
    "poisson": _plain(losses.Poisson),
    "poisson_sum": _plain(partial(losses.Poisson, per=whole)),
    "binary_cross_entropy": _plain(classification.BinaryCrossEntropy),
    "binary_cross_entropy_sum": _plain(partial(classification.BinaryCrossEntropy, per=whole)),
    "binary_cross_entropy_per_sample": _plain(partial(classification.BinaryCrossEntropy, per=samples)),
    "binary_cross_entropy_with_logits": _plain(classification.BinaryCrossEntropyWithLogits),
    "binary_cross_entropy_with_logits_sum": _plain(partial(classification.BinaryCrossEntropyWithLogits, per=whole)),
    "focal": _plain(classification.Focal),
    "focal_sum": _plain(partial(classification.Focal, per=whole)),
    "cross_entropy": _plain(classification.CrossEntropy),
    "cross_entropy_sum": _plain(partial(classification.CrossEntropy, per=whole)),
    "softmax_cross_entropy": _plain(classification.SoftmaxCrossEntropy),
    "softmax_cross_entropy_sum": _plain(partial(classification.SoftmaxCrossEntropy, per=whole)),
    "smoothed_cross_entropy": _plain(classification.SmoothedCrossEntropy),
    "cross_entropy_of_classes": _plain(lookup.CrossEntropyOfClasses),
    "negative_log_likelihood": _plain(classification.NegativeLogLikelihood),
    "negative_log_likelihood_sum": _plain(partial(classification.NegativeLogLikelihood, per=whole)),
    "kl_divergence": _plain(classification.KLDivergence),
    "kl_divergence_sum": _plain(partial(classification.KLDivergence, per=whole)),
    "hinge": _plain(margins.Hinge),
    "hinge_sum": _plain(partial(margins.Hinge, per=whole)),
    "squared_hinge": _plain(margins.SquaredHinge),
    "squared_hinge_sum": _plain(partial(margins.SquaredHinge, per=whole)),
    "multiclass_hinge": _plain(margins.MulticlassHinge),
    "multiclass_hinge_sum": _plain(partial(margins.MulticlassHinge, per=whole)),
    "cosine_distance": _plain(margins.CosineDistance),
    "contrastive": _plain(margins.Contrastive),
    "euclidean_distance": _plain(margins.EuclideanDistance),
    "triplet": _plain(margins.Triplet),
    "triplet_sum": _plain(partial(margins.Triplet, per=whole)),
    "lasso": _plain(penalties.Lasso),
    "ridge": _plain(penalties.Ridge),
    "elastic_net": _plain(penalties.ElasticNet),
    "convolution_1d": _plain(convolution.Convolution, "W", "b"),
    "convolution_2d": _plain(convolution.Convolution, "W", "b"),
    "convolution_2d_channels_last": _plain(convolution.ConvolutionChannelsLast, "W", "b"),
    "depthwise_convolution_2d": _plain(convolution.DepthwiseConvolution, "W", "b"),
    "transposed_convolution_2d": _plain(convolution.TransposedConvolution, "W", "b"),
    "max_pooling_2d": _plain(pooling.MaxPooling),
    "average_pooling_2d": _plain(pooling.AveragePooling),
    "global_average_pooling": _plain(pooling.GlobalAveragePooling),
    "global_max_pooling": _plain(pooling.GlobalMaxPooling),
    "maxout": _plain(pooling.Maxout, "W", "b"),
    "embedding": _plain(lookup.Embedding, "E"),
}


def counterpart(operation: str) -> Counterpart:
    """The hand-written counterpart of an operation.

    Raises:
        UnknownName: there is none of that name; the message lists the closest.
    """
    if operation not in COUNTERPARTS:
        raise unknown("operation with a hand-written counterpart", operation, COUNTERPARTS)
    return COUNTERPARTS[operation]
