"""Layers, activations and losses of the zoo called by hand."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from tests.zoo.calling import CALLS, Call, Claim, attribute, calling, through


def _layer(parameters: str, gradients: str, columns: bool = False) -> Call:
    """A layer from 3 to 2 units whose arrays are attributes."""

    def call(module: ModuleType, unit: str, rng: np.random.Generator) -> Claim:
        layer = getattr(module, unit)(3, 2)
        x, d = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
        x, d = (x.T.copy(), d.T.copy()) if columns else (x, d)
        arrays = [attribute(layer, name) for name in parameters.split()]
        return through(layer, x, d, arrays, lambda: [attribute(layer, name) for name in gradients.split()])

    return call


CALLS["layers_out_in.py"] = _layer("W b", "dW db")
CALLS["layers_in_out.py"] = _layer("weights bias", "grad_weights grad_bias")
CALLS["mangled.py"] = _layer("_Layer__weights _Layer__bias", "_Layer__dweights _Layer__dbias", columns=True)
CALLS["accumulating.py"] = _layer("weight bias", "weight_grad bias_grad")
CALLS["parameter_objects.py"] = _layer("W.value b.value", "W.grad b.grad")


@calling("layers_d_names.py")
def _(module, unit, rng):
    if "Dense" in unit:
        return _layer("weights biases", "dweights dbiases")(module, unit, rng)
    return through(getattr(module, unit)(), rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), [], list)


@calling("activations.py", "custom_activations.py")
def _(module, unit, rng):
    return through(getattr(module, unit)(), rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), [], list)


@calling("stale_cache.py")
def _(module, unit, rng):
    layer = getattr(module, unit)(*((3, 2) if "Affine" in unit else ()))
    width = 2 if "Affine" in unit else 3
    first, x, d = rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, width))
    layer.forward(first)  # other data first
    if "Affine" in unit:
        return through(layer, x, d, [layer.W, layer.b], lambda: [layer.dW, layer.db])
    return through(layer, x, d, [], list)


@calling("folded_bias.py")
def _(module, unit, rng):
    name = "theta" if "First" in unit else "W"
    return _layer(name, f"d{name}")(module, unit, rng)


@calling("single_precision.py")
def _(module, unit, rng):
    layer = getattr(module, unit)(3, 2)
    x, d = rng.integers(-3, 4, (5, 3)).astype(float), rng.integers(-3, 4, (5, 2)).astype(float)
    layer.forward(x)
    dx = layer.backward(d)
    w, b = layer.w.astype(float), layer.b.astype(float)  # differences want more digits than it has
    return [layer.dw, layer.db, dx], lambda: float(np.sum(d * (x @ w + b))), [w, b, x]


@calling("losses.py")
def _(module, unit, rng):
    loss = getattr(module, unit)()
    y, t = rng.uniform(0.1, 0.9, (4, 3)), rng.uniform(size=(4, 3))
    value = next(getattr(loss, name) for name in ("loss", "forward", "__call__") if hasattr(loss, name))
    value(y, t)
    gradient = loss.gradient(y, t) if hasattr(loss, "gradient") else loss.backward()
    return [gradient], lambda: float(np.sum(value(y, t))), [y]


@calling("softmax_loss.py")
def _(module, unit, rng):
    loss, z, labels = getattr(module, unit)(), rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    t = labels if "Labels" in unit else np.eye(3)[labels]
    loss.forward(z, t)
    return [loss.backward()], lambda: loss.forward(z, t), [z]


@calling("labelled_losses.py")
def _(module, unit, rng):
    y = np.array([0, 2, 1, 1])
    if unit.startswith("LogLoss"):
        loss, p = getattr(module, unit)(), rng.uniform(0.1, 0.9, (4, 3))
        return [loss.backward(p, y)], lambda: float(np.mean(loss.forward(p, y))), [p]
    X, W = rng.normal(size=(4, 2)), rng.normal(size=(2, 3))
    function = getattr(module, unit)
    return [function(W, X, y)[1]], lambda: function(W, X, y)[0], [W]


@calling("latent_loss.py")
def _(module, unit, rng):
    loss, y = getattr(module, unit)(), rng.integers(0, 2, (4, 3)).astype(float)
    p, mean, log_var = rng.uniform(0.1, 0.9, (4, 3)), rng.normal(size=(4, 2)), rng.normal(size=(4, 2))
    by_prediction, by_variance, by_mean = loss.grad(y, p, mean, log_var)
    return [by_prediction, by_mean, by_variance], lambda: loss.loss(y, p, mean, log_var), [p, mean, log_var]


@calling("operators.py")
def _(module, unit, rng):
    gate, x, y, d = getattr(module, unit)(), *rng.normal(size=(3, 5, 3))

    def value():
        return float(np.sum(d * gate.forward(x, y)))

    value()
    return gate.backward(d), value, [x, y]


@calling("images.py")
def _(module, unit, rng):
    if unit.startswith("Conv"):
        layer, x, d = (
            getattr(module, unit)(2, 3, stride=2),
            rng.normal(size=(2, 2, 5, 7)),
            rng.normal(size=(2, 3, 2, 3)),
        )
        return through(layer, x, d, [layer.W, layer.b], lambda: [layer.dW, layer.db])
    layer, x, d = getattr(module, unit)(), rng.normal(size=(2, 4, 6, 3)), rng.normal(size=(2, 2, 3, 3))
    return through(layer, x, d, [], list)
