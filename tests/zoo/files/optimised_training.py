"""Training in place where the step is more than lr times the gradient: momentum, decay, clipping."""
import numpy as np


class LinearModel:
    def __init__(self, n_in, n_out, lr=0.05):
        self.lr = lr
        self.W = np.random.randn(n_out, n_in)
        self.b = np.random.randn(n_out)

    def predict(self, X):
        return X @ self.W.T + self.b

    def fit_batch(self, X, T):
        diff = self.predict(X) - T
        dW = self.slope(diff).T @ X / len(X)
        db = self.slope(diff).sum(axis=0) / len(X)
        self.step(dW, db)
        return np.sum(diff ** 2) / len(X)

    def slope(self, diff):
        return 2 * diff

    def step(self, dW, db):
        self.W -= self.lr * dW
        self.b -= self.lr * db


class MomentumModel(LinearModel):
    momentum = 0.9

    def __init__(self, n_in, n_out, lr=0.05):
        super().__init__(n_in, n_out, lr)
        self.vW, self.vb = np.zeros_like(self.W), np.zeros_like(self.b)

    def step(self, dW, db):
        self.vW = self.momentum * self.vW - self.lr * dW
        self.vb = self.momentum * self.vb - self.lr * db
        self.W += self.vW
        self.b += self.vb


class DecayModel(LinearModel):
    decay = 0.01

    def step(self, dW, db):
        self.W -= self.lr * (dW + self.decay * self.W)
        self.b -= self.lr * db


class ClippingModel(LinearModel):
    limit = 0.5

    def step(self, dW, db):
        self.W -= self.lr * np.clip(dW, -self.limit, self.limit)
        self.b -= self.lr * np.clip(db, -self.limit, self.limit)


class AbsoluteMomentumModel(MomentumModel):
    """The gradient of another loss, behind the same momentum."""

    def slope(self, diff):
        return np.sign(diff)


class AbsoluteDecayModel(DecayModel):
    def slope(self, diff):
        return np.sign(diff)


class AbsoluteClippingModel(ClippingModel):
    def slope(self, diff):
        return np.sign(diff) * 3
