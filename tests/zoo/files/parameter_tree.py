"""Parameters as a tree: a dictionary with a list of dictionaries, and gradients in one like it under other names."""
import numpy as np


def init(sizes):
    return {"layers": [{"kernel": np.zeros((n, m)), "shift": np.zeros((1, m))} for n, m in zip(sizes, sizes[1:])]}


def predict(params, x):
    *hidden, last = params["layers"]
    for layer in hidden:
        x = np.tanh(x @ layer["kernel"] + layer["shift"])
    return x @ last["kernel"] + last["shift"]


def gradients(params, x, t, shared=False):
    inputs = [x]
    for layer in params["layers"][:-1]:
        inputs.append(np.tanh(inputs[-1] @ layer["kernel"] + layer["shift"]))
    last = params["layers"][-1]
    d = 2 * (inputs[-1] @ last["kernel"] + last["shift"] - t) / t.size
    grads = []
    for layer, a in zip(reversed(params["layers"]), reversed(inputs)):
        grads.insert(0, {"g_kernel": a.T @ d, "g_shift": d.mean(axis=0) if shared else d.sum(axis=0)})
        d = (d @ layer["kernel"].T) * (1 - a ** 2)
    return grads


def gradients_shared(params, x, t):
    """Averages what belongs to the shifts once more."""
    return gradients(params, x, t, shared=True)
