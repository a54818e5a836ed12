"""What stands beside the mathematics: masks that are drawn, running means, a hidden state, truncated steps, options."""
import numpy as np


class Dropout:
    def __init__(self, p=0.5):
        self.p = p

    def forward(self, x, training=True):
        drawn = np.random.rand(*x.shape) > self.p if training else np.ones_like(x)
        self.mask = drawn / (1 - self.p) if training else drawn
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


class DropoutAnew(Dropout):
    """Draws another mask on the way back."""

    def backward(self, dy):
        return dy * (np.random.rand(*dy.shape) > self.p) / (1 - self.p)


class BatchNorm:
    def __init__(self, n_features, momentum=0.9, eps=1e-5):
        self.gamma, self.beta = np.ones(n_features), np.zeros(n_features)
        self.running_mean, self.running_var = np.zeros(n_features), np.ones(n_features)
        self.momentum, self.eps = momentum, eps

    def forward(self, x, training=True):
        mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (self.running_mean, self.running_var)
        if training:
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        self.training, self.std = training, np.sqrt(var + self.eps)
        self.xhat = (x - mean) / self.std
        return self.gamma * self.xhat + self.beta

    def backward(self, dy):
        self.dgamma, self.dbeta = (dy * self.xhat).sum(axis=0), dy.sum(axis=0)
        d = dy * self.gamma
        return self.through(d) / self.std if self.training else d / self.std

    def through(self, d):
        return d - d.mean(axis=0) - self.xhat * (d * self.xhat).mean(axis=0)


class BatchNormFixedVariance(BatchNorm):
    """Takes the variance for a constant."""

    def through(self, d):
        return d - d.mean(axis=0)


class Recurrent:
    """Keeps its hidden state from one sequence to the next."""

    def __init__(self, n_in, n_hidden):
        self.Wx, self.Wh = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_hidden)
        self.b, self.h = np.zeros(n_hidden), np.zeros(n_hidden)

    def forward(self, xs):
        self.xs, self.hs = xs, [self.h]
        for x in xs:
            self.hs.append(np.tanh(x @ self.Wx + self.hs[-1] @ self.Wh + self.b))
        self.h = self.hs[-1]
        return np.array(self.hs[1:])

    def backward(self, dhs):
        self.dWx, self.dWh, self.db = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.b)
        for last in range(len(dhs)):
            dh = dhs[last]
            for k in reversed(range(self.first(last), last + 1)):
                dz = dh * self.slope(self.hs[k + 1])
                self.dWx += np.outer(self.xs[k], dz)
                self.dWh += np.outer(self.hs[k], dz)
                self.db += dz
                dh = dz @ self.Wh.T

    def first(self, last):
        return 0

    def slope(self, h):
        return 1 - h ** 2


class RecurrentFlat(Recurrent):
    """1 - h for 1 - h²."""

    def slope(self, h):
        return 1 - h


class _RecurrentTruncated(Recurrent):
    """Goes back three steps, on purpose."""

    def first(self, last):
        return max(0, last - 2)


class Dense:
    """An activation by its name."""

    def __init__(self, n_in, n_out, activation="tanh"):
        self.W, self.b, self.activation = np.random.randn(n_in, n_out), np.zeros(n_out), activation

    def forward(self, x):
        self.x, self.z = x, x @ self.W + self.b
        if self.activation == "tanh":
            return np.tanh(self.z)
        if self.activation == "sigmoid":
            return 1 / (1 + np.exp(-self.z))
        return self.z / (1 + np.exp(-self.z)) if self.activation == "swish" else self.z

    def backward(self, dy):
        dz = dy * self.slope()
        self.dW, self.db = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.W.T

    def slope(self):
        s = 1 / (1 + np.exp(-self.z))
        if self.activation == "tanh":
            return 1 - np.tanh(self.z) ** 2
        if self.activation == "sigmoid":
            return self.sigmoid_slope(s)
        return s + self.z * s * (1 - s) if self.activation == "swish" else np.ones_like(self.z)

    def sigmoid_slope(self, s):
        return s * (1 - s)


class DenseOneOption(Dense):
    """Wrong for one of its options, which is not the default."""

    def sigmoid_slope(self, s):
        return s


class RecurrentLists(Recurrent):
    """Gives a list with one array a time step."""

    def forward(self, xs):
        return list(super().forward(xs))


class RecurrentListsShifted(RecurrentLists):
    """The state after a step for that before it."""

    def backward(self, dhs):
        super().backward(dhs)
        self.dWh[:] = 0
        for last in range(len(dhs)):
            dh = dhs[last]
            for k in reversed(range(last + 1)):
                dz = dh * self.slope(self.hs[k + 1])
                self.dWh += np.outer(self.hs[k + 1], dz)
                dh = dz @ self.Wh.T
