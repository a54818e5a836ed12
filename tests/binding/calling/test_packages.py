"""Code of torch runs on tensors, in the precision of the case, and the package is left as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdverify.binding.calling.carriers import called, precision_of
from gdverify.binding.calling.places import leaves
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.subject import find_subject
from tests.zoo.table import FILES

torch: Any = pytest.importorskip("torch", reason="needs torch: pip install torch")


@pytest.mark.parametrize("name", ["tensor", "differentiated tensor", "parameter", "frozen parameter"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_tensor_is_read_as_what_made_it(name: str, dtype: str) -> None:
    array = np.arange(6.0).reshape(2, 3).astype(dtype)
    (leaf,) = leaves("x", called(name).make(array))
    assert leaf.carrier.name == name
    assert leaf.array.dtype == dtype
    assert np.array_equal(leaf.array, array)


def test_the_default_dtype_is_that_of_the_case_for_the_time_of_a_call() -> None:
    before = torch.get_default_dtype()
    with precision_of(called("tensor"), {"label": np.arange(3), "x": np.ones(3)}):
        assert torch.zeros(1).dtype == torch.float64
    assert torch.get_default_dtype() == before


def test_traced_arrays_are_refused() -> None:
    with pytest.raises(TypeError, match="tensors of torch hold numbers, and neither symbols nor balls"):
        called("tensor").make(np.array([object()]))


@pytest.mark.parametrize("unit", ["ManualLinear", "Square"])
def test_both_precisions_are_drawn(unit: str) -> None:
    (found,) = discover(load(str(Path(FILES) / "torch_manual.py")), unit).found
    assert find_subject(found).subject.dtypes == ("float64", "float32")
