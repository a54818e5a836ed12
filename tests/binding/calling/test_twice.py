"""One object called twice: what adds up is named, what is not renewed is an error, what keeps a state is neither."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, ERROR, SubjectReport
from gdverify.binding.calling.twice import Seen, Tries, same, tried_twice
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import LAYER, of_class, report


class Affine:
    def __init__(self, n_in: int, n_out: int) -> None:
        self.W, self.b = np.ones((n_in, n_out)), np.zeros(n_out)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy: Any) -> Any:
        self.dW, self.db = self.x.T @ dy, dy.sum(axis=0)
        return dy @ self.W.T


class Adding(Affine):
    def backward(self, dy: Any) -> Any:
        self.dW += self.x.T @ dy
        self.db += dy.sum(axis=0)
        return dy @ self.W.T


class Decaying(Affine):
    def backward(self, dy: Any) -> Any:
        self.dW = 0.5 * self.dW + self.x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


class Appending(Affine):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__(n_in, n_out)
        self.gradients: list[Any] = []
        del self.dW, self.db

    def backward(self, dy: Any) -> Any:
        self.gradients += [self.x.T @ dy, dy.sum(axis=0)]
        return dy @ self.W.T


class Stale(Affine):
    x = None

    def forward(self, x: Any) -> Any:
        self.x = x if self.x is None else self.x
        return x @ self.W + self.b


class Single(Affine):
    used = False

    def forward(self, x: Any) -> Any:
        if self.used:
            raise RuntimeError("used up")
        return super().forward(x)

    def backward(self, dy: Any) -> Any:
        self.used = True
        return super().backward(dy)


class Bent:
    """y = a sin x, the a learned."""

    def __init__(self, n_in: int) -> None:
        self.a, self.da = np.ones(n_in), np.zeros(n_in)

    def forward(self, x: Any) -> Any:
        self.x = x
        return self.a * np.sin(x)

    def backward(self, dy: Any) -> Any:
        self.da = (dy * np.sin(self.x)).sum(axis=0)
        return dy * self.a * np.cos(self.x)


class BentAdding(Bent):
    def backward(self, dy: Any) -> Any:
        self.da += (dy * np.sin(self.x)).sum(axis=0)
        return dy * self.a * np.cos(self.x)


class BentStale(Bent):
    cosine = None

    def backward(self, dy: Any) -> Any:
        self.cosine = np.cos(self.x) if self.cosine is None else self.cosine
        super().backward(dy)
        return dy * self.a * self.cosine


def of(cls: type) -> SubjectReport:
    (found,) = find_subjects(of_class(cls, **LAYER))
    return report(found, examples=20)


def remarks(cls: type) -> list[str]:
    judged = of(cls)
    assert (judged.verdict, judged.findings) == (CORRECT, ())
    return [one.message for one in judged.diagnosis if one.kind == "remark"]


@pytest.mark.parametrize("cls", [Affine, Bent])
def test_of_what_keeps_nothing_nothing_is_said(cls: type) -> None:
    assert remarks(cls) == []


def test_gradients_that_add_up_are_named_and_not_wrong() -> None:
    assert remarks(Adding) == ["dW, db add up over calls on one object; set them to zero between steps"]
    assert remarks(BentAdding) == ["da adds up over calls on one object; set it to zero between steps"]


def test_gradients_that_are_carried_over_in_part_are_named_and_not_wrong() -> None:
    assert "dW carries 0.5 × that of the call before over, as momentum does" in remarks(Decaying)


def test_gradients_that_are_kept_behind_each_other_are_named_and_not_wrong() -> None:
    first, second = remarks(Appending)
    assert first.startswith("the gradient of W is at self.gradients[2] after a second call on one object, behind that")
    assert second.startswith("the gradient of b is at self.gradients[3]")


def test_what_can_be_called_once_is_named_and_not_wrong() -> None:
    assert remarks(Single) == [
        "one object cannot be called twice: the second time it raises RuntimeError: used up; what was judged is the "
        "first call"
    ]


@pytest.mark.parametrize(("cls", "name"), [(Stale, "W"), (BentStale, "x")])
def test_a_cache_that_is_not_renewed_is_an_error(cls: type, name: str) -> None:
    judged = of(cls)
    (finding,) = judged.findings
    assert (judged.verdict, finding.kind) == (ERROR, "stale cache")
    assert finding.message.startswith(
        f"one object is called twice, the second time with other data: the gradient of {name} at ["
    )
    assert "where a new object gives" in finding.message
    assert finding.message.endswith(
        "the backward pass uses what the first call kept, while its forward pass is that of the second: look for a "
        "cache that is filled once and not renewed by each forward pass."
    )


ONES, TWOS = np.array([1.0, 1.5]), np.array([2.0, -1.0])


def test_a_state_of_the_forward_pass_is_named_and_excuses_the_gradients() -> None:
    def tries() -> Tries:
        return Tries(Seen(ONES, {"W": ONES}), Seen(5 * ONES, {"W": 7 * ONES}), Seen(TWOS, {"W": TWOS}), {})

    found = tried_twice(tries)
    assert (len(found.remarks), found.findings) == (1, ())
    assert "as a hidden state makes it" in found.remarks[0]


def test_a_forward_pass_that_is_that_of_the_first_call_is_stale_too() -> None:
    def tries() -> Tries:
        return Tries(Seen(ONES, {"W": ONES}), Seen(ONES, {"W": ONES}), Seen(TWOS, {"W": TWOS}), {})

    (finding,) = tried_twice(tries).findings
    assert "the backward pass uses the first call's data, and so does its forward pass" in finding.message


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_the_same_as_itself_and_as_nothing_else(value: float) -> None:
    lost = np.array([value, 1.0])
    assert same(lost, lost.copy())
    assert not same(lost, ONES)
    assert not same(lost, np.array([value, 2.0]))
    assert not same(np.array([np.inf]), np.array([-np.inf]))
