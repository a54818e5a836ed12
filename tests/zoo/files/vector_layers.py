"""Any number of layers from one vector: unpacked by their sizes, all weights (in, out), each with its bias behind it."""
import numpy as np


def unpack(params, layers):
    weights, biases, place = [], [], 0
    for n_in, n_out in zip(layers[:-1], layers[1:]):
        weights.append(params[place : place + n_in * n_out].reshape(n_in, n_out))
        place += n_in * n_out
        biases.append(params[place : place + n_out])
        place += n_out
    return weights, biases


def pack(weights, biases):
    return np.concatenate([part.ravel() for pair in zip(weights, biases) for part in pair])


def loss_and_gradient(params, layers, X, T):
    weights, biases = unpack(params, layers)
    activations = [X]
    for W, b in zip(weights[:-1], biases[:-1]):
        activations.append(np.tanh(activations[-1] @ W + b))
    out = activations[-1] @ weights[-1] + biases[-1]
    loss = np.mean((out - T) ** 2)
    d = 2 * (out - T) / T.size
    dW, db = [], []
    for W, a in zip(weights[::-1], activations[::-1]):
        dW.insert(0, a.T @ d)
        db.insert(0, d.sum(axis=0))
        d = (d @ W.T) * (1 - a**2)
    return loss, pack(dW, db)
