"""What a unit does to its arguments, where only its own forward pass says what its gradients should be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, ERROR, WRONG, SubjectReport
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.own.conduct import conduct
from gdverify.binding.own.forward import Own
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import LAYER, of_class, report
from tests.zoo.table import FILES


class Bent:
    """y = x |x|."""

    def forward(self, x: Any) -> Any:
        self.x = x
        return x * np.abs(x)

    def backward(self, dy: Any) -> Any:
        return 2 * dy * np.abs(self.x)


class BentInPlace(Bent):
    def backward(self, dy: Any) -> Any:
        dy *= 2 * np.abs(self.x)
        return dy


class BentInputInPlace(Bent):
    def backward(self, dy: Any) -> Any:
        return 2 * dy * np.abs(self.x, out=self.x)


class BentAsItLies(Bent):
    def backward(self, dy: Any) -> Any:
        return (2 * dy.ravel("K") * np.abs(self.x).ravel()).reshape(dy.shape)


class BentRestored(Bent):
    def backward(self, dy: Any) -> Any:
        dy *= 2
        found = dy * np.abs(self.x)
        dy /= 2
        return found


class BentContiguous(Bent):
    def backward(self, dy: Any) -> Any:
        if not dy.flags.c_contiguous:
            raise ValueError("dy is not contiguous")
        return super().backward(dy)


def of(cls: type) -> SubjectReport:
    (own,) = find_subjects(of_class(cls, **LAYER))
    assert isinstance(own, Own)
    return report(own)


def test_what_takes_any_memory_and_leaves_it_alone_is_correct() -> None:
    assert (of(Bent).verdict, of(Bent).findings) == (CORRECT, ())


@pytest.mark.parametrize(
    ("cls", "verdict", "kinds"),
    [
        (BentInPlace, CORRECT, ["writes into the upstream gradient"]),
        (BentInputInPlace, ERROR, ["writes into its arguments"]),
        (BentAsItLies, ERROR, ["other results on Fortran-ordered arrays"]),
        (BentRestored, ERROR, ["writes and restores"]),
        (BentContiguous, CORRECT, ["refuses non-contiguous arrays", "refuses Fortran-ordered arrays"]),
    ],
)
def test_the_rows_are_those_of_marked_subjects(cls: type, verdict: str, kinds: list[str]) -> None:
    judged = of(cls)
    assert (judged.verdict, [one.kind for one in judged.findings]) == (verdict, kinds)


def test_what_was_written_into_is_named() -> None:
    assert of(BentInPlace).findings[0].message.startswith("the subject changed case array upstream: expected it as")


def test_what_gives_one_number_is_handed_over_in_other_memory_too() -> None:
    (unit,) = discover(load(str(FILES / "softmax_loss.py")), "SoftmaxLabels").found
    (own,) = find_subjects(unit)
    assert isinstance(own, Own)
    assert conduct(own, 0) == []


class BentToNothing(Bent):
    def backward(self, dy: Any) -> Any:
        return np.full_like(dy, np.nan)


def test_what_is_no_number_is_so_in_every_layout_and_every_call() -> None:
    judged = of(BentToNothing)
    assert judged.verdict == WRONG
    assert judged.findings == ()
