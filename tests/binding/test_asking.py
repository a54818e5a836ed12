"""Where nothing decides, the user is asked; where nothing fits, the message says what was tried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, WRONG
from gdverify.binding.ambiguity import Ambiguous, Unbound
from gdverify.binding.subject import find_subject
from gdverify.binding.subjects import find_subjects
from gdverify.errors import UnknownName
from tests.binding.bound import LAYER, of_class, report
from tests.binding.networks import Network


class Silent(Network):
    """No loss, and the gradient of none of the catalogue's."""

    def train(self, x: Any, t: Any) -> Any:
        super().train(x, t)

    def slope(self, y: Any, t: Any) -> Any:
        return 4 * (y - t) ** 3


class TwoCandidates:
    """Two new arrays of the shape of the weight, neither of them right, and no telling names."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.W = np.ones((n_out, n_in))

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W.T

    def backward(self, dy: Any) -> Any:
        self.first = dy.T @ self.x**2
        self.second = dy.T @ self.x**3
        return dy @ self.W


class NamedCandidate(TwoCandidates):
    def backward(self, dy: Any) -> Any:
        self.grad_W = dy.T @ self.x**2
        return super().backward(dy)


class Gradientless:
    def __init__(self, n_in: int, n_out: int) -> None:
        self.W = np.ones((n_out, n_in))

    def forward(self, x: Any) -> Any:
        return x @ self.W.T

    def backward(self, dy: Any) -> Any:
        return dy @ self.W


class Endless(Gradientless):
    def forward(self, x: Any) -> Any:
        while True:
            pass


def trained(cls: type) -> Any:
    return of_class(cls, "trained in place", forward="predict", train="train")


def test_a_network_without_a_loss_whose_gradient_fits_none_is_asked_about() -> None:
    with pytest.raises(Ambiguous) as asked:
        find_subject(trained(Silent))
    assert str(asked.value).splitlines() == [
        "Silent: no loss is stated, and its gradients are those of none in the catalogue; which one should they be of?",
        "  1. the gradient of sum of squared errors: --loss squared_error",
        "  2. the gradient of half the sum of squared errors: --loss half_squared_error",
        "  3. the gradient of squared error averaged over all entries: --loss mean_squared_error",
    ]


def test_the_answer_settles_it() -> None:
    assert report(find_subject(trained(Silent), loss="mean_squared_error")).verdict == WRONG


def test_two_arrays_that_may_be_a_gradient_are_asked_about() -> None:
    with pytest.raises(Ambiguous) as asked:
        find_subject(of_class(TwoCandidates, **LAYER))
    assert str(asked.value).splitlines() == [
        "TwoCandidates: 2 arrays may be the gradient of W[outputs, inputs]; which one is it?",
        "  1. the gradient of W is self.first: dW[outputs, inputs] = self.first",
        "  2. the gradient of W is self.second: dW[outputs, inputs] = self.second",
    ]


def test_a_telling_name_decides_between_arrays_of_one_shape() -> None:
    found = find_subject(of_class(NamedCandidate, **LAYER))
    assert "dW[outputs, inputs] = self.grad_W" in found.line
    assert report(found).verdict == WRONG


def test_a_layer_without_gradients_says_what_is_missing() -> None:
    with pytest.raises(Unbound, match=r"shaped like the gradient of W\[outputs, inputs\]; expected it returned, in an"):
        find_subject(of_class(Gradientless, **LAYER))


class OverTime:
    """Takes (samples, features, steps), which nothing that is tried looks like."""

    def __init__(self, features: int) -> None:
        self.w = np.ones(features)

    def forward(self, x: Any) -> Any:
        n, _, steps = x.shape
        assert steps % 11 == 10
        return (self.w[:, None] * x).reshape(n, -1)

    def backward(self, dz: Any) -> Any:
        return dz


def test_code_that_runs_on_nothing_says_what_was_tried_and_what_to_write() -> None:
    with pytest.raises(Unbound, match=r"sequences \(samples, steps, features\) and images; say how .* gdverify\.bind"):
        find_subjects(of_class(OverTime, **LAYER))


def test_a_forward_pass_that_never_ends_ends_the_binding() -> None:
    with pytest.raises(Unbound, match="did not return within 2 seconds; look for a loop that does not end"):
        find_subject(of_class(Endless, **LAYER))


def test_a_loss_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownName, match="mean_squared_error"):
        find_subject(trained(Network), loss="mean_squared_eror")


def test_what_it_should_compute_can_be_said() -> None:
    assert find_subject(trained(Network)).subject.source.name == "network_without_biases"
    with pytest.raises(Unbound, match="equals nothing in the catalogue"):
        find_subjects(trained(Network), against="two_layer_classifier")


def test_the_units_own_loss_is_what_its_gradient_should_be_of() -> None:
    found = find_subject(trained(Network))
    assert found.remarks == ()
    assert str(found.subject.options["loss"]) == "mean_squared_error"
    assert report(found).verdict == CORRECT
