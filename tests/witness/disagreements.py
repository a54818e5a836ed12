"""Where torch or jax and the derived gradients disagree, what each gives, and why: the whole of it.

Outside these places they agree, at kinks too. Every row is evaluated in the tests.
"""

from __future__ import annotations

import numpy as np

from gdverify.evidence.allowance import DECLARED, Allowance
from tests.witness.disagreement import Disagreement, Kind

ROUNDOFF, EPSILON = float(np.finfo(np.float64).eps), float(np.float32(1e-12))
AT_ENDS = "any slope between 0 and the middle's; the equation counts the upper end to the middle, the lower one not"
AT_ZERO = "any value between the two slopes; the equation counts 0 to the negative side"
ABSOLUTE = "any value from −1 to 1; jax derives |z| as select(z ≥ 0, 1, −1), the derivative here is 0"
AT_MARGIN = "any share from 0 to 1; torch clamps, and a clamp lets the gradient through at its end"
EXPONENTIAL = (
    "jax has e^(z − softplus(z)) for the derivative, whose error is that of z: up to 36 units of the last place"
)
SHARED = "any shares that add up to 1; an equal share for all that tie, the equation gives it to the first of them"
HIGH = 1 / (1 + np.exp(-(0.5**0.5)))  # the greater of two weights: scores of 1/√2 and 0
ROUNDED = 0.6697615385055542  # the same in jax


def _tie(values: np.ndarray, axes: tuple[int, ...] = (-1,)) -> bool:
    """Whether the largest occurs more than once."""
    return bool(np.any((values == values.max(axis=axes, keepdims=True)).sum(axis=axes) > 1))


