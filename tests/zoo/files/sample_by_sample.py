"""A network that learns from one sample at a time; every layer but the last has a unit more, for a constant."""

import numpy as np


class OneByOne:
    def __init__(self, sizes, rate=0.5):
        self.rate = rate
        ends = [n + 1 for n in sizes[:-1]] + [sizes[-1]]
        self.weights = [np.random.randn(n, m) for n, m in zip(ends[:-1], ends[1:])]

    def fit(self, samples, targets, epochs=10):
        ones = np.ones((len(samples), 1))
        for _ in range(epochs):
            for sample, target in zip(np.hstack((samples, ones)), targets):
                self.fit_partial(sample, target)

    def fit_partial(self, x, y):
        values = [np.atleast_2d(x)]
        for w in self.weights:
            values.append(1 / (1 + np.exp(-values[-1] @ w)))
        delta = (values[-1] - y) * self.slope(values[-1])
        deltas = [delta]
        for w, value in zip(self.weights[:0:-1], values[-2:0:-1]):
            delta = delta @ w.T * self.inner_slope(value)
            deltas.insert(0, delta)
        for w, value, delta in zip(self.weights, values, deltas):
            w -= self.rate * value.T @ delta

    def slope(self, value):
        return value * (1 - value)

    def inner_slope(self, value):
        return self.slope(value)


class OneByOneStraight(OneByOne):
    def inner_slope(self, value):
        return np.ones_like(value)
