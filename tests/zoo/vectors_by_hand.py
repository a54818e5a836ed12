"""Functions of one vector of parameters, called by hand: the gradient that they give, and their cost."""

from __future__ import annotations

from tests.zoo.calling import calling

STRENGTH = 0.125


@calling("vector_costs.py")
def _(module, unit, rng):
    theta, X, y = rng.normal(size=4), rng.normal(size=(6, 4)), rng.integers(0, 2, 6).astype(float)
    if unit.startswith("cost"):
        return [getattr(module, unit)(theta, X, y)], lambda: module.cost(theta, X, y), [theta]
    given = {"ridge": (X, y, STRENGTH), "margi": (X[:, 1:], 2 * y - 1)}.get(unit[:5], (X, y))
    function = getattr(module, unit)
    return [function(theta, *given)[1]], lambda: function(theta, *given)[0], [theta]


@calling("vector_columns.py")
def _(module, unit, rng):
    theta, X, y = rng.normal(size=(4, 1)), rng.normal(size=(6, 3)), rng.integers(0, 2, (6, 1))
    gradient = getattr(module, unit)(theta, X, y, STRENGTH)
    return [gradient], lambda: module.compute_cost(theta, X, y, STRENGTH), [theta]


@calling("vector_softmax.py")
def _(module, unit, rng):
    theta, data, labels = rng.normal(size=12), rng.normal(size=(3, 6)), rng.integers(0, 4, 6)
    function = getattr(module, unit)
    return [function(theta, 4, 3, data, labels)[1]], lambda: function(theta, 4, 3, data, labels)[0], [theta]


@calling("vector_network.py")
def _(module, unit, rng):
    params, X, y = rng.normal(size=5 * 4 + 3 * 6), rng.normal(size=(6, 3)), rng.integers(1, 4, 6)
    function, strength = getattr(module, unit), 0.0 if unit.endswith("straight") else STRENGTH
    return (
        [function(params, 3, 5, 3, X, y, strength)[1]],
        lambda: function(params, 3, 5, 3, X, y, strength)[0],
        [params],
    )


@calling("vector_layers.py")
def _(module, unit, rng):
    params, X, T = rng.normal(size=4 * 5 + 6 * 2), rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    function = getattr(module, unit)
    return [function(params, [3, 5, 2], X, T)[1]], lambda: function(params, [3, 5, 2], X, T)[0], [params]


@calling("vector_constants.py")
def _(module, unit, rng):
    w, X, y = rng.normal(size=4 * 6 + 6 * 3 + 6 + 3), rng.normal(size=(5, 4)), rng.normal(size=(5, 3))
    return [getattr(module, unit)(w, X, y)], lambda: module.network_loss(w, X, y), [w]
