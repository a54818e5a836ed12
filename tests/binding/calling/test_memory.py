"""The arrays of found code lie in memory as those of the case do, and what is written into them shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.behaviours.layouts import LAYOUTS, read_only
from gdverify.auditing.verdicts import CORRECT, ERROR, SubjectReport
from gdverify.binding.calling.memory import alike
from gdverify.binding.calling.places import Attribute, Place
from gdverify.binding.calling.running import SELF, Held
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.recognising.layouts import LAYOUTS as STORED
from gdverify.binding.subjects import find_subjects
from gdverify.notation.axes import Axis
from gdverify.notation.tensors import Tensor
from tests.binding.bound import LAYER, of_class, report
from tests.zoo.table import FILES

X = Tensor("x", [Axis("batch", "n"), Axis("inputs", "i")])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_what_is_handed_over_lies_as_what_it_was_made_from(layout: str, dtype: Any) -> None:
    given = LAYOUTS[layout](np.arange(6.0).reshape(2, 3))
    made = alike(np.arange(6, dtype=dtype).reshape(3, 2), [given])
    assert made.flags.writeable == given.flags.writeable
    assert made.flags.c_contiguous == given.flags.c_contiguous
    assert made.flags.f_contiguous == given.flags.f_contiguous
    assert made.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_numbers_and_lists_have_no_layout() -> None:
    given = read_only(np.ones(2))
    assert alike([1.0, 2.0], [given]) == [1.0, 2.0]
    assert alike(np.float64(3), [given]) == 3


def test_arguments_are_laid_out_and_what_an_object_holds_is_its_own() -> None:
    class Layer:
        x: Any

    environment: dict[str, Any] = {SELF: Layer()}
    values = {"x": read_only(np.ones((2, 3)))}
    transposed = next(one for one in STORED if one.name == "transposed")
    Held((X,), transposed, Place("x")).store(environment, values)
    Held((X,), transposed, Place(SELF, (Attribute("x"),))).store(environment, values)
    assert not environment["x"].flags.writeable
    assert environment["x"].shape == environment[SELF].x.shape == (3, 2)
    assert environment[SELF].x.flags.writeable


class Masked:
    def forward(self, x: Any) -> Any:
        self.mask = x > 0
        return x * self.mask

    def backward(self, dy: Any) -> Any:
        return dy * self.mask


class MaskedInPlace(Masked):
    def backward(self, dy: Any) -> Any:
        dy[~self.mask] = 0
        return dy


class MaskedAsItLies(Masked):
    def backward(self, dy: Any) -> Any:
        return (dy.ravel("K") * self.mask.ravel()).reshape(dy.shape)


class MaskedAndRestored(Masked):
    def backward(self, dy: Any) -> Any:
        before = dy.copy()
        dy[~self.mask] = 0
        found = dy.copy()
        dy[...] = before
        return found


def of(cls: type) -> SubjectReport:
    (found,) = find_subjects(of_class(cls, **LAYER))
    return report(found, examples=20)


def test_what_takes_any_memory_is_correct() -> None:
    judged = of(Masked)
    assert (judged.verdict, judged.findings) == (CORRECT, ())


@pytest.mark.parametrize(
    ("cls", "kind"),
    [
        (MaskedAsItLies, "other results on Fortran-ordered arrays"),
        (MaskedAndRestored, "writes and restores"),
    ],
)
def test_what_does_not_is_reported_as_of_a_marked_subject(cls: type, kind: str) -> None:
    judged = of(cls)
    assert (judged.verdict, [one.kind for one in judged.findings]) == (ERROR, [kind])


def test_what_writes_into_the_upstream_gradient_is_told_so_and_correct() -> None:
    judged = of(MaskedInPlace)
    assert (judged.verdict, [one.kind for one in judged.findings]) == (CORRECT, ["writes into the upstream gradient"])


def test_the_argument_that_was_written_into_is_named() -> None:
    assert of(MaskedInPlace).findings[0].message.startswith("the subject changed case array da: expected it as it was")


def test_weights_that_are_trained_where_they_are_may_be_written_into() -> None:
    (unit,) = discover(load(str(FILES / "training_in_functions.py")), "train").found
    (found,) = find_subjects(unit)
    judged = report(found, examples=20)
    assert (judged.verdict, judged.findings) == (CORRECT, ())
