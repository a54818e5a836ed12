"""Networks of the catalogue as one writes their forward passes for HIPS autograd, which finds the gradients itself.

Each takes the arrays of a case by their names, and returns the loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as np
from autograd.scipy.signal import convolve


def mlp(x: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, t: Any) -> Any:
    """Two hidden layers of tanh, mean squared error."""
    a1 = np.tanh(x @ W1.T + b1)
    a2 = np.tanh(a1 @ W2.T + b2)
    return np.mean((a2 @ W3.T + b3 - t) ** 2)


def softmax_regression(x: Any, W: Any, b: Any, t: Any) -> Any:
    """Affine map, softmax, cross-entropy."""
    return _cross_entropy(x @ W.T + b, t)


def small_cnn(x: Any, K: Any, c: Any, W: Any, b: Any, t: Any) -> Any:
    """Convolution, relu, pooling by 2 × 2, affine map, softmax, cross-entropy."""
    z = convolve(x, K[:, :, ::-1, ::-1], axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")
    a = np.maximum(z + c[:, None, None], 0)
    n, o, rows, columns = a.shape
    p = np.max(np.max(a.reshape(n, o, rows // 2, 2, columns // 2, 2), axis=5), axis=3)
    return _cross_entropy(p.reshape(n, -1) @ W.T + b, t)


def multi_head_attention(x: Any, Wq: Any, bq: Any, Wk: Any, bk: Any, Wv: Any, bv: Any, Wo: Any, bo: Any, t: Any) -> Any:
    """Two heads, mean squared error."""
    q, k, v = (_heads(x @ W.T + b) for W, b in ((Wq, bq), (Wk, bk), (Wv, bv)))
    scores = q @ np.swapaxes(k, 2, 3) / np.sqrt(q.shape[3])
    e = np.exp(scores - np.max(scores, axis=3, keepdims=True))
    y = np.swapaxes(e / np.sum(e, axis=3, keepdims=True) @ v, 1, 2).reshape(x.shape)
    return np.mean((y @ Wo.T + bo - t) ** 2)


def rnn(x: Any, h0: Any, W: Any, b: Any, U: Any, V: Any, c: Any, t: Any) -> Any:
    """A state that each step reads and renews, a class for every step."""
    h, loss = h0, 0.0
    for step in range(x.shape[1]):
        h = np.tanh(x[:, step] @ W.T + h @ U.T + b)
        y = h @ V.T + c
        y = y - np.max(y, axis=1, keepdims=True)
        chosen = y[np.arange(len(y)), t[:, step]]
        loss = loss + np.sum(np.log(np.sum(np.exp(y), axis=1)) - chosen)
    return loss / t.size


def _cross_entropy(y: Any, t: Any) -> Any:
    y = y - np.max(y, axis=1, keepdims=True)
    return np.mean(np.sum(t * (np.log(np.sum(np.exp(y), axis=1, keepdims=True)) - y), axis=1))


def _heads(y: Any, heads: int = 2) -> Any:
    n, time, features = y.shape
    return np.swapaxes(y.reshape(n, time, heads, features // heads), 1, 2)


NETWORKS: dict[str, Callable[..., Any]] = {
    function.__name__: function for function in (mlp, softmax_regression, small_cnn, multi_head_attention, rnn)
}
