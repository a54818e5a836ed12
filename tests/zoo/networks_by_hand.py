"""Networks of the zoo called by hand: those that return their gradients, and those that only train."""

from __future__ import annotations

import numpy as np

from tests.zoo.calling import calling, sigmoid, stepped


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


@calling("samples_in_columns.py")
def _(module, unit, rng):
    X, labels = rng.normal(size=(3, 6)), np.array([0, 1, 2, 1, 0, 2])
    parameters = [rng.normal(size=shape) for shape in ((4, 3), (4, 1), (3, 4), (3, 1))]

    def value():
        return -float(np.mean(np.log(module.forward_pass(*parameters, X)[2][labels, np.arange(6)])))

    _, A1, A2 = module.forward_pass(*parameters, X)
    found = getattr(module, unit)(A1, A2, parameters[2], X, labels)
    return [np.broadcast_to(one, array.shape) for one, array in zip(found, parameters, strict=True)], value, parameters


@calling("one_output.py")
def _(module, unit, rng):
    w, b, X, Y = rng.normal(size=(3, 1)), rng.normal(size=()), rng.normal(size=(3, 5)), rng.uniform(size=(1, 5))
    function = getattr(module, unit)
    found = function(w, b, X, Y)[0]
    return [found["dw"], found["db"]], lambda: function(w, b, X, Y)[1], [w, b]
