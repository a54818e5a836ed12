"""Textbook NumPy, an idiom a function: of x (batch, inputs), W (outputs, inputs), t (batch, outputs); shaped like W.

What they compute is no gradient of anything; it only has to depend on the case in the way it is written.
"""

import copy
import math

import numpy as np
from numpy import exp, maximum
from numpy.linalg import norm
from numpy.random import randn


def loops_over_entries(x, W, t):
    dW = np.zeros(W.shape)
    for o in range(W.shape[0]):
        for i in range(W.shape[1]):
            for n in range(len(x)):
                dW[o][i] += x[n, i] * (x[n] @ W[o] - t[n, o])
    return dW


def zeros_like_filled(x, W, t):
    dW = np.zeros_like(W)
    for k, row in enumerate(x):
        dW += np.outer(t[k], row)
    return dW


def empty_filled(x, W, t):
    z = np.empty((x.shape[0], W.shape[0]), dtype=np.float64)
    z[:] = x.dot(W.T)
    z[0, :] = 0.5
    return z.T @ x


def full_and_slices(x, W, t):
    a = np.full((len(x), 4), 0.1)
    a[:, 1:] = x
    a[:, 0] -= x.sum(axis=1)
    return t.T.dot(a[:, :3])


def in_place(x, W, t):
    dW = t.T @ x
    dW *= 2
    dW /= x.shape[0]
    dW -= 0.1 * W
    dW **= 2
    return dW


def where_mask(x, W, t):
    z = x @ W.T
    return np.where(z > 0, z, 0.01 * z).T @ x


def assigned_mask(x, W, t):
    z = x @ W.T
    dz = t.copy()
    dz[z <= 0] = 0
    return dz.T @ x


def multiplied_mask(x, W, t):
    z = np.dot(x, W.T)
    return (t * (z > 0)).T @ x + ((z > 0).astype(float) * t).T @ x


def softmax(x, W, t):
    z = x @ W.T
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return (e / np.sum(e, axis=1, keepdims=True) - t).T @ x


def softmax_methods(x, W, t):
    z = x @ W.T
    e = np.exp(z - z.max(axis=-1)[:, None])
    e /= e.sum(axis=-1).reshape(-1, 1)
    return (e - t).T.dot(x) / x.shape[0]


def means(x, W, t):
    return W * x.mean() + np.mean(x, axis=0) - np.average(t) + x.mean(0, keepdims=True)


def normalised(x, W, t):
    h = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    return t.T @ h + np.std(x, axis=0) + x.std()


def einsum(x, W, t):
    return np.einsum("no,ni->oi", t, x) + np.einsum("ij,ij,kj->kj", x, x, W, optimize=True)


def comprehension(x, W, t):
    rows = [[sum(x[n][i] * t[n][o] for n in range(len(x))) for i in range(3)] for o in range(2)]
    return np.array(rows) + np.array([w * 2.0 for w in W], dtype=float)


def scalars_in_lists(x, W, t):
    total = np.sum([x[0, 0] * w for w in W.flatten()])
    return np.asarray([[total, 0.0, 1], [2, np.prod([x[0, 0], x[1, 1]]), max(x[0, 0], x[0, 1])]]) * W


def outer(x, W, t):
    return np.outer(t[0], x[0]) + np.outer(t[1], x[1]) * np.multiply.outer(t[2], x[2])


def summed(x, W, t):
    return W + np.sum(x, axis=0, keepdims=True) * t.sum() + np.sum(x**2)


def relu(x, W, t):
    return np.maximum(0, x @ W.T).T @ x + maximum(W, 0.0)


def clipped(x, W, t):
    p = np.clip(x @ W.T, 1e-8, 1 - 1e-8)
    return (t / p).T @ x + W.clip(-0.5, 0.5) + np.minimum(W, 0.3)


def scalar_functions(x, W, t):
    s = math.exp(W[0, 0]) + math.sqrt(x[0, 0] ** 2) + math.log(x[0, 0] * x[0, 0], 2) + math.tanh(t[0, 0])
    return W * s * math.sqrt(2) + math.pow(s, 2) + math.fabs(W[0, 1]) + math.sin(W[1, 0])


def sigmoid(x, W, t):
    a = 1 / (1 + np.exp(-(x @ W.T)))
    return ((a - t) * a * (1.0 - a)).T @ x + 1.0 / (1.0 + exp(-W))


class Layer:
    def __init__(self, inputs, outputs):
        self.W = np.random.randn(outputs, inputs) * np.sqrt(2.0 / inputs)
        self.b = np.zeros((1, outputs))
        self.cache = {}

    def forward(self, x):
        self.cache["x"] = x
        self.a = np.tanh(x @ self.W.T + self.b)
        return self.a

    def backward(self, da):
        dz = da * (1 - np.power(self.a, 2))
        self.dW = dz.T @ self.cache["x"]
        self.W -= 0.1 * self.dW
        return dz @ self.W


