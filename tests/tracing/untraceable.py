"""Code that cannot run on elements; the line that stops it is marked."""

import copy
import time

import numpy as np

BUFFER = np.zeros((2, 3))
state = []
count = 0


def module_level_buffer(x, W, t):
    BUFFER[:] = 0
    BUFFER[0] = x[0]  # stops here
    return BUFFER + W


def into_an_argument(x, W, t):
    return np.multiply(W, 2, out=BUFFER)  # stops here


def added_to_floats(x, W, t):
    made = copy.deepcopy(BUFFER)
    made += W  # stops here
    return made


def to_float(x, W, t):
    scale = np.float64(W[0, 0])  # stops here
    return W * scale


def swallowed(x, W, t):
    try:
        scale = np.float64(W[0, 0])  # stops here
    except Exception:
        scale = 1.0
    return W * scale


def as_an_index(x, W, t):
    return W[:, [int(x[0, 0])] * 3]  # stops here


def rounded(x, W, t):
    return np.floor(W) + W  # stops here


def inverted(x, W, t):
    return W @ np.linalg.inv(x[:3])  # stops here


def raising(x, W, t):
    if len(x) > 2:
        raise ValueError("no")  # stops here
    return W


def exploding(x, W, t):
    while True:
        W = np.tanh(W)  # stops here


def growing(x, W, t):
    lr = 0.1
    while True:
        W, lr = W * lr, np.multiply(lr, 3) * lr  # stops here


def endless(x, W, t):
    while True:
        time.sleep(0.001)


def wrong_shape(x, W, t):
    return W.T


def nothing(x, W, t):
    return None


def changes_globals(x, W, t):
    global count, np
    count += 1
    state.append(1)
    np = "gone"
    return W


def stopped_by(function):
    """The line of a function that is marked."""
    import inspect

    lines, first = inspect.getsourcelines(function)
    return next((first + k for k, line in enumerate(lines) if "# stops here" in line), None)
