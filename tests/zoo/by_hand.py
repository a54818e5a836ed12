"""Each exhibit of the zoo called by hand: the gradients it claims, and the number that they should be the gradients of.

A label in the table is what these differences say, and owes nothing to what finds and binds implementations. Functions,
and what does not fit elsewhere, stand here; the other families in files of their own, which register their calls too.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from tests.zoo import frameworks_by_hand, layers_by_hand, networks_by_hand, vectors_by_hand  # noqa: F401  # they register their calls
from tests.zoo.calling import Array, calling, sigmoid, stepped, through


@calling("functions_with_cache.py")
def _(module, unit, rng):
    x, w, b, d = (rng.normal(size=size) for size in ((5, 3), (3, 2), 2, (5, 2)))
    if "relu" in unit:
        gradient = getattr(module, unit)(d, module.relu_forward(x[:, :2])[1])
        z = x[:, :2].copy()
        return [gradient], lambda: np.sum(d * module.relu_forward(z)[0]), [z]
    gradients = getattr(module, unit)(d, module.affine_forward(x, w, b)[1])
    return gradients, lambda: np.sum(d * module.affine_forward(x, w, b)[0]), [x, w, b]


@calling("propagation_functions.py")
def _(module, unit, rng):
    shapes = {name: value.shape for name, value in module.initialize_parameters(3, 4, 2).items()}
    parameters = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x, t = rng.normal(size=(3, 5)), rng.integers(0, 2, (2, 5))
    gradients = getattr(module, unit)(parameters, module.forward_propagation(x, parameters)[1], x, t)
    return (
        [gradients[f"d{name}"] for name in parameters],
        lambda: module.compute_cost(module.forward_propagation(x, parameters)[0], t),
        list(parameters.values()),
    )


VALUES = {
    "tanh_prime": "tanh", "dsoftplus": "softplus", "relu_derivative": "relu", "d_cube": "cube", "grad_leaky": "leaky",
    "arctan_grad": "arctan",
}  # fmt: skip


@calling("derivative_functions.py")
def _(module, unit, rng):
    z = rng.normal(size=9)
    return [getattr(module, unit)(z)], lambda: getattr(module, VALUES[unit])(z).sum(), [z]


@calling("derivative_flag.py")
def _(module, unit, rng):
    f, z = getattr(module, unit), rng.normal(size=(5, 3))
    others = [rng.normal(size=(5, 3))] if unit == "mse" else []
    return [f(z, *others, True)], lambda: np.sum(f(z, *others)), [z]


@calling("line_fit.py")
def _(module, unit, rng):
    x, t, v = rng.normal(size=6), rng.normal(size=6), rng.normal(size=2)
    return [np.array(getattr(module, unit)(x, t, *v))], lambda: module.compute_cost(x, t, *v), [v]


@calling("flat_parameters.py")
def _(module, unit, rng):
    theta, x, t = rng.normal(size=26), rng.normal(size=(5, 3)), rng.integers(0, 2, (5, 2))

    def both():
        return getattr(module, unit)(theta, 3, 4, 2, x, t)

    return [both()[1]], lambda: both()[0], [theta]


@calling("nested_lists.py")
def _(module, unit, rng):
    weights, x, t = [rng.normal(size=size) for size in ((3, 3), (4, 4), (2, 5))], list(rng.normal(size=2)), [0.3, 0.8]

    def both():
        return getattr(module, unit)([w.tolist() for w in weights], x, t)

    return [np.array(gradient) for gradient in both()[1]], lambda: both()[0], weights


@calling("gradients_alone.py")
def _(module, unit, rng):
    w1, w2, x, t = (rng.normal(size=size) for size in ((3, 4), (4, 2), (5, 3), (5, 2)))
    return getattr(module, unit)(w1, w2, x, t), lambda: 0.5 * np.sum((np.tanh(x @ w1) @ w2 - t) ** 2), [w1, w2]


@calling("closures.py")
def _(module, unit, rng):
    W, b, x, d = (rng.normal(size=size) for size in ((2, 3), 2, (5, 3), (5, 2)))
    forward, backward = getattr(module, unit)(W, b)
    forward(x)
    return backward(d), lambda: np.sum(d * forward(x)), [x, W, b]


@calling("pullbacks.py")
def _(module, unit, rng):
    f, z, d = getattr(module, unit), rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    return [f(z)[1](d)], lambda: np.sum(d * f(z)[0]), [z]


@calling("training_functions.py")
def _(module, unit, rng):
    w, x, t = rng.normal(size=4), rng.normal(size=4), rng.uniform()
    return [w - getattr(module, unit)(w, x, t, 1.0)], lambda: (sigmoid(w @ x) - t) ** 2, [w]


@calling("generator_training.py")
def _(module, unit, rng):
    x, t, w, b = rng.normal(size=6), rng.normal(size=6), np.array(rng.normal()), np.array(rng.normal())
    steps = getattr(module, unit)(x, t, w, b, 1.0)
    next(steps)
    return stepped([w, b], lambda: next(steps), lambda: np.mean((w * x + b - t) ** 2))


OBJECTIVES = {
    "logistic": lambda y, t: np.sum(np.logaddexp(0, y) - y * t),
    "poisson": lambda y, t: np.sum(np.exp(y) - y * t),
    "softmax": lambda y, t: np.sum(np.log(np.exp(y).sum(axis=1))) - np.sum(y * t),
    "half": lambda y, t: np.sum((y - t) ** 2) / 2,
    "brier": lambda y, t: np.sum((sigmoid(y) - t) ** 2),
    "quantile": lambda y, t: np.sum(np.where(t > y, 0.9 * (t - y), 0.1 * (y - t))),
    "huber": lambda y, t: np.sum(np.where(abs(y - t) <= 1, (y - t) ** 2 / 2, abs(y - t) - 0.5)),
    "squared": lambda y, t: np.sum((y - t) ** 2),
}


# What is returned on purpose for a diagonal: without it, what is left is that.
AGREED = {
    "softmax_objective": lambda hessian, y, t: hessian / 2,
    "softmax_objective_kept": lambda hessian, y, t: hessian / 2,
    "poisson_objective_ahead": lambda hessian, y, t: hessian / np.exp(0.7),
    "quantile_objective": lambda hessian, y, t: hessian - 1,
    "huber_objective_ones": lambda hessian, y, t: hessian - (abs(y - t) > 1),
}


class Labels:
    """What an objective of xgboost is given."""

    def __init__(self, label: Array) -> None:
        self.get_label = lambda: label


@calling("boosting.py")
def _(module, unit, rng):
    y, t = rng.normal(size=(3, 2)), rng.integers(0, 2, 6).reshape(3, 2).astype(float)
    kind, copy = unit.partition("_")[0], y.copy()
    t = np.eye(2)[[0, 1, 1]] if kind == "softmax" else t

    def objective(y):
        asks = kind in ("poisson", "quantile", "huber")
        given = (t, y) if kind in ("softmax", "half") else (y, Labels(t) if asks else t)
        return getattr(module, unit)(*given)

    frozen = y.copy()

    def moved(index):
        other = frozen.copy()
        other[index] = copy[index]
        return objective(other)[0][index]

    gradient, hessian = objective(y)
    hessian = AGREED[unit](hessian, y, t) if unit in AGREED else hessian
    # The gradient is the first half of the claim, the slopes of its entries, each by its own, the second.
    slopes = partial(map, moved, [*np.ndindex(y.shape)])
    return [gradient, hessian], lambda: OBJECTIVES[kind](y, t) + sum(slopes()), [y, copy]


@calling("parameter_tree.py")
def _(module, unit, rng):
    params, x, t = module.init([2, 3, 2]), rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    arrays = [array for layer in params["layers"] for array in layer.values()]
    for array in arrays:
        array[...] = rng.normal(size=array.shape)
    claimed = [array for layer in getattr(module, unit)(params, x, t) for array in layer.values()]
    return claimed, lambda: np.mean((module.predict(params, x) - t) ** 2), arrays


@calling("shared_matrix.py")
def _(module, unit, rng):
    net, x, d = getattr(module, unit)(3), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    return through(net, x, d, [net.first.W], lambda: [net.first.dW + net.second.dW])


@calling("regularised.py")
def _(module, unit, rng):
    net, x, t = getattr(module, unit)(3, 4, 2), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    net.backward(net.forward(x), t)
    names = ("W1", "b1", "W2", "b2")
    return [getattr(net, f"d{name}") for name in names], lambda: net.loss(net.forward(x), t), [
        getattr(net, name) for name in names
    ]  # fmt: skip


@calling("regularised_options.py")
def _(module, unit, rng):
    kind, x, t = getattr(module, unit), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    if "Net" in unit:
        net = kind(3, 4, 2)
        names = [*net.params]
        for name in ("b1", "b2"):
            net.params[name][...] = rng.normal(size=net.params[name].shape)
        gradients = net.loss(x, t, reg=0.125)[1]
        return [gradients[k] for k in names], lambda: net.loss(x, t, reg=0.125)[0], [net.params[k] for k in names]
    net, names = kind(3, 4, 2, lam=0.125), ("W1", "b1", "W2", "b2")
    net.backward(net.forward(x), t)
    return [getattr(net, f"d{name}") for name in names], lambda: net.loss(net.forward(x), t), [
        getattr(net, name) for name in names
    ]  # fmt: skip


@calling("training_in_functions.py")
def _(module, unit, rng):
    w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    x, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    function = getattr(module, unit)

    def step() -> None:
        made = function(w1, w2, x, t, 1.0)
        if isinstance(made, tuple):
            w1[...], w2[...] = made[:2]

    return stepped([w1, w2], step, lambda: np.mean((np.tanh(x @ w1) @ w2 - t) ** 2))


@calling("modes.py")
def _(module, unit, rng):
    x, d = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    kind = getattr(module, unit)
    made = {"Drop": lambda: kind(), "Batc": lambda: kind(3), "Recu": lambda: kind(3, 3)}
    layer = made.get(unit[:4], lambda: kind(3, 3, "sigmoid"))()
    names = {"Drop": (), "Batc": ("gamma", "beta"), "Recu": ("Wx", "Wh", "b")}.get(unit[:4], ("W", "b"))

    def forward() -> Array:
        np.random.seed(0)  # one mask for all
        layer.h = np.zeros(3)
        return layer.forward(x)

    forward()
    dx = layer.backward(d)
    own, arrays = [getattr(layer, f"d{name}") for name in names], [getattr(layer, name) for name in names]
    return [*own, *([] if dx is None else [dx])], lambda: float(np.sum(d * forward())), [
        *arrays, *([] if dx is None else [x])
    ]  # fmt: skip