def classes(x, W, t):
    layer = copy.deepcopy(Layer(3, 2))
    layer.W[...] = W
    layer = copy.deepcopy(layer)
    layer.forward(x)
    layer.backward(t)
    return layer.dW + layer.W


def joined(x, W, t):
    with_bias = np.column_stack((x, np.ones(len(x))))
    both = np.concatenate([with_bias, np.hstack((t, t))], axis=0)
    stacked = np.vstack([both, both[:1] * 2])
    return (stacked.T @ stacked)[:2, :3]


def bracketed(x, W, t):
    with_ones = np.c_[np.ones((len(x), 1)), x]
    flat = np.r_[W.ravel(), 2.0, t[0]]
    return with_ones[1].sum() * flat[3:].reshape(W.shape)


def norms(x, W, t):
    return W / np.linalg.norm(W, axis=1, keepdims=True) + norm(x) + np.sqrt(np.sum(np.square(t)))


def fancy(x, W, t):
    picked = x[[0, 2, 1]][np.arange(3), [2, 1, 0]]
    W = W.copy()
    W[np.array([0, 1]), [1, 2]] -= 1.0
    np.add.at(W, ([0, 0], [0, 0]), picked[:2])
    return W * picked


def transposed(x, W, t):
    z = W.T.reshape(-1)
    return (z.ravel() * z[::-1]).reshape(W.T.shape).T + np.transpose(W.T) + x[..., np.newaxis].squeeze().T[:, :2].T


def boolean_masks(x, W, t):
    dW = W.copy()
    dW[dW > 0] *= x[x > 0].sum()
    dW[np.logical_and(W < 0, W > -10)] = -1
    dW[np.abs(W) < 0.5] += W[np.abs(W) < 0.5] ** 3
    return dW


def guarded(x, W, t):
    z = x @ W.T
    assert not np.isnan(z).any()
    if not np.all(np.isfinite(W)) or W.dtype != np.float64 or not isinstance(W, np.ndarray):
        raise ValueError("nan")
    assert np.allclose(z, z + 1e-15)
    assert np.issubdtype(x.dtype, np.floating)
    return np.nan_to_num(z).T @ x.astype(np.float64)


def initialised(x, W, t):
    rng = np.random.default_rng(3)
    start = rng.standard_normal(W.shape)
    start[:] = W
    other = randn(2, 3)
    other[:] = x[:2]
    return start * other * np.eye(3)[1] + np.random.RandomState(1).rand(3)


def branches(x, W, t):
    if x.sum() > 0 and W[0, 0] < W[0, 1]:
        return W * 2
    return np.abs(W) + np.sign(W) * (x[0] if x[0, 0] >= 0 else -x[0])


def stable_losses(x, W, t):
    z = x @ W.T
    loss = np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))) + np.logaddexp(0, z).sum()
    return W * loss + np.log(np.sum(np.exp(z))) + np.expm1(W) - np.sinh(W) / np.cosh(W)


def ties_at_a_kink(x, W, t):
    z = x - x
    return t.T @ np.where(z > 0, 1.0, 0.5) + np.heaviside(W, 0.5) * W


def vectorised(x, W, t):
    f = np.vectorize(lambda z: z * z if z > 0 else 0.1 * z)
    return f(W) + np.apply_along_axis(lambda row: row * row.sum(), 1, W)


def constants(x, W, t):
    gelu = 0.5 * W * (1 + np.tanh(np.sqrt(2 / np.pi) * (W + 0.044715 * W**3)))
    return gelu + np.e**W + 2**W + np.log(2) * W + W**0.5 * 0 if W.min() > 0 else gelu + np.e**W + 2.0**W


def masked_attention(x, W, t):
    scores = x @ x.T / np.sqrt(x.shape[1])
    scores = np.where(np.tril(np.ones((4, 4))) == 1, scores, -np.inf)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (t.T @ (e / e.sum(axis=1, keepdims=True))) @ x


def largest_by_hand(x, W, t):
    best = -np.inf
    for value in W.ravel():
        if value > best:
            best = value
    return W * best + x[np.argmax(t, axis=0)] + np.argmax(W)


def accumulated(x, W, t):
    total, count = 0.0, 0
    for row, target in zip(x, t, strict=True):
        error = np.subtract(W @ row, target)
        total += float(2) * np.sum(error**2)
        count += 1
    return W * (total / count) + np.cumsum(W, axis=1) + np.full_like(W, 0.3) + np.ones_like(x)[0]


def out_argument(x, W, t):
    z = np.zeros((4, 2))
    np.matmul(x, W.T, out=z)
    np.tanh(z, out=z)
    return np.divide(W, x[0], out=np.zeros_like(W), where=np.abs(x[0]) > 1e-9) + z.T @ x


IDIOMS = {
    name: value
    for name, value in list(globals().items())
    if callable(value) and getattr(value, "__module__", None) == __name__ and not isinstance(value, type)
}
