"""The comparison with gradcheck on a large network: what it accepts as a verdict, and the slice that is timed."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from gdverify.auditing.examination import examine
from gdverify.derivation.steps import derive
from tests.benchmarks import gradcheck, memory, subjects
from tests.benchmarks.figure import NotMeasured


def test_one_case_decides_every_parameter() -> None:
    case = gradcheck.large_case()
    judged = subjects.marked("correct", memory.SIZES)
    found = examine(judged, derive(judged.source, **case.options), case)
    assert gradcheck.decided(found, case) == 101_770


def test_a_case_that_leaves_entries_open_is_refused() -> None:
    case = gradcheck.large_case()
    dead = replace(case, inputs={"x": np.zeros_like(case.inputs["x"])})
    judged = subjects.marked("correct", memory.SIZES)
    with pytest.raises(NotMeasured, match="not every entry is decided"):
        gradcheck.decided(examine(judged, derive(judged.source, **case.options), dead), dead)


def test_gradcheck_accepts_the_slice_and_notices_a_wrong_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    case = gradcheck.large_case()
    gradcheck.first_entries(case, 20)()

    def doubled(*arrays: np.ndarray) -> object:
        loss, gradients = gradients_of(*arrays)
        return loss, {name: 2 * value for name, value in gradients.items()}

    gradients_of = gradcheck.two_layers_tanh
    monkeypatch.setattr(gradcheck, "two_layers_tanh", doubled)
    with pytest.raises(NotMeasured, match="gradcheck rejects"):
        gradcheck.first_entries(case, 20)()


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NotMeasured, match=r'torch is not installed: pip install "gdverify\[peers\]"'):
        gradcheck.ratio()
