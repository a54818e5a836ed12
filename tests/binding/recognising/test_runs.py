"""What sees the same values runs once, whatever they are taken to stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from gdverify import catalogue
from gdverify.binding.calling.carriers import CARRIERS
from gdverify.binding.calling.running import Function
from gdverify.binding.equations.skeletons import skeletons
from gdverify.binding.recognising.recognition import Budget, forward_call, recognise


def test_one_run_for_all_equations_of_one_number() -> None:
    seen: list[tuple[object, ...]] = []

    def unknown(z: Any) -> Any:
        seen.append((z.shape, z.dtype, z.tobytes()))
        return np.arctan(z) * z**2

    budget = Budget()
    call = forward_call("forward", Function(unknown), ["z"], {}, CARRIERS[0])
    assert not list(recognise(None, call, [], budget))
    assert len(seen) == len({*seen}) == budget.spent
    assert len(seen) < len(catalogue.activations())


def test_what_has_another_number_of_tensors_is_not_derived() -> None:
    alone = [one for one in skeletons() if one.is_operation and one.fits(1, 1)]
    assert {str(one.source) for one in alone} >= {"relu", "gelu", "ridge"}
    assert not {str(one.source) for one in alone} & {"affine", "attention", "squared_error"}


def test_every_new_activation_is_recognised() -> None:
    functions = {
        "softsign": lambda x: x / (1 + abs(x)),
        "silu": lambda x: x / (1 + np.exp(-x)),
        "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
        "hard_tanh": lambda x: np.clip(x, -1, 1),
        "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
        "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    }
    for name, function in functions.items():
        call = forward_call("forward", Function(function), ["x"], {}, CARRIERS[0])
        found = next(recognise(None, call, [], Budget()))
        assert str(found.skeleton.source) == name
