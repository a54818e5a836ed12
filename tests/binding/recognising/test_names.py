"""What names are taken to mean."""

from __future__ import annotations

import pytest

from gdverify.binding.recognising.names import ARGUMENTS, CONSTRUCTOR, meanings, same_tensor


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("dL_dy", "upstream"),
        ("y_true", "target"),
        ("Y_hat", "prediction"),
        ("learning_rate", "rate"),
        ("cache", "cache"),
    ],
)
def test_arguments_are_read_without_case_and_underscores(name: str, meaning: str) -> None:
    assert meanings(name, ARGUMENTS)[0] == meaning


def test_no_name_means_two_sizes() -> None:
    words = [word for meaning in ("inputs", "outputs", "hidden", "layers") for word in CONSTRUCTOR[meaning].split()]
    assert [word for word in words if words.count(word) > 1] == []


@pytest.mark.parametrize("name", ["dW1", "grad_W1", "W1_grad", "dL_dW1", "dw1", "nabla_w1", "delta_W1", "gradW1"])
def test_the_gradient_of_a_weight_by_its_names(name: str) -> None:
    assert same_tensor(name, "W1")
    assert not same_tensor(name, "b1")
    assert not same_tensor(name, "W2")


@pytest.mark.parametrize("name", ["dbiases", "bias_grad", "db", "grad_bias"])
def test_the_gradient_of_a_bias_by_its_names(name: str) -> None:
    assert same_tensor(name, "b")
    assert not same_tensor(name, "W")


def test_a_gradient_may_be_called_after_the_attribute_that_holds_the_parameter() -> None:
    assert same_tensor("dtheta", "W", "theta")
    assert same_tensor("kappa_grad", "W", "kappa")
