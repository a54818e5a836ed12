"""An autoencoder whose decoder is the transpose of its encoder: one matrix, two contributions."""
import numpy as np


class TiedAutoencoder:
    def __init__(self, visible, hidden):
        self.W = np.random.randn(visible, hidden) * 0.1
        self.b = np.zeros(hidden)
        self.c = np.zeros(visible)

    def forward(self, x):
        self.x = x
        self.h = 1 / (1 + np.exp(-(x @ self.W + self.b)))
        self.y = self.h @ self.W.T + self.c
        return self.y

    def loss(self):
        return np.sum((self.y - self.x) ** 2) / len(self.x)

    def gradients(self):
        dy = 2 * (self.y - self.x) / len(self.x)
        dz = dy @ self.W * self.h * (1 - self.h)
        return {"W": self.both(self.x.T @ dz, dy.T @ self.h), "b": dz.sum(axis=0), "c": dy.sum(axis=0)}

    def both(self, encoder, decoder):
        return encoder + decoder


class TiedAutoencoderEncoderOnly(TiedAutoencoder):
    """Counts the matrix once."""

    def both(self, encoder, decoder):
        return encoder
