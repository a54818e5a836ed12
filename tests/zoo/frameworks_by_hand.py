"""Units of the zoo on the arrays of torch, jax and autograd, called by hand."""

from __future__ import annotations

import numpy as np

from tests.zoo.calling import calling, sigmoid


@calling("torch_manual.py")
def _(module, unit, rng):
    import torch

    x, d = rng.normal(size=(5, 3)), rng.normal(size=(5, 3 if "Square" in unit else 2))
    if "Square" in unit:
        given = torch.tensor(x, requires_grad=True)
        (getattr(module, unit).apply(given) * torch.tensor(d)).sum().backward()
        return [given.grad.numpy()], lambda: np.sum(d * x**2), [x]
    layer = getattr(module, unit)(3, 2).double()
    layer.forward(torch.tensor(x))
    dx = layer.backward(torch.tensor(d))
    W, b = layer.weight.numpy(), layer.bias.numpy()
    gradients = [one.numpy() for one in (layer.grad_weight, layer.grad_bias, dx)]
    return gradients, lambda: np.sum(d * (x @ W.T + b)), [W, b, x]


@calling("torch_rules.py")
def _(module, unit, rng):
    import torch

    linear = "Linear" in unit
    arrays = [rng.normal(size=shape) for shape in ([(5, 3), (2, 3), 2] if linear else [(5, 3)])]
    given = [torch.tensor(array, requires_grad=True) for array in arrays]
    d = rng.normal(size=(5, 2 if linear else 3))
    (getattr(module, unit).apply(*given) * torch.tensor(d)).sum().backward()

    def value():
        return np.sum(d * (arrays[0] @ arrays[1].T + arrays[2] if linear else np.tanh(arrays[0])))

    return [one.grad.numpy() for one in given], value, arrays


@calling("torch_tensors.py")
def _(module, unit, rng):
    import torch

    x = rng.normal(size=(5, 3))
    if "relu" in unit:
        d = rng.normal(size=(5, 3))
        gradient = getattr(module, unit)(torch.tensor(d), torch.tensor(x)).numpy()
        return [gradient], lambda: np.sum(d * np.maximum(x, 0)), [x]
    if "Net" in unit:
        net, t = getattr(module, unit)(3, 4, 2, lr=2.0**20), rng.normal(size=(5, 2))
        net.w1, net.w2 = net.w1.double(), net.w2.double()
        w1, w2 = net.w1.numpy().copy(), net.w2.numpy().copy()
        net.slope = lambda: type(net).slope(net).double()
        net.train_step(torch.tensor(x), torch.tensor(t))
        gradients = [(before - after.numpy()) / net.lr for before, after in ((w1, net.w1), (w2, net.w2))]
        return gradients, lambda: np.sum((np.tanh(x @ w1) @ w2 - t) ** 2), [w1, w2]
    layer, d = getattr(module, unit)(3, 2).double(), rng.normal(size=(5, 2))
    layer.forward(torch.tensor(x))
    dx = layer.backward(torch.tensor(d)).numpy()
    W, b = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    gradients = [layer.weight.grad.numpy(), layer.bias.grad.numpy(), dx]
    return gradients, lambda: np.sum(d * (x @ W.T + b)), [W, b, x]


@calling("jax_rules.py")
def _(module, unit, rng):
    import jax

    z = rng.normal(size=5)
    if "scaled" in unit:
        factor, d = rng.normal(size=5), rng.normal(size=5)
        with jax.enable_x64(True):
            gradients = [*map(np.array, jax.vjp(getattr(module, unit), z, factor)[1](jax.numpy.array(d)))]
        return gradients, lambda: np.sum(d * factor * z**3), [z, factor]
    with jax.enable_x64(True):
        gradient = np.array(jax.grad(lambda given: getattr(module, unit)(given).sum())(z))
    return [gradient], lambda: np.sum(np.tanh(z)), [z]


@calling("autograd_rules.py")
def _(module, unit, rng):
    import autograd

    z = rng.normal(size=5)
    if "product" in unit:
        y = rng.normal(size=5)
        gradients = [autograd.elementwise_grad(getattr(module, unit), number)(z, y) for number in (0, 1)]
        return gradients, lambda: np.sum(z * np.sin(y)), [z, y]
    return [autograd.elementwise_grad(getattr(module, unit))(z)], lambda: np.sum(sigmoid(z)), [z]
