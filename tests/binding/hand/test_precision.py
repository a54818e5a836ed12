"""What a run makes along the way has the dtype of what goes in."""

from __future__ import annotations

import numpy as np
import pytest

import gdverify
from gdverify.binding.hand.precision import precise


def test_torch_has_the_dtype_of_the_case_and_then_its_own_again() -> None:
    torch = pytest.importorskip("torch")
    with precise({"x": np.zeros(2), "t": np.zeros(2, dtype=int)}):
        assert torch.zeros(1).dtype == torch.float64
    assert torch.zeros(1).dtype == torch.float32


def test_whole_numbers_alone_set_nothing() -> None:
    with precise({"t": np.zeros(2, dtype=int)}):
        pass


def test_torch_code_that_makes_its_own_tensors_is_judged_in_double_precision() -> None:
    torch = pytest.importorskip("torch")
    found = gdverify.bind(
        against="square",
        run=lambda c: 2 * torch.ones(c.z.shape) * torch.tensor(c.z) * torch.tensor(c.upstream),
        gradients={"z": "returned"},
    )
    gdverify.check(found, examples=20)
