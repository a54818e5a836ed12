"""Which class is the hand-written counterpart of which operation of the catalogue.

A row says which class it is, of which axes of the operation it takes the sizes, and under which attributes it holds the
operands that it learns. The other operands are what ``forward`` takes, in their order, with the target behind them;
constants of the operation, such as a stride, are keywords of the class under the same names. From that one function
makes ``case → loss and gradients``, as an audit takes it, of every row.
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
    channels_last,
    classification,
    convolution,
    evaluation,
    gates,
    layers,
    lookup,
    losses,
    margins,
    normalisation,
    penalties,
    pooling,
    rectifiers,
    shapes,
)
from gdverify.documented.losses import samples, whole
from gdverify.errors import unknown

Gradients = dict[str, Any]


@dataclass(frozen=True)
class Counterpart:
    """A hand-written layer or loss.

    Attributes:
        make: the class, or a function that makes one of it.
        sizes: the axes whose sizes it is made with, in order.
        drawn: whether it draws first weights, so that it is made with a generator too.
        learnt: the operands that it holds, with the attribute of each; its gradient is in ``d<attribute>``.
    """

    make: Callable[..., Any]
    sizes: tuple[str, ...] = ()
    drawn: bool = False
    learnt: Mapping[str, str] = field(default_factory=dict)

    def layer(self, case: Case, **constants: Any) -> Any:
        """One with the sizes and the parameters of a case."""
        generator = (np.random.default_rng(0),) if self.drawn else ()
        made = self.make(*(case.sizes[axis] for axis in self.sizes), *generator, **constants)
        for name, attribute in self.learnt.items():
            setattr(made, attribute, case.inputs[name])
        return made

    def call(self, layer: Any, case: Case) -> Gradients:
        """The loss and the gradient of every operand by its name, with one forward and one backward pass of a layer.

        Where a gradient arrives from behind, the loss is the sum of its products with the result.
        """
        taken = {name: array for name, array in case.inputs.items() if name not in self.learnt}
        value = layer.forward(*taken.values(), *case.targets.values())
        returned = layer.backward(*case.upstream.values())
        found = zip(taken, returned if isinstance(returned, tuple) else (returned,), strict=True)
        return {
            "loss": sum((np.sum(dy * value) for dy in case.upstream.values()), start=0.0) if case.upstream else value,
            **{name: gradient for name, gradient in found if gradient is not None},
            **{name: getattr(layer, f"d{attribute}") for name, attribute in self.learnt.items()},
        }

    def gradients(self, case: Case, **constants: Any) -> Gradients:
        """`call` of a new `layer`: what an audit takes."""
        return self.call(self.layer(case, **constants), case)


def _held(make: Callable[..., Any], *sizes: str, **learnt: str) -> Counterpart:
    """A class whose parameters have first values."""
    return Counterpart(make, sizes, learnt=learnt)


def _drawn(make: Callable[..., Any], *sizes: str, learnt: tuple[str, ...] = ("W", "b")) -> Counterpart:
    """A class that draws parameters, and calls them as the operation does."""
    return Counterpart(make, sizes, drawn=True, learnt={name: name for name in learnt})


NORMALISED = {"g": "gamma", "b": "beta"}
EVALUATED = {**NORMALISED, "centre": "mean", "variance": "variance"}
KERNEL = ("channels", "features", "height", "width")

COUNTERPARTS: dict[str, Counterpart] = {
    "affine": _drawn(affine.Affine, "inputs", "outputs"),
    "linear": _drawn(affine.LinearMap, "inputs", "outputs", learnt=("W",)),
    "linear_in_out": _drawn(affine.LinearInOut, "inputs", "outputs", learnt=("w",)),
    "weighted_sum": _drawn(affine.WeightedSum, "inputs", learnt=("w",)),
    "dot_products": Counterpart(affine.DotProducts),
    "line_through": _held(affine.Line, a="a", b="b"),
    "bilinear": _drawn(affine.Bilinear, "inputs", "features", "outputs"),
    "identity": Counterpart(activations.Identity),
    "sigmoid": Counterpart(activations.Sigmoid),
    "scaled_sigmoid": Counterpart(activations.ScaledSigmoid),
    "hard_sigmoid": Counterpart(rectifiers.HardSigmoid),
    "tanh": Counterpart(layers.Tanh),
    "hard_tanh": Counterpart(rectifiers.HardTanh),
    "sine": Counterpart(activations.Sine),
    "softsign": Counterpart(activations.Softsign),
    "relu": Counterpart(layers.ReLU),
    "leaky_relu": Counterpart(rectifiers.LeakyReLU),
    "prelu": _held(rectifiers.PReLU, alpha="alpha"),
    "prelu_per_feature": _held(rectifiers.PReLU, "features", alpha="alpha"),
    "elu": Counterpart(rectifiers.ELU),
    "selu": Counterpart(rectifiers.SELU),
    "softplus": Counterpart(activations.Softplus),
    "silu": Counterpart(activations.SiLU),
    "mish": Counterpart(activations.Mish),
    "gelu": Counterpart(activations.GELU),
    "gelu_tanh": Counterpart(activations.GELUTanh),
    "square": Counterpart(activations.Square),
    "product": Counterpart(gates.Product),
    "residual": Counterpart(gates.Residual),
    "gated": Counterpart(gates.Gated),
    "scale": _held(gates.Scale, "features", g="g"),
    "positional_encoding": _held(gates.PositionalEncoding, "time", "features", P="P"),
    "glu": Counterpart(gates.GLU),
    "swiglu": Counterpart(gates.SwiGLU),
    "dropout": Counterpart(gates.Dropout),
    "softmax": Counterpart(normalisation.Softmax),
    "softmax_columns": Counterpart(partial(normalisation.Softmax, axis=0)),
    "softmax_channels": Counterpart(partial(normalisation.Softmax, axis=1)),
    "log_softmax": Counterpart(normalisation.LogSoftmax),
    "log_softmax_columns": Counterpart(partial(normalisation.LogSoftmax, axis=0)),
    "log_softmax_channels": Counterpart(partial(normalisation.LogSoftmax, axis=1)),
    "batch_norm": _held(normalisation.BatchNorm, "features", **NORMALISED),
    "batch_norm_2d": _held(normalisation.BatchNorm, "channels", **NORMALISED),
    "batch_norm_evaluation": _held(evaluation.BatchNormEvaluation, "features", **EVALUATED),
    "batch_norm_2d_evaluation": _held(evaluation.BatchNormEvaluation2D, "channels", **EVALUATED),
    "instance_norm": _held(normalisation.InstanceNorm, "channels", **NORMALISED),
    "group_norm": _held(normalisation.GroupNorm, "channels", **NORMALISED),
    "layer_norm": _held(normalisation.LayerNorm, "features", **NORMALISED),
    "rms_norm": _held(normalisation.RMSNorm, "features", g="g"),
    "attention": Counterpart(attention.Attention),
    "causal_attention": Counterpart(attention.CausalAttention),
    "masked_attention": Counterpart(attention.MaskedAttention),
    "squared_error": Counterpart(partial(losses.SquaredError, per=whole)),
    "half_squared_error": Counterpart(partial(losses.HalfSquaredError, per=whole)),
    "mean_squared_error": Counterpart(layers.MeanSquaredError),
    "half_mean_squared_error": Counterpart(losses.HalfSquaredError),
    "squared_error_per_sample": Counterpart(partial(losses.SquaredError, per=samples)),
    "absolute_error": Counterpart(partial(losses.AbsoluteError, per=whole)),
    "mean_absolute_error": Counterpart(losses.AbsoluteError),
    "huber": Counterpart(losses.Huber),
    "huber_sum": Counterpart(partial(losses.Huber, per=whole)),
    "smooth_l1": Counterpart(losses.SmoothL1),
    "smooth_l1_sum": Counterpart(partial(losses.SmoothL1, per=whole)),
    "quantile": Counterpart(losses.Quantile),
    "quantile_sum": Counterpart(partial(losses.Quantile, per=whole)),
    "poisson": Counterpart(losses.Poisson),
    "poisson_sum": Counterpart(partial(losses.Poisson, per=whole)),
    "binary_cross_entropy": Counterpart(classification.BinaryCrossEntropy),
    "binary_cross_entropy_sum": Counterpart(partial(classification.BinaryCrossEntropy, per=whole)),
    "binary_cross_entropy_per_sample": Counterpart(partial(classification.BinaryCrossEntropy, per=samples)),
    "binary_cross_entropy_with_logits": Counterpart(classification.BinaryCrossEntropyWithLogits),
    "binary_cross_entropy_with_logits_sum": Counterpart(
        partial(classification.BinaryCrossEntropyWithLogits, per=whole)
    ),
    "focal": Counterpart(classification.Focal),
    "focal_sum": Counterpart(partial(classification.Focal, per=whole)),
    "cross_entropy": Counterpart(classification.CrossEntropy),
    "cross_entropy_sum": Counterpart(partial(classification.CrossEntropy, per=whole)),
    "softmax_cross_entropy": Counterpart(classification.SoftmaxCrossEntropy),
    "softmax_cross_entropy_sum": Counterpart(partial(classification.SoftmaxCrossEntropy, per=whole)),
    "smoothed_cross_entropy": Counterpart(classification.SmoothedCrossEntropy),
    "cross_entropy_of_classes": Counterpart(lookup.CrossEntropyOfClasses),
    "negative_log_likelihood": Counterpart(classification.NegativeLogLikelihood),
    "negative_log_likelihood_sum": Counterpart(partial(classification.NegativeLogLikelihood, per=whole)),
    "kl_divergence": Counterpart(classification.KLDivergence),
    "kl_divergence_sum": Counterpart(partial(classification.KLDivergence, per=whole)),
    "hinge": Counterpart(margins.Hinge),
    "hinge_sum": Counterpart(partial(margins.Hinge, per=whole)),
    "squared_hinge": Counterpart(margins.SquaredHinge),
    "squared_hinge_sum": Counterpart(partial(margins.SquaredHinge, per=whole)),
    "multiclass_hinge": Counterpart(margins.MulticlassHinge),
    "multiclass_hinge_sum": Counterpart(partial(margins.MulticlassHinge, per=whole)),
    "cosine_distance": Counterpart(margins.CosineDistance),
    "contrastive": Counterpart(margins.Contrastive),
    "contrastive_pairs": Counterpart(margins.ContrastivePairs),
    "euclidean_distance": Counterpart(margins.EuclideanDistance),
    "triplet": Counterpart(margins.Triplet),
    "triplet_sum": Counterpart(partial(margins.Triplet, per=whole)),
    "lasso": Counterpart(penalties.Lasso),
    "ridge": Counterpart(penalties.Ridge),
    "elastic_net": Counterpart(penalties.ElasticNet),
    "convolution_1d": _drawn(convolution.Convolution1D, "channels", "features", "taps"),
    "convolution_2d": _drawn(convolution.Convolution2D, *KERNEL),
    "convolution_1d_channels_last": _drawn(channels_last.Convolution1DChannelsLast, "channels", "features", "taps"),
    "convolution_2d_channels_last": _drawn(channels_last.ConvolutionChannelsLast, *KERNEL),
    "depthwise_convolution_2d": _drawn(convolution.DepthwiseConvolution, "channels", "height", "width"),
    "depthwise_convolution_2d_channels_last": _drawn(
        channels_last.DepthwiseChannelsLast, "channels", "height", "width"
    ),
    "grouped_convolution_2d": _drawn(convolution.GroupedConvolution, *KERNEL),
    "transposed_convolution_2d": _drawn(convolution.TransposedConvolution, *KERNEL),
    "max_pooling_2d": Counterpart(pooling.MaxPooling),
    "average_pooling_2d": Counterpart(pooling.AveragePooling),
    "max_pooling_1d": Counterpart(pooling.MaxPooling1D),
    "average_pooling_1d": Counterpart(pooling.AveragePooling1D),
    "max_pooling_2d_channels_last": Counterpart(channels_last.MaxPoolingChannelsLast),
    "average_pooling_2d_channels_last": Counterpart(channels_last.AveragePoolingChannelsLast),
    "global_average_pooling_channels_last": Counterpart(channels_last.GlobalAveragePoolingChannelsLast),
    "global_max_pooling_channels_last": Counterpart(channels_last.GlobalMaxPoolingChannelsLast),
    "max_over_time": Counterpart(shapes.MaxOverTime),
    "global_average_pooling": Counterpart(pooling.GlobalAveragePooling),
    "global_max_pooling": Counterpart(pooling.GlobalMaxPooling),
    "average_over_time": Counterpart(shapes.AverageOverTime),
    "last_step": Counterpart(shapes.LastStep),
    "transpose": Counterpart(shapes.Transpose),
    "flatten": Counterpart(shapes.Flatten),
    "concatenate": Counterpart(shapes.Concatenate),
    "split": Counterpart(shapes.Split),
    "split_heads": Counterpart(shapes.SplitHeads),
    "join_heads": Counterpart(shapes.JoinHeads),
    "upsampling_2d": Counterpart(shapes.Upsampling),
    "maxout": _drawn(pooling.Maxout, "inputs", "outputs", "pieces"),
    "embedding": _drawn(lookup.Embedding, "words", "features", learnt=("E",)),
}


def counterpart(operation: str) -> Counterpart:
    """The hand-written counterpart of an operation.

    Raises:
        UnknownName: there is none of that name; the message lists the closest.
    """
    if operation not in COUNTERPARTS:
        raise unknown("operation with a hand-written counterpart", operation, COUNTERPARTS)
    return COUNTERPARTS[operation]
