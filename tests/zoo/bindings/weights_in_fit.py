"""Weights that come into being inside fit: looked at after two steps, and after three."""
import numpy as np
import weights_in_fit as code
import gdverify


def bound(cls):
    def loss(c):
        p = c.self.predict_proba(c.x)
        return -np.mean(c.t * np.log(p) + (1 - c.t) * np.log(1 - p))

    return gdverify.bind(
        lambda c: cls(lr=2.0, n_iters=c.steps), steps=2, rate=2.0,
        inputs={"x": ("batch", "features"), "t": lambda rng, sizes: rng.integers(0, 2, sizes["batch"])},
        run=lambda c: c.self.fit(c.x, c.t), places={"w": "weights", "b": "bias"}, forward=loss,
    )


LogisticRegression, LogisticRegressionSlow = bound(code.LogisticRegression), bound(code.LogisticRegressionSlow)
