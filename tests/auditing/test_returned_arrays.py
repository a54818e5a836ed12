"""What is read as a gradient, and what is refused by name: a row for each kind of value, beside the right one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.audit import audit
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, ERROR, SubjectReport
from gdverify.cases.case import Array, Case
from tests.auditing.subjects import Gradients, layer

pytestmark = pytest.mark.usefixtures("few_fresh_cases")

SIZES = {"batch": 2, "inputs": 3, "outputs": 1}
Change = Callable[[Array], Any]


def audited(change: Change, **options: Any) -> SubjectReport:
    def subject(case: Case) -> Gradients:
        found = layer(case)
        return {**found, "W": change(found["W"])}

    return audit(Subject(subject, "net.py:layer", "affine", sizes=SIZES, **options), examples=20)


def dtype_of(name: str, remedy: str) -> str:
    return f"the gradient of W has dtype={name}: expected float64, that of the parameters. {remedy}"


WHOLE = "Whole numbers cannot hold a gradient: look for // or for a buffer that was made with an integer dtype."
OBJECTS = "Its entries are Python objects: look for None among them, or for np.array(…, dtype=object)."


def hidden(W: Array) -> Any:
    """A masked array: what is below the mask is right, and not said."""
    return np.ma.masked_array(W, mask=[[True, False, True]])


# What is returned, its right twin, the kind of the problem, and the message.
ROWS: dict[str, tuple[Change, Change, str, str]] = {
    "objects": (lambda W: W.astype(object), lambda W: W, "wrong dtype", dtype_of("object", OBJECTS)),
    "None in a list": (
        lambda W: [[None, *W.tolist()[0][1:]]], lambda W: W.tolist(), "wrong dtype", dtype_of("object", OBJECTS),
    ),
    "whole numbers": (lambda W: W.astype(int), lambda W: +W, "wrong dtype", dtype_of("int64", WHOLE)),
    "natural numbers": (
        lambda W: W.astype(np.uint8), lambda W: W.copy(), "wrong dtype", dtype_of("uint8", WHOLE),
    ),
    "a mask": (
        lambda W: W != 0, lambda W: (W != 0) * W, "wrong dtype",
        dtype_of("bool", "A mask is no gradient yet: multiply it by the gradient that arrives."),
    ),
    "complex numbers": (
        lambda W: W + 0j, lambda W: (W + 0j).real, "wrong dtype",
        dtype_of(
            "complex128",
            "The gradient of a real loss is real: look for the square root or logarithm that turned complex.",
        ),
    ),
    "dates": (
        lambda W: W.astype("datetime64[s]"), lambda W: W, "wrong dtype",
        dtype_of("datetime64[s]", "Its entries are no numbers."),
    ),
    "masked entries": (
        hidden, lambda W: hidden(W).data, "masked entries",
        "the gradient of W is a masked array, and 2 of its 3 entries are masked: expected a number in each, since an "
        "update would leave those weights as they are; return .filled(0) if 0 is meant.",
    ),
    "a row without its axis": (
        lambda W: W[0], lambda W: W[0][None], "wrong shape",
        "the gradient of W has shape=(3,): expected exactly (1, 3), the shape of W; NumPy would broadcast it silently "
        "in an update.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "twin", "kind", "message"), ROWS.values(), ids=ROWS)
def test_it_is_refused_by_name(change: Change, twin: Change, kind: str, message: str) -> None:
    report = audited(change)
    (remark,) = report.diagnosis
    assert (report.verdict, remark.kind, remark.message) == (ERROR, kind, message)


@pytest.mark.parametrize(("change", "twin", "kind", "message"), ROWS.values(), ids=ROWS)
def test_its_right_twin_is_taken(change: Change, twin: Change, kind: str, message: str) -> None:
    report = audited(twin)
    assert (report.verdict, report.findings) == (CORRECT, ())


def scalar(change: Callable[[Any], Any]) -> SubjectReport:
    return audit(lambda case: {"z": change(2 * case.parameters["z"])}, "quadratic", examples=60)


def test_a_number_is_no_array_of_one() -> None:
    for right in (lambda z: z, float, np.asarray, lambda z: z.reshape(1)[0]):
        assert scalar(right).verdict == CORRECT
    report = scalar(lambda z: np.reshape(z, 1))
    assert report.diagnosis[0].message == (
        "the gradient of z has shape=(1,): expected exactly (), the shape of z; NumPy would broadcast it silently "
        "in an update."
    )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("container", [list, tuple])
def test_lists_of_numbers_have_no_dtype_of_their_own(container: Callable[[Any], Any], dtype: str) -> None:
    def nested(W: Array) -> Any:
        return container([container(row) for row in W.tolist()])

    assert audited(nested, dtypes=(dtype,)).verdict == CORRECT


def test_lists_of_arrays_have_the_dtype_of_those() -> None:
    assert audited(lambda W: [row.copy() for row in W]).verdict == CORRECT
    report = audited(lambda W: [[np.float64(number) for number in row] for row in W], dtypes=("float32",))
    assert report.diagnosis[0].message.startswith("the gradient of W has dtype=float64: expected float32, that of")


def test_an_array_in_a_file_is_an_array(tmp_path: Path) -> None:
    def stored(W: Array) -> Any:
        made = np.memmap(tmp_path / "W", dtype=W.dtype, mode="w+", shape=W.shape)
        made[...] = W
        return made

    report = audited(stored)
    assert (report.verdict, report.findings) == (CORRECT, ())


def test_a_masked_array_without_masked_entries_is_a_subclass() -> None:
    report = audited(lambda W: np.ma.masked_array(W))
    assert report.verdict == CORRECT
    assert [(finding.kind, finding.severe) for finding in report.findings] == [("returns a subclass of array", False)]
    assert report.findings[0].message.startswith("the gradient of W is a MaskedArray: expected a plain NumPy array")