def _pieces(x: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ni,oki->nok", x, W) + b


def _short(vectors: np.ndarray, least: float) -> bool:
    return bool(np.any(np.linalg.norm(vectors, axis=1) <= least))


def _beyond(anchor: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    return ((anchor - negative) ** 2).sum(axis=1) - ((anchor - positive) ** 2).sum(axis=1)


KINKS = (
    Disagreement(
        *("torch", ("hard_sigmoid",), "z = 1/(2·slope)", Kind.SUBGRADIENT),
        *({"z": [[1.0]]}, "z", 0.0, 0.5, AT_ENDS),
        meets=lambda z, slope: np.any(np.isclose(slope * z, 0.5)),
    ),
    Disagreement(
        *("jax", ("hard_sigmoid",), "z = ±1/(2·slope), jnp.clip", Kind.SUBGRADIENT),
        *({"z": [[-1.0, 1.0]]}, "z", [[0.25, 0.25]], [[0.0, 0.5]], AT_ENDS + "; jnp.clip halves it at both"),
        meets=lambda z, slope: np.any(np.isclose(np.abs(slope * z), 0.5)),
    ),
    Disagreement(
        *("jax", ("hard_sigmoid",), "z = 3, jax.nn.hard_sigmoid", Kind.SUBGRADIENT),
        *({"z": [[3.0]]}, "z", 0.0, 1 / 6, AT_ENDS),
        constants={"slope": "1/6"},
        call=lambda jax, z: jax.nn.hard_sigmoid(z),
    ),
    Disagreement(
        *("torch", ("hard_tanh",), "z = 1", Kind.SUBGRADIENT),
        *({"z": [[1.0]]}, "z", 0.0, 1.0, AT_ENDS),
        meets=lambda z: np.any(z == 1),
    ),
    Disagreement(
        *("jax", ("hard_tanh",), "z = −1", Kind.SUBGRADIENT),
        *({"z": [[-1.0]]}, "z", 1.0, 0.0, AT_ENDS),
        meets=lambda z: np.any(z == -1),
    ),
    Disagreement(
        *("jax", ("leaky_relu",), "z = 0", Kind.SUBGRADIENT),
        *({"z": [[0.0]]}, "z", 1.0, 0.01, AT_ZERO),
        meets=lambda z, alpha: np.any(z == 0),
    ),
    Disagreement(
        *("jax", ("prelu",), "z = 0", Kind.SUBGRADIENT),
        *({"z": [0.0], "alpha": 0.25}, "z", [1.0], [0.25], AT_ZERO),
        meets=lambda z, alpha: np.any(z == 0),
    ),
    Disagreement(
        *("jax", ("prelu_per_feature",), "z = 0", Kind.SUBGRADIENT),
        *({"z": [[0.0]], "alpha": [0.25]}, "z", 1.0, 0.25, AT_ZERO),
        meets=lambda z, alpha: np.any(z == 0),
    ),
    Disagreement(
        *("jax", ("absolute_error", "mean_absolute_error"), "y = t", Kind.SUBGRADIENT),
        *({"y": [[2.0]], "t": [[2.0]]}, "y", 1.0, 0.0, ABSOLUTE),
        meets=lambda y, t: np.any(y == t),
    ),
    Disagreement(
        *("jax", ("lasso",), "w = 0", Kind.SUBGRADIENT),
        *({"w": [[0.0]]}, "w", 0.01, 0.0, ABSOLUTE),
        meets=lambda w, strength: np.any(w == 0),
    ),
    Disagreement(
        *("jax", ("elastic_net",), "w = 0", Kind.SUBGRADIENT),
        *({"w": [[0.0]]}, "w", 0.005, 0.0, ABSOLUTE),
        meets=lambda w, strength, share: np.any(w == 0),
    ),
    *(
        Disagreement(
            *(package, ("quantile", "quantile_sum"), "y = t", Kind.SUBGRADIENT),
            *({"y": [[2.0]], "t": [[2.0]]}, "y", 0.4, 0.9),
            "any value from −q to 1 − q; maximum(a, b) halves a tie, the equation counts y = t to y above t",
            meets=lambda y, t, q: np.any(y == t),
        )
        for package in ("torch", "jax")
    ),
    Disagreement(
        *("torch", ("hinge", "hinge_sum"), "t·y = 1", Kind.SUBGRADIENT),
        *({"y": [[1.0]], "t": [[1.0]]}, "y", -1.0, 0.0, AT_MARGIN),
        meets=lambda y, t: np.any(t * y == 1),
    ),
    Disagreement(
        *("torch", ("triplet", "triplet_sum"), "the margin kept exactly", Kind.SUBGRADIENT),
        {"anchor": [[0.0]], "positive": [[0.0]], "negative": [[1.0]]},
        *("negative", -2.0, 0.0, AT_MARGIN),
        meets=lambda anchor, positive, negative, margin: np.any(
            np.isclose(_beyond(anchor, positive, negative), margin)
        ),
    ),
    *(
        Disagreement(
            *(package, ("maxout",), "two pieces equal", Kind.SUBGRADIENT),
            *({"x": [[1.0]], "W": [[[1.0], [1.0]]], "b": [[0.0, 0.0]]}, "b", [[0.5, 0.5]], [[1.0, 0.0]], SHARED),
            meets=lambda x, W, b: _tie(_pieces(x, W, b)),
        )
        for package in ("torch", "jax")
    ),
    Disagreement(
        *("jax", ("global_max_pooling",), "two entries equal", Kind.SUBGRADIENT),
        *({"x": [[[[2.0, 2.0]]]]}, "x", [[[[0.5, 0.5]]]], [[[[1.0, 0.0]]]], SHARED),
        meets=lambda x: _tie(x, (2, 3)),
    ),
    Disagreement(
        *("jax", ("global_max_pooling_channels_last",), "two entries equal", Kind.SUBGRADIENT),
        *({"x": [[[[2.0], [2.0]]]]}, "x", [[[[0.5], [0.5]]]], [[[[1.0], [0.0]]]], SHARED),
        meets=lambda x: _tie(x, (1, 2)),
    ),
    Disagreement(
        *("jax", ("max_over_time",), "two steps equal", Kind.SUBGRADIENT),
        *({"x": [[[2.0], [2.0]]]}, "x", [[[0.5], [0.5]]], [[[1.0], [0.0]]], SHARED),
        meets=lambda x: _tie(x, (1,)),
    ),
)

# -- rounding, and where a package steps aside from the equation

AWAY = (
    *(
        Disagreement(
            *(package, ("softsign",), "|z| > 2", Kind.DIGITS),
            *({"z": [[1e9]]}, "z", 9.999999424161284e-19, 9.99999998e-19),
            "as a quotient its derivative is a difference of two numbers, nearly equal for large |z|: digits are lost "
            "in proportion to |z|; the equation's derivative is 1/(1 + |z|)²",
            meets=lambda z: np.any(np.abs(z) > 2),
        )
        for package in ("torch", "jax")
    ),
    Disagreement(
        *("torch", ("hard_sigmoid",), "slope 1/6 in float64, F.hardsigmoid", Kind.DIGITS),
        *({"z": [[0.0]]}, "z", 0.1666666716337204, 1 / 6, "torch has 1/6 in float32; its row is allowed float32"),
        constants={"slope": "1/6"},
        meets=lambda z, slope: np.isclose(slope, 1 / 6),
        allowance=Allowance(precision="float32", kink=DECLARED),
    ),
    Disagreement(
        *("jax", ("softplus",), "z > 8, in float64", Kind.DIGITS),
        *({"z": [[33.25]]}, "z", 0.9999999999999929, 0.9999999999999964, EXPONENTIAL),
        meets=lambda z: np.any(z > 8),
        digits=1e-15,
    ),
    Disagreement(
        "jax",
        ("binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits_sum"),
        *("y > 8, in float64", Kind.DIGITS),
        *({"y": [[32.171875]], "t": [[1.0]]}, "y", -1.4210854715202004e-14, -1.0658141036401503e-14, EXPONENTIAL),
        meets=lambda y, t: np.any(y > 8),
        digits=1e-15,
    ),
    Disagreement(
        *("torch", ("softplus",), "z > 20", Kind.VALUE),
        *({"z": [[20.5]]}, "z", 1.0, 1 / (1 + np.exp(-20.5))),
        "torch returns z from its threshold on, with slope 1; e⁻²⁰ is a rounding error in float32, not in float64",
        meets=lambda z: np.any(z > 20),
    ),
    Disagreement(
        "torch",
        ("binary_cross_entropy", "binary_cross_entropy_sum", "binary_cross_entropy_per_sample"),
        *("y (1 − y) < 1e−12", Kind.VALUE),
        *({"y": [[1e-14]], "t": [[1.0]]}, "y", (1e-14 - 1) / EPSILON, -1e14),
        "torch divides by max(y (1 − y), 1e−12), this in float32, and cuts logarithms off at −100: neither is infinite",
        meets=lambda y, t: np.any(y * (1 - y) < 1.001e-12),
    ),
    Disagreement(
        *("torch", ("cosine_distance",), "a vector shorter than 1e−8", Kind.VALUE),
        *({"y": [[3e-10, 4e-10]], "t": [[1.0, 0.0]]}, "loss", 0.97, 0.4),
        "torch divides by max(‖y‖, ε) and max(‖t‖, ε), ε = 1e−8; without ε there is no angle to a vector of length 0",
        meets=lambda y, t: _short(y, 1.001e-8) or _short(t, 1.001e-8),
    ),
    Disagreement(
        *("jax", ("euclidean_distance",), "u = v", Kind.VALUE),
        *({"u": [[1.0, 2.0]], "v": [[1.0, 2.0]]}, "u", [[np.nan, np.nan]], [[0.0, 0.0]]),
        "a norm at 0 allows all vectors no longer than 1: 0 here, in torch too; the quotient in jax is 0/0",
        meets=lambda u, v: np.any((u == v).all(axis=1)),
    ),
    Disagreement(
        *("jax", ("contrastive_pairs",), "u = v", Kind.VALUE),
        *({"u": [[1.0, 2.0]], "v": [[1.0, 2.0]], "t": [0.0]}, "u", [[np.nan, np.nan]], [[0.0, 0.0]]),
        "the same distance, and the same choice",
        meets=lambda u, v, t, margin: np.any((u == v).all(axis=1)),
    ),
)

# -- functions of the same name

FUNCTIONS = (
    Disagreement(
        *("torch", ("euclidean_distance",), "F.pairwise_distance, everywhere", Kind.FUNCTION),
        *({"u": [[1.0, 1.0]], "v": [[1.0, 1.0]]}, "u", [[0.5**0.5, 0.5**0.5]], [[0.0, 0.0]]),
        "torch takes the norm of u − v + ε, ε = 1e−6; with eps=0 it is the equation",
        call=lambda torch, u, v: torch.nn.functional.pairwise_distance(u, v),
    ),
    Disagreement(
        *("torch", ("cosine_distance",), "F.cosine_embedding_loss, everywhere", Kind.FUNCTION),
        *(
            {"y": [[3e-6, 4e-6]], "t": [[1.0, 0.0]]},
            "loss",
            1 - 3e-6 / np.sqrt((25e-12 + EPSILON) * (1 + EPSILON)),
            0.4,
        ),
        "torch adds ε = 1e−12, this in float32, to both squared lengths under the root",
        call=lambda torch, y, t: torch.nn.functional.cosine_embedding_loss(y, t, torch.ones(len(y), dtype=y.dtype)),
    ),
    Disagreement(
        *("torch", ("triplet",), "F.triplet_margin_loss, everywhere", Kind.FUNCTION),
        {"anchor": [[0.0, 0.0]], "positive": [[3.0, 4.0]], "negative": [[1.0, 0.0]]},
        *("positive", [[0.6, 0.8]], [[6.0, 8.0]]),
        "torch compares distances, FaceNet their squares; F.triplet_margin_with_distance_loss takes either",
        call=lambda torch, **vectors: torch.nn.functional.triplet_margin_loss(*vectors.values(), eps=0),
    ),
    Disagreement(
        *("torch", ("multiclass_hinge",), "F.multi_margin_loss, everywhere", Kind.FUNCTION),
        *({"y": [[0.0, 0.5, 0.25, -3.0]], "t": [[1.0, 0.0, 0.0, 0.0]]}, "y"),
        *([[-0.5, 0.25, 0.25, 0.0]], [[-2.0, 1.0, 1.0, 0.0]]),
        "torch divides by the number of classes besides",
        call=lambda torch, y, t: torch.nn.functional.multi_margin_loss(y, t.argmax(dim=1)),
    ),
    Disagreement(
        *("torch", ("kl_divergence",), 'F.kl_div with its reduction="mean"', Kind.FUNCTION),
        *({"y": [[0.5, 0.5]], "t": [[0.25, 0.75]]}, "y", [[-0.25, -0.75]], [[-0.5, -1.5]]),
        'torch divides by the number of entries, not of samples; reduction="batchmean" is the equation',
        call=lambda torch, y, t: torch.nn.functional.kl_div(y.log(), t, reduction="none").mean(),
    ),
    Disagreement(
        *("torch", ("rms_norm",), "F.rms_norm without eps", Kind.FUNCTION),
        *({"x": [[1e-3, 1e-3]], "g": [1.0, 1.0]}, "loss", 2e-3 / np.sqrt(1e-6 + ROUNDOFF), 2e-3 / np.sqrt(1e-6 + 1e-5)),
        "torch adds the roundoff of the dtype to the mean square, the equation 1e−5; with eps=1e-5 they are the same",
        call=lambda torch, x, g: torch.nn.functional.rms_norm(x, g.shape, g),
    ),
    Disagreement(
        *("torch", ("batch_norm",), "F.batch_norm in training, a batch of 1", Kind.REFUSAL),
        *({"x": [[2.0]], "g": [1.0], "b": [0.0]}, "x", "Expected more than 1 value per channel when training", 0.0),
        "the variance of one value is 0, so that x is not looked at; torch.batch_norm, without the check, gives 0 too",
        call=lambda torch, x, g, b: torch.nn.functional.batch_norm(x, None, None, g, b, training=True),
    ),
    Disagreement(
        *("torch", ("instance_norm",), "F.instance_norm, an image of one pixel", Kind.REFUSAL),
        {"x": [[[[2.0]]]], "g": [1.0], "b": [0.0]},
        *("x", "Expected more than 1 spatial element when training", 0.0),
        "the same: torch.instance_norm gives 0 too",
        call=lambda torch, x, g, b: torch.nn.functional.instance_norm(x, weight=g, bias=b),
    ),
    Disagreement(
        *("torch", ("batch_norm_evaluation",), "F.batch_norm, by its statistics", Kind.REFUSAL),
        {"x": [[2.0]], "g": [1.0], "b": [0.0], "centre": [1.0], "variance": [1.0]},
        *("centre", "The function 'native_batch_norm' is not differentiable with respect to argument 'running_mean'"),
        -1 / np.sqrt(1 + 1e-5),
        "torch counts running statistics among the constants; here they are operands like the others",
        call=lambda torch, x, g, b, centre, variance: torch.nn.functional.batch_norm(x, centre, variance, g, b),
    ),
    Disagreement(
        *("jax", ("gelu",), "jax.nn.gelu by default", Kind.FUNCTION),
        *({"z": [[1.0]]}, "z", 1.0829640838457828, 1.0833154705876864),
        "jax's default is the tanh form, here gelu_tanh; approximate=False is the equation",
        call=lambda jax, z: jax.nn.gelu(z),
    ),
    Disagreement(
        *("jax", ("layer_norm",), "jax.nn.standardize", Kind.DIGITS),
        *({"x": [[1e8, 1e8 + 2]], "g": [1.0, 0.0], "b": [0.0, 0.0]}, "loss", -0.7071050134262237, -0.999995000037),
        "jax takes the mean square less the squared mean for the variance, which cancels where the mean is large",
        call=lambda jax, x, g, b: jax.nn.standardize(x, axis=-1, epsilon=1e-5) * g + b,
    ),
    Disagreement(
        *("jax", ("binary_cross_entropy",), "jnp.log1p near √½ − 1", Kind.DIGITS),
        *({"y": [[0.4131387181278925]], "t": [[0.0]]}, "loss", 0.5329668041646013, 0.5329668041646145),
        "in float64 jax's log1p is up to 240 units of the last place off there; its row takes the logarithm of 1 − y",
        call=lambda jax, y, t: -jax.scipy.special.xlog1py(1 - t, -y).mean(),
        digits=1e-15,
    ),
    Disagreement(
        *("jax", ("attention",), "jax.nn.dot_product_attention, in float64", Kind.DIGITS),
        {"q": [[[1.0, 0.0]]], "k": [[[1.0, 0.0], [0.0, 1.0]]], "v": [[[1.0, 0.0], [0.0, 1.0]]]},
        *("v", [[[ROUNDED] * 2, [1 - ROUNDED] * 2]], [[[HIGH] * 2, [1 - HIGH] * 2]]),
        "jax takes the softmax in float32 whatever it is given; the row is written with jax.nn.softmax",
        call=lambda jax, q, k, v: jax.nn.dot_product_attention(*(a[:, :, None] for a in (q, k, v)))[:, :, 0],
        digits=1e-9,
    ),
    Disagreement(
        *("jax", ("attention",), "values not as wide as keys", Kind.REFUSAL),
        *({"q": [[[1.0, 0.0]]], "k": [[[1.0, 0.0]]], "v": [[[1.0]]]}, "v", "value shape should be", [[[1.0]]]),
        "jax.nn.dot_product_attention wants one width for all",
        call=lambda jax, q, k, v: jax.nn.dot_product_attention(q[:, :, None], k[:, :, None], v[:, :, None]),
    ),
)

DISAGREEMENTS: tuple[Disagreement, ...] = (*KINKS, *AWAY, *FUNCTIONS)
