"""No NumPy at all: weights, inputs and gradients are nested lists of Python floats."""
import math
import random


def make_weights(sizes):
    """A list of layers, a layer a list of rows."""
    return [[[random.gauss(0, 1) for _ in range(n + 1)] for _ in range(m)] for n, m in zip(sizes, sizes[1:])]


def sigmoid(z):
    return (1.0 + math.tanh(z / 2)) / 2  # math.exp overflows


def forward(weights, x):
    outputs = [x]
    for layer in weights:
        x = [sigmoid(sum(w * v for w, v in zip(row[:-1], x)) + row[-1]) for row in layer]
        outputs.append(x)
    return outputs


def loss_and_grads(weights, x, target):
    """Sum of squared errors of one sample; the last weight of each row is the bias."""
    outputs = forward(weights, x)
    loss = sum((o - t) ** 2 for o, t in zip(outputs[-1], target))
    errors = [2 * (o - t) for o, t in zip(outputs[-1], target)]
    grads = []
    for layer, before, after in reversed(list(zip(weights, outputs[:-1], outputs[1:]))):
        deltas = [e * o * (1 - o) for e, o in zip(errors, after)]
        grads.insert(0, [[d * v for v in before] + [d] for d in deltas])
        errors = [sum(row[i] * d for row, d in zip(layer, deltas)) for i in range(len(before))]
    return loss, grads


def loss_and_grads_mixed(weights, x, target):
    """Sends the errors back, not the deltas."""
    outputs = forward(weights, x)
    loss = sum((o - t) ** 2 for o, t in zip(outputs[-1], target))
    errors = [2 * (o - t) for o, t in zip(outputs[-1], target)]
    grads = []
    for layer, before, after in reversed(list(zip(weights, outputs[:-1], outputs[1:]))):
        deltas = [e * o * (1 - o) for e, o in zip(errors, after)]
        grads.insert(0, [[d * v for v in before] + [d] for d in deltas])
        errors = [sum(row[i] * e for row, e in zip(layer, errors)) for i in range(len(before))]
    return loss, grads
