"""A network for XOR alone: two inputs, two hidden units, one output, written out number by number."""
import math
import random


class XorNet:
    rate = 0.5

    def __init__(self):
        self.w = [random.uniform(-1, 1) for _ in range(9)]

    @staticmethod
    def squash(z):
        return 1 / (1 + math.exp(-z))

    def predict(self, x1, x2):
        w = self.w
        self.h1 = self.squash(w[0] * x1 + w[1] * x2 + w[2])
        self.h2 = self.squash(w[3] * x1 + w[4] * x2 + w[5])
        self.o = self.squash(w[6] * self.h1 + w[7] * self.h2 + w[8])
        return self.o

    def train(self, x1, x2, target):
        o = self.predict(x1, x2)
        do = (o - target) * o * (1 - o)
        d1 = do * self.w[6] * self.h1 * (1 - self.h1)
        d2 = do * self.back_to_second() * self.h2 * (1 - self.h2)
        grads = [d1 * x1, d1 * x2, d1, d2 * x1, d2 * x2, d2, do * self.h1, do * self.h2, do]
        self.w = [w - self.rate * g for w, g in zip(self.w, grads)]
        return 0.5 * (o - target) ** 2

    def back_to_second(self):
        return self.w[7]


class XorNetCrossed(XorNet):
    """Sends the error of the second unit back through the first one's weight."""

    def back_to_second(self):
        return self.w[6]
