"""Whose globals are exchanged: those of the user's modules that the subject reaches, and of no other."""

from __future__ import annotations

import importlib
import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.ladder.tracing import trace
from gdverify.documented import fully_connected, records
from gdverify.loading import load
from gdverify.tracing.expression import Graph
from gdverify.tracing.modules import exchanged, reached
from tests.tracing import helpers, idioms
from tests.tracing.helpers import derivation, drawn, judged

NET = """
import numpy as np
from math import exp
import neighbouring_layers as layers

def gradient(x, W, t):
    kept = layers.Buffer(W.shape)
    kept.add(t.T @ x)
    return kept.total * exp(W[0, 0])
"""

LAYERS = """
from numpy import zeros

class Buffer:
    def __init__(self, shape):
        self.total = zeros(shape)

    def add(self, value):
        self.total += 2 * value
"""


def names(modules: list[dict[str, Any]]) -> set[str]:
    return {module["__name__"] for module in modules}


def test_functions_partials_methods_and_closures_lead_to_their_modules() -> None:
    def closure() -> Any:
        return idioms.sigmoid

    made = idioms.Layer(2, 3)
    for subject in (idioms.sigmoid, partial(idioms.sigmoid, 1), made.forward, judged(idioms.sigmoid).function, closure):
        assert idioms.__name__ in names(reached(subject)), subject


def test_neither_libraries_nor_gdverify_are_the_users() -> None:
    found = names(reached(judged(idioms.sigmoid).function))
    assert helpers.__name__ in found
    assert not {name for name in found if name.split(".")[0] in ("numpy", "math", "gdverify", "pytest", "copy")}


def test_of_gdverify_only_what_it_audits() -> None:
    found = names(reached(records.RECORDS[0].subject.function))
    assert {records.__name__, fully_connected.__name__} <= found
    assert {name.rpartition(".")[0] for name in found} == {"gdverify.documented"}


def test_a_file_of_the_users_and_its_neighbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "neighbouring_layers.py").write_text(LAYERS)
    monkeypatch.syspath_prepend(tmp_path)
    net = load(str(tmp_path / "net.py"))
    layers = importlib.import_module("neighbouring_layers")
    found = trace(judged(net.gradient), derivation(), drawn(), Graph())
    assert {Path(line.file).name for line in found.lines.values()} == {"net.py", "neighbouring_layers.py"}
    assert net.exp is math.exp
    assert layers.zeros is np.zeros


def test_globals_are_put_back_when_the_exchange_fails() -> None:
    module: dict[str, Any] = {"first": 1, "second": 2}

    def fails(value: Any) -> Any:
        if value == 2:
            raise RuntimeError("half way")
        return value + 10

    with pytest.raises(RuntimeError, match="half way"), exchanged([module], fails):
        pass
    assert module == {"first": 1, "second": 2}
