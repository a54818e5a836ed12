"""Each exhibit of the zoo called by hand: the gradients it claims, and the number that they should be the gradients of.

A label in the table is what these differences say, and owes nothing to what finds and binds implementations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

Array = Any
Value = Callable[[], float]
Claim = tuple[Sequence[Array], Value, Sequence[Array]]  # the gradients, of what, by which arrays
Call = Callable[[ModuleType, str, np.random.Generator], Claim]
CALLS: dict[str, Call] = {}


def calling(*files: str) -> Callable[[Call], Call]:
    """Register how the units of some files are called."""

    def register(call: Call) -> Call:
        CALLS.update(dict.fromkeys(files, call))
        return call

    return register


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def through(
    layer: Any, x: Array, d: Array, parameters: Sequence[Array], gradients: Callable[[], Sequence[Array]]
) -> Claim:
    """A layer with an upstream gradient d, by its parameters and its input."""
    forward = next(getattr(layer, name) for name in ("forward", "fprop", "__call__") if hasattr(layer, name))
    backward = getattr(layer, "backward", None) or layer.bprop

    def value() -> float:
        y = forward(x)
        return float(np.sum(d * (layer.output if y is None else y)))

    value()
    dx = backward(d)
    return [*gradients(), layer.dinputs if dx is None else dx], value, [*parameters, x]


def _layer(parameters: str, gradients: str, columns: bool = False) -> Call:
    """A layer from 3 to 2 units whose arrays are attributes."""

    def call(module: ModuleType, unit: str, rng: np.random.Generator) -> Claim:
        layer = getattr(module, unit)(3, 2)
        x, d = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
        x, d = (x.T.copy(), d.T.copy()) if columns else (x, d)
        arrays = [attribute(layer, name) for name in parameters.split()]
        return through(layer, x, d, arrays, lambda: [attribute(layer, name) for name in gradients.split()])

    return call


def attribute(layer: Any, path: str) -> Array:
    """``W.grad`` of a layer."""
    for name in path.split("."):
        layer = getattr(layer, name)
    return layer


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


@calling("sample_network.py")
def _(module, unit, rng):
    if unit == "sigmoid_prime":
        z = rng.normal(size=7)
        return [module.sigmoid_prime(z)], lambda: module.sigmoid(z).sum(), [z]
    net, x, t = getattr(module, unit)([2, 3, 4, 2]), rng.normal(size=(2, 1)), rng.normal(size=(2, 1))
    biases, weights = net.backprop(x, t)
    return biases + weights, lambda: 0.5 * np.sum((net.feedforward(x) - t) ** 2), net.biases + net.weights


@calling("list_gradients.py")
def _(module, unit, rng):
    net, x, t = getattr(module, unit)([2, 3, 4, 2]), rng.normal(size=(5, 2)), rng.normal(size=(5, 2))

    def value():
        net.forward(x)
        return net.compute_loss(t)

    value()
    arrays = [array for pair in zip(net.weights, net.biases, strict=True) for array in pair]
    return [gradient for pair in net.backward(t) for gradient in pair], value, arrays


@calling("params_dict_net.py")
def _(module, unit, rng):
    net, x, t = getattr(module, unit)(2, 3, 2, std=1), rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    gradients = net.loss(x, t)[1]
    return [gradients[name] for name in net.params], lambda: net.loss(x, t)[0], list(net.params.values())


@calling("handed_to_optimiser.py")
def _(module, unit, rng):
    class Recorder:
        def __init__(self):
            self.pairs = []

        def update(self, w, g):
            self.pairs.append((w, g))

    recorder = Recorder()
    net, x, t = getattr(module, unit)(2, 9, 2, recorder), rng.normal(size=(5, 2)), rng.normal(size=(5, 2))

    def value():
        net.forward(x)
        return net.loss(t)

    value()
    net.backward(t)
    weights, gradients = zip(*recorder.pairs, strict=True)
    return gradients, value, weights


@calling("tied_weights.py")
def _(module, unit, rng):
    net, x = getattr(module, unit)(4, 2), rng.normal(size=(5, 4))

    def value():
        net.forward(x)
        return net.loss()

    value()
    return list(net.gradients().values()), value, [net.W, net.b, net.c]


def stepped(weights: Sequence[Array], step: Callable[[], object], value: Value) -> Claim:
    """What a step of length 1 takes off weights that it changes in place."""
    before = [w.copy() for w in weights]
    step()
    gradients = [old - new for old, new in zip(before, weights, strict=True)]
    for w, old in zip(weights, before, strict=True):
        w[...] = old
    return gradients, value, weights


@calling("train_in_place.py")
def _(module, unit, rng):
    net, x, t = getattr(module, unit)(2, 3, 2, 1.0), rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    return stepped([net.w1, net.w2], lambda: net.train(x, t), lambda: 0.5 * np.sum((net.predict(x) - t) ** 2))


@calling("optimised_training.py")
def _(module, unit, rng):
    net, x, t = getattr(module, unit)(3, 2, 1.0), rng.normal(size=(5, 3)) / 10, rng.normal(size=(5, 2)) / 10
    net.W /= 10
    net.b /= 10  # small enough that nothing is clipped
    decay = getattr(net, "decay", 0) * net.W
    (dW, db), value, weights = stepped(
        [net.W, net.b], lambda: net.fit_batch(x, t), lambda: np.sum((net.predict(x) - t) ** 2) / 5
    )
    return [dW - decay, db], value, weights


@calling("weights_in_fit.py")
def _(module, unit, rng):
    x, t = rng.normal(size=(9, 3)), rng.integers(0, 2, 9)
    once, twice = getattr(module, unit)(1.0, 1), getattr(module, unit)(1.0, 2)
    once.fit(x, t)
    twice.fit(x, t)
    w, b = once.weights.copy(), np.array(once.bias)

    def value():
        p = sigmoid(x @ w + b)
        return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))

    return [w - twice.weights, b - twice.bias], value, [w, b]


@calling("fixed_sizes.py")
def _(module, unit, rng):
    net, x, t = getattr(module, unit)(), rng.normal(size=2), rng.uniform()
    net.rate, w = 1.0, np.array(net.w)

    def value():
        net.w = list(w)
        return 0.5 * (net.predict(*x) - t) ** 2

    net.train(*x, t)
    return [w - np.array(net.w)], value, [w]


@calling("neuron_objects.py")
def _(module, unit, rng):
    net, x, t = getattr(module, unit)([2, 3, 2], 1.0), rng.normal(size=2), rng.normal(size=2)
    neurons = [neuron for layer in net.layers for neuron in layer]
    rows = [np.array([*neuron.weights, neuron.bias]) for neuron in neurons]

    def value():
        for neuron, row in zip(neurons, rows, strict=True):
            neuron.weights, neuron.bias = list(row[:-1]), row[-1]
        return 0.5 * np.sum((np.array(net.feed_forward(x)) - t) ** 2)

    net.train(x, t)
    taken = [row - [*neuron.weights, neuron.bias] for neuron, row in zip(neurons, rows, strict=True)]
    return taken, value, rows


@calling("line.ipynb")
def _(module, unit, rng):
    line, x, t, v = module.Line(1.0), rng.normal(size=6), rng.normal(size=6), rng.normal(size=2)
    line.w, line.b = v
    line.fit(x, t, epochs=1)
    return [v - [line.w, line.b]], lambda: np.mean((v[0] * x + v[1] - t) ** 2), [v]


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


@calling("boosting.py")
def _(module, unit, rng):
    y, t = rng.normal(size=6), rng.integers(0, 2, 6).astype(float)
    objective, logistic = getattr(module, unit), "logistic" in unit
    gradient, hessian = objective(y, t)
    copy = y.copy()  # the gradient is the first half of the claim, the sum of the gradient's own slopes the second

    def value():
        loss = np.sum(np.logaddexp(0, y) - y * t) if logistic else np.sum((y - t) ** 2)
        return loss + objective(copy, t)[0].sum()

    return [gradient, hessian], value, [y, copy]


@calling("torch_manual.py")
def _(module, unit, rng):
    import torch

    x, d = rng.normal(size=(5, 3)), rng.normal(size=(5, 3 if "Square" in unit else 2))
    if "Square" in unit:
        given = torch.tensor(x, requires_grad=True)
        (getattr(module, unit).apply(given) * torch.tensor(d)).sum().backward()
        return [given.grad.numpy()], lambda: np.sum(d * x**2), [x]
    layer = getattr(module, unit)(3, 2).double()
    layer.forward(torch.tensor(x))
    dx = layer.backward(torch.tensor(d))
    W, b = layer.weight.numpy(), layer.bias.numpy()
    gradients = [one.numpy() for one in (layer.grad_weight, layer.grad_bias, dx)]
    return gradients, lambda: np.sum(d * (x @ W.T + b)), [W, b, x]


@calling("jax_rules.py")
def _(module, unit, rng):
    import jax

    z = rng.normal(size=5)
    with jax.enable_x64(True):
        gradient = np.array(jax.grad(lambda given: getattr(module, unit)(given).sum())(z))
    return [gradient], lambda: np.sum(np.tanh(z)), [z]


@calling("autograd_rules.py")
def _(module, unit, rng):
    import autograd

    z = rng.normal(size=5)
    return [autograd.elementwise_grad(getattr(module, unit))(z)], lambda: np.sum(sigmoid(z)), [z]


@calling("samples_in_columns.py")
def _(module, unit, rng):
    X, labels = rng.normal(size=(3, 6)), np.array([0, 1, 2, 1, 0, 2])
    parameters = [rng.normal(size=shape) for shape in ((4, 3), (4, 1), (3, 4), (3, 1))]

    def value():
        return -float(np.mean(np.log(module.forward_pass(*parameters, X)[2][labels, np.arange(6)])))

    _, A1, A2 = module.forward_pass(*parameters, X)
    found = getattr(module, unit)(A1, A2, parameters[2], X, labels)
    return [np.broadcast_to(one, array.shape) for one, array in zip(found, parameters, strict=True)], value, parameters


@calling("sample_by_sample.py")
def _(module, unit, rng):
    network = getattr(module, unit)([2, 3, 2], rate=2.0**-20)
    x, y = rng.normal(size=3), rng.uniform(size=2)
    weights = [w.copy() for w in network.weights]

    def value():
        a = x[None]
        for w in weights:
            a = sigmoid(a @ w)
        return float(np.sum((a - y) ** 2) / 2)

    network.fit_partial(x, y)
    steps = [(w - after) * 2.0**20 for w, after in zip(weights, network.weights, strict=True)]
    return steps, value, weights


@calling("labelled_losses.py")
def _(module, unit, rng):
    y = np.array([0, 2, 1, 1])
    if unit.startswith("LogLoss"):
        loss, p = getattr(module, unit)(), rng.uniform(0.1, 0.9, (4, 3))
        return [loss.backward(p, y)], lambda: float(np.mean(loss.forward(p, y))), [p]
    X, W = rng.normal(size=(4, 2)), rng.normal(size=(2, 3))
    function = getattr(module, unit)
    return [function(W, X, y)[1]], lambda: function(W, X, y)[0], [W]
