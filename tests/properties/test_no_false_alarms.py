"""Right implementations are never called wrong, however they are written: every regime, both precisions.

The twins are one way to write each backward pass. Here are other ways that textbooks and programs have: other orders of
summation, other forms of the same function, loops over the samples, more precision inside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdverify import catalogue
from gdverify.auditing.examination import examine
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Array, Case
from gdverify.cases.strategies import Space, cases
from gdverify.derivation.steps import derive
from tests.helpers import EVERY, Source, interpreted

steady = settings(max_examples=30, deadline=None, derandomize=True, database=None)

Elementwise = Callable[[Array], Array]
Product = Callable[[Array, Array], Array]
Gradients = dict[str, Any]


# -- ways to write a product of matrices


def backwards(a: Array, b: Array) -> Array:
    return a[:, ::-1] @ b[::-1]


def looped(a: Array, b: Array) -> Array:
    made = np.zeros((len(a), b.shape[1]), a.dtype)
    for k in range(a.shape[1]):
        made += np.outer(a[:, k], b[k])
    return made


def pairwise(a: Array, b: Array) -> Array:
    return (a[:, :, None] * b[None]).sum(axis=1)


def einsum(a: Array, b: Array) -> Array:
    return np.einsum("ij,jk->ik", a, b)


# -- ways to write an activation and its derivative


def by_exp(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def by_tanh(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(z / 2))


def in_two_pieces(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def kinked(z: Array, at_zero: float, below: float = 0.0) -> Array:
    return np.where(z > 0, 1, np.where(z < 0, below, at_zero)).astype(z.dtype)


WAYS: dict[str, list[tuple[Elementwise, Elementwise]]] = {
    "sigmoid": [
        (by_exp, lambda z: by_exp(z) - by_exp(z) ** 2),
        (by_tanh, lambda z: by_tanh(z) * (1 - by_tanh(z))),
        (in_two_pieces, lambda z: in_two_pieces(z) * in_two_pieces(-z)),
        (by_tanh, lambda z: (1 - np.tanh(z / 2) ** 2) / 4),
    ],
    "tanh": [
        (np.tanh, lambda z: (1 - np.tanh(z)) * (1 + np.tanh(z))),
        (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
        (lambda z: 2 * by_exp(2 * z) - 1, lambda z: 1 - (2 * by_exp(2 * z) - 1) ** 2),
        (lambda z: 1 - 2 / (np.exp(2 * z) + 1), lambda z: 1 - np.tanh(z) ** 2),
    ],
    "relu": [
        (lambda z: z * (z > 0), lambda z: kinked(z, 0)),
        (lambda z: (z + np.abs(z)) / 2, lambda z: kinked(z, 1)),
        (lambda z: np.where(z < 0, np.zeros_like(z), z), lambda z: kinked(z, 0.5)),
        (lambda z: z.clip(0), lambda z: (1 + np.sign(z)) / 2),
    ],
    "leaky_relu": [
        (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: kinked(z, 0.01, 0.01)),
        (lambda z: np.maximum(z, 0) + 0.01 * np.minimum(z, 0), lambda z: kinked(z, 1, 0.01)),
        (lambda z: z * kinked(z, 1, 0.01), lambda z: kinked(z, 0.3, 0.01)),
        (lambda z: np.maximum(z, z / 100), lambda z: kinked(z, 0.01, 0.01)),
        # One product and one absolute value, as in the first generative networks.
        (
            lambda z: z.dtype.type(0.505) * z + z.dtype.type(0.495) * np.abs(z),
            lambda z: z.dtype.type(0.505) + z.dtype.type(0.495) * np.sign(z),
        ),
    ],
    "softplus": [
        (lambda z: np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0), by_exp),
        (lambda z: np.logaddexp(z, 0), by_tanh),
        (lambda z: z - np.log(by_tanh(z).clip(np.finfo(z.dtype).tiny)), by_tanh),
        (lambda z: np.logaddexp(0, z), lambda z: 1 - in_two_pieces(-z)),
    ],
}
# log σ(z) is lost where σ(z) underflows: not what a textbook recommends, and not finite for large −z.
WAYS["softplus"].pop(2)


@dataclass(frozen=True)
class Style:
    """How somebody writes a network: the product of matrices, the form of an activation, the average, the precision."""

    name: str
    product: Product = np.matmul
    form: int = 0
    samples: bool = False
    doubled: bool = False

    def __str__(self) -> str:
        return self.name


STYLES = [
    Style("first forms"),
    Style("second forms, summed backwards", backwards, 1),
    Style("third forms, einsum", einsum, 2),
    Style("fourth forms, pairwise sums", pairwise, 3),
    Style("loops", looped, 1),
    Style("sample by sample", np.matmul, 2, samples=True),
    Style("double precision inside", np.matmul, 0, doubled=True),
]


def mlp(style: Style, case: Case) -> Gradients:
    """A perceptron with mean squared error, in a style."""
    if style.doubled:
        return in_double(replace(style, doubled=False), case)
    weights = [W for name, W in case.parameters.items() if name.startswith("W")]
    biases = [b for name, b in case.parameters.items() if name.startswith("b")]
    x, t = case.inputs["x"], case.targets["t"]
    parts = zip(x[:, None], t[:, None], strict=True) if style.samples else [(x, t)]
    found: Gradients = {}
    for part, aim in parts:
        for name, gradient in pass_through(style, case, weights, biases, part, aim).items():
            found[name] = found[name] + gradient if name in found else gradient
    return found


def pass_through(style: Style, case: Case, weights: list[Array], biases: list[Array], x: Array, t: Array) -> Gradients:
    """Loss and gradients of some of the samples, as their share of the mean over all of them."""
    ways = WAYS[str(case.options["activation"])]
    f, slope = ways[style.form % len(ways)]
    a, z = [x], []
    for W, b in zip(weights, biases, strict=True):
        z.append(style.product(a[-1], W.T) + b)
        a.append(f(z[-1]))
    entries = case.targets["t"].size
    difference = z[-1] - t
    delta = difference * (2 / entries)
    found: Gradients = {"loss": np.sum(difference * difference) / entries}
    for k in reversed(range(len(weights))):
        found[f"W{k + 1}"] = style.product(a[k].T, delta).T
        found[f"b{k + 1}"] = np.ones(len(delta), delta.dtype) @ delta
        if k:
            delta = style.product(delta, weights[k]) * slope(z[k - 1])
    return found


def in_double(style: Style, case: Case) -> Gradients:
    wide = case.replaced(**{name: array.astype(np.float64) for name, array in case.arrays.items()})
    return {name: np.asarray(value).astype(case.dtype) for name, value in mlp(style, wide).items()}


@pytest.mark.parametrize("activation", WAYS)
@pytest.mark.parametrize("style", STYLES, ids=str)
@steady
@given(data=st.data())
def test_a_network_in_every_style(style: Style, activation: str, data: st.DataObject) -> None:
    source = catalogue.find("mlp")
    case = data.draw(cases(Space(source, {"activation": activation})))
    found = examine(Subject(lambda given: mlp(style, given), "variant", source), derive(source, **case.options), case)
    assert found.wrong == (), {name: found.comparisons[name] for name in found.wrong}


# -- a single layer, with every form of its activation


@pytest.mark.parametrize(
    ("activation", "form"), [(activation, form) for activation, ways in WAYS.items() for form in range(len(ways))]
)
@steady
@given(data=st.data())
def test_an_activation_in_every_form(activation: str, form: int, data: st.DataObject) -> None:
    source = catalogue.find(activation)
    case = data.draw(cases(Space(source)))
    f, slope = WAYS[activation][form]

    def layer(given: Case) -> Gradients:
        z, da = given.inputs["z"], given.upstream["da"]
        return {"loss": np.sum(da * f(z)), "z": slope(z) * da}

    found = examine(Subject(layer, "variant", source), derive(source), case)
    assert found.wrong == (), {name: found.comparisons[name] for name in found.wrong}


# -- a classifier, with and without the cancellation in the cross-entropy


@pytest.mark.parametrize("cancelled", [True, False])
@pytest.mark.parametrize("form", range(3))
@steady
@given(data=st.data())
def test_a_classifier_in_every_form(form: int, cancelled: bool, data: st.DataObject) -> None:
    source = catalogue.find("two_layer_classifier")
    case = data.draw(cases(Space(source)))
    f, slope = WAYS["sigmoid"][form]

    def network(given: Case) -> Gradients:
        x, t, w1, w2 = given.inputs["x"], given.targets["t"], given.parameters["w1"], given.parameters["w2"]
        z1 = x @ w1
        z2 = f(z1) @ w2
        y = f(z2)
        loss = -np.mean(np.where(t == 1, np.log(y), np.log(1 - y)))
        dz2 = (y - t) / t.size if cancelled else (-t / y + (1 - t) / (1 - y)) / t.size * slope(z2)
        return {"loss": loss, "w1": einsum(x.T, dz2 @ w2.T * slope(z1)), "w2": looped(f(z1).T, dz2)}

    found = examine(Subject(network, "variant", source), derive(source), case)
    assert found.wrong == (), {name: found.comparisons[name] for name in found.wrong}


# -- losses with their factors multiplied out, and in other forms

Loss = Callable[[Array, Array], tuple[Any, Array]]
LOSSES: dict[str, list[Loss]] = {
    "mean_squared_error": [
        lambda y, t: (np.sum((y - t) ** 2 / y.size), 2 * y / y.size - 2 * t / y.size),
        lambda y, t: (np.mean(np.mean((y - t) ** 2, axis=1)), (y - t) * y.dtype.type(2 / y.size)),
        lambda y, t: (np.dot((y - t).ravel(), (y - t).ravel()) / y.size, 2 * (y - t) / y.shape[0] / y.shape[1]),
    ],
    "binary_cross_entropy_with_logits": [
        lambda y, t: (np.mean(np.maximum(y, 0) - y * t + np.log1p(np.exp(-np.abs(y)))), (by_exp(y) - t) / y.size),
        lambda y, t: (np.mean((1 - t) * y + np.logaddexp(0, -y)), ((1 - t) * by_tanh(y) - t * by_exp(-y)) / y.size),
    ],
    "mean_absolute_error": [
        lambda y, t: (np.sum(np.abs(y - t) / y.size), np.sign(y - t) / y.size),
        lambda y, t: (np.mean(np.maximum(y - t, t - y)), kinked(y - t, 0.5, -1) * y.dtype.type(1 / y.size)),
    ],
}


@pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name, forms in LOSSES.items() for form in range(len(forms))]
)
@steady
@given(data=st.data())
def test_a_loss_in_every_form(name: str, form: int, data: st.DataObject) -> None:
    source = catalogue.find(name)
    case = data.draw(cases(Space(source)))

    def loss(given: Case) -> Gradients:
        value, gradient = LOSSES[name][form](given.inputs["y"], given.targets["t"])
        return {"loss": value, "y": gradient}

    found = examine(Subject(loss, "variant", source), derive(source), case)
    assert found.wrong == (), {name: found.comparisons[name] for name in found.wrong}


# -- what gdverify writes itself, for operations of the catalogue and of users


@pytest.mark.parametrize("source", EVERY, ids=str)
@steady
@given(data=st.data())
def test_derived_code_is_within_its_own_bounds(source: Source, data: st.DataObject) -> None:
    case = data.draw(cases(Space(source.made, source.options)))
    derivation = derive(source.made, **case.options)

    def derived(given: Case) -> Gradients:
        values = interpreted(derivation, given.arrays)
        return {"loss": values["loss"], **{tensor.name: values[f"d{tensor.name}"] for tensor in derivation.wanted}}

    found = examine(Subject(derived, "derived", source.made), derivation, case)
    assert found.wrong == (), {name: found.comparisons[name] for name in found.wrong}
