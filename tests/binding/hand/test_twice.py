"""Bindings by hand are called twice on one object, too: what adds up is named, what is not renewed is an error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gdverify
from gdverify.auditing.verdicts import CORRECT, ERROR, TESTED, SubjectReport


class Affine:
    def __init__(self, n_in: int, n_out: int) -> None:
        self.W, self.b = np.ones((n_in, n_out)), np.zeros(n_out)

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy: Any) -> None:
        self.dW, self.db, self.dx = self.x.T @ dy, dy.sum(axis=0), dy @ self.W.T


class Stale(Affine):
    x: Any = None

    def forward(self, x: Any) -> Any:
        self.x = x if self.x is None else self.x
        return x @ self.W + self.b


class Adding(Affine):
    dW: Any = 0.0

    def backward(self, dy: Any) -> None:
        self.dW = self.dW + self.x.T @ dy
        self.db, self.dx = dy.sum(axis=0), dy @ self.W.T


class Given(Affine):
    """Is made with its data: another one of the same data is all that a second call could be."""

    def __init__(self, x: Any, n_out: int) -> None:
        super().__init__(x.shape[1], n_out)
        self.data = x

    def forward(self, x: Any) -> Any:
        return super().forward(self.data)


def step(c: Any) -> None:
    c.self.forward(c.x)
    c.self.backward(c.upstream)


PLACES = {"W": "W.T", "b": "b"}


def against_the_catalogue(make: Any) -> SubjectReport:
    gradients = {"W": "dW.T", "b": "db", "x": "dx"}
    subject = gdverify.bind(make, against="affine", places=PLACES, run=step, gradients=gradients)
    return gdverify.audit(subject, examples=10, evidence=TESTED)


def against_its_forward_pass(make: Any) -> SubjectReport:
    inputs: Any = {"x": ("batch", "inputs"), "upstream": ("batch", "outputs")}
    subject = gdverify.bind(
        make,
        places={"W": "W", "b": "b"},
        run=step,
        gradients={"W": "dW", "b": "db", "x": "dx"},
        forward=lambda c: c.self.forward(c.x),
        output="returned",
        inputs=inputs,
    )
    return gdverify.audit(subject, examples=4)


@pytest.mark.parametrize("judge", [against_the_catalogue, against_its_forward_pass])
def test_what_is_renewed_has_no_remark(judge: Any) -> None:
    report = judge(lambda c: Affine(c.inputs, c.outputs))
    assert (report.verdict, report.findings) == (CORRECT, ())
    assert not [one for one in report.diagnosis if one.kind == "remark"]


@pytest.mark.parametrize("judge", [against_the_catalogue, against_its_forward_pass])
def test_a_cache_that_is_not_renewed_is_an_error(judge: Any) -> None:
    report = judge(lambda c: Stale(c.inputs, c.outputs))
    (finding,) = report.findings
    assert (report.verdict, finding.kind) == (ERROR, "stale cache")
    assert "the backward pass uses what the first call kept: look for a cache" in finding.message


@pytest.mark.parametrize("judge", [against_the_catalogue, against_its_forward_pass])
def test_gradients_that_add_up_are_named_and_not_wrong(judge: Any) -> None:
    report = judge(lambda c: Adding(c.inputs, c.outputs))
    assert report.verdict == CORRECT
    (said,) = [one.message for one in report.diagnosis if one.kind == "remark"]
    assert said == "dW adds up over calls on one object; set it to zero between steps"


@pytest.mark.parametrize("judge", [against_the_catalogue, against_its_forward_pass])
def test_an_object_that_is_made_of_its_data_is_not_called_with_others(judge: Any) -> None:
    assert judge(lambda c: Given(c.x, c.outputs)).verdict == CORRECT
