"""The styles in which people write a gradient: one row each, with the test that tells it and how it is called.

The first row whose test gives roles is the style of a class or function. Packages are looked for among those that the
user's file has imported, and never imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gdverify.binding.finding import classes, functions
from gdverify.binding.finding.candidates import Candidate

TRAINING = "training function"


@dataclass(frozen=True)
class Style:
    """A way of writing a gradient.

    Attributes:
        name: as it is listed.
        of: ``class`` or ``function``.
        test: the roles, and what plays them, or None.
        call: how it is called, in the words of its roles.
    """

    name: str
    of: str
    test: Callable[[Candidate], Mapping[str, str] | None]
    call: str


STYLES = (
    Style("torch.autograd.Function", "class", classes.autograd_function, "apply(x, …), and backward(ctx, dy)"),
    Style("torch module", "class", classes.torch_module, "forward(x), then backward(dy)"),
    Style("loss and gradients", "class", classes.loss_and_gradients, "loss, gradients = loss_and_gradients(x, t)"),
    Style("forward and backward", "class", classes.forward_and_backward, "forward(x), then backward(dy)"),
    Style("loss and backward", "class", classes.loss_and_backward, "loss(y, t), then backward()"),
    Style("loss and gradient", "class", classes.loss_and_gradient, "loss(y, t) and gradient(y, t)"),
    Style("trained in place", "class", classes.trained_in_place, "train(x, t), which changes the weights"),
    Style("value and derivative", "class", classes.value_and_derivative, "forward(z) and gradient(z)"),
    Style("jax.custom_vjp", "function", functions.custom_vjp, "f(x), with the rules that defvjp was given"),
    Style("autograd primitive", "function", functions.primitive, "f(x), with the rules that defvjp was given"),
    Style("gradient and Hessian", "function", functions.gradient_and_hessian, "gradient, hessian = f(y, t)"),
    Style("value and pullback", "function", functions.value_and_pullback, "value, backward = f(x), then backward(dy)"),
    Style("closure", "function", functions.closure, "forward, backward = factory(…)"),
    Style("loss and gradients", "function", functions.loss_and_gradients, "loss, gradients = f(weights, x, t)"),
    Style("derivative flag", "function", functions.derivative_flag, "f(z), and f(z, flag=True)"),
    Style("training generator", "function", functions.training_generator, "next(f(x, t, …)), one step each"),
    Style("forward and backward", "function", functions.forward_and_backward, "forward(x), then backward(dy, cache)"),
    Style(TRAINING, "function", functions.training_function, "weights = f(x, t, weights, lr)"),
    Style("value and derivative", "function", functions.value_and_derivative, "forward(z) and gradient(z)"),
    Style("loss and gradient", "function", functions.loss_and_gradient, "loss(w, x, t) and gradient(w, x, t)"),
    Style("gradient alone", "function", functions.gradient_alone, "gradient(w, x, t)"),
)  # fmt: skip
