"""What is said of a subject that cannot be judged: what was expected, what was got, what to do."""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

import numpy as np
import pytest

import gdverify
from gdverify.auditing.audit import audit, check
from gdverify.auditing.subject import Recovered, Subject
from gdverify.auditing.verdicts import ERROR, SubjectReport
from gdverify.cases.case import Case
from gdverify.errors import GdverifyError, NotationError, SubjectError, UnknownName, UsageError
from tests.auditing.subjects import Gradients, judged, layer, right, with_entries

pytestmark = pytest.mark.usefixtures("few_fresh_cases")

SIZES = {"batch": 2, "inputs": 3, "outputs": 1}


def reported(function: Any, **options: Any) -> SubjectReport:
    """The audit of a layer, at sizes at which every shape is another one."""
    report = audit(Subject(function, "net.py:layer", "affine", sizes=SIZES, **options), examples=20)
    assert report.verdict == ERROR
    assert report.failing_case is not None
    return report


def changing(kind: str) -> Any:
    return lambda case: [layer(case)] if kind == "list" else None


BROADCAST = "; NumPy would broadcast it silently in an update."
ROWS: dict[str, tuple[Any, str, str]] = {
    "None": (
        lambda case: None, "returns None",
        "the subject returned None: expected a mapping such as {'loss': …, 'W1': dW1}.",
    ),
    "no mapping": (
        lambda case: [layer(case)], "returns no mapping",
        "the subject returned a list: expected a mapping from the names of tensors to their gradients, "
        "{'loss': …, 'x': dx, 'W': dW, …}.",
    ),
    "a key too few": (
        lambda case: {"x": layer(case)["x"]}, "wrong keys",
        "the subject returned keys ['x']: expected one for each of ['x', 'W', 'b'], missing ['W', 'b']. "
        "Intermediate tensors may be added by name.",
    ),
    "a key too many": (
        with_entries(V=1.0), "wrong keys",
        "the subject returned keys ['V', 'W', 'b', 'x']: expected one for each of ['x', 'W', 'b'], not known ['V']. "
        "Intermediate tensors may be added by name.",
    ),
    "a key twice": (
        with_entries(dW=0.0), "wrong keys",
        "the subject returned keys ['W', 'b', 'dW', 'loss', 'x']: expected each gradient once, as 'W1' or as 'dW1'.",
    ),
    "a column": (
        with_entries(b=lambda b: b[:, None]), "wrong shape",
        "the gradient of b has shape=(1, 1): expected exactly (1,), the shape of b" + BROADCAST,
    ),
    "transposed": (
        with_entries(W=lambda W: W.T), "wrong shape",
        "the gradient of W has shape=(3, 1): expected exactly (1, 3), the shape of W" + BROADCAST,
    ),
    "a single number": (
        with_entries(W=0.0), "wrong shape",
        "the gradient of W has shape=(): expected exactly (1, 3), the shape of W" + BROADCAST,
    ),
    "half precision": (
        with_entries(W=lambda W: W.astype(np.float16)), "wrong dtype",
        "the gradient of W has dtype=float16: expected float64, that of the parameters. Where the implementation "
        "computes in one dtype only, say so: @gdverify.subject(…, dtypes=('float64',)).",
    ),
    "None as gradient": (
        with_entries(W=None), "returns None",
        "the gradient of W is None: expected an array of shape (1, 3).",
    ),
    "a loss for each sample": (
        with_entries(loss=lambda loss: np.array([loss])), "wrong shape",
        "the loss has shape=(1,): expected a number, shape ().",
    ),
    "a complex loss": (with_entries(loss=1j), "wrong dtype", "the loss has dtype=complex128: expected a real number."),
    "a text as loss": (with_entries(loss="0.5"), "wrong dtype", "the loss has dtype=<U3: expected a real number."),
    "uncertainty of another shape": (
        with_entries(W=Recovered(np.zeros((1, 3)), np.zeros(1))), "wrong shape",
        "the uncertainty of W has shape=(1,): expected exactly (1, 3).",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("function", "kind", "message"), ROWS.values(), ids=ROWS)
def test_problems(function: Any, kind: str, message: str) -> None:
    (remark,) = reported(function).diagnosis
    assert (remark.kind, remark.message) == (kind, message)


def test_rows_of_different_lengths() -> None:
    (remark,) = reported(with_entries(W=[[1.0], [2.0, 3.0]])).diagnosis
    assert remark.kind == "no array"
    assert remark.message.startswith("the gradient of W is a list that NumPy cannot read: ValueError: ")


class Refusing:
    """An array of another library that will not be converted."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RuntimeError("call detach() first")


def test_an_array_that_refuses() -> None:
    (remark,) = reported(with_entries(W=Refusing())).diagnosis
    expected = "the gradient of W is a Refusing that NumPy cannot read: RuntimeError: call detach() first"
    assert (remark.kind, remark.message) == ("no array", expected)


def raising(case: Case) -> Gradients:
    return {"W": case.parameters["W9"]}


def leaving(case: Case) -> Gradients:
    sys.exit("no GPU")


@pytest.mark.parametrize(
    ("function", "raised"), [(raising, "KeyError: 'W9'"), (leaving, "SystemExit: no GPU")], ids=["raising", "leaving"]
)
def test_a_subject_that_raises_is_told_where(function: Any, raised: str) -> None:
    (remark,) = reported(function).diagnosis
    line = function.__code__.co_firstlineno + 1
    assert remark.kind == "raises"
    assert remark.message == (
        f"the subject raised {raised} at {__file__}:{line}, with batch=2, inputs=3, outputs=1; it should return its "
        "gradients for any case. Where it can take only some sizes or depths, say so: "
        "@gdverify.subject(…, sizes={…}, hidden=…)."
    )


def shallow(case: Case) -> Gradients:
    """Takes no other depth than one hidden layer."""
    found = right(case)
    return {name: found[name] for name in ("W1", "b1", "W2", "b2")}


def test_a_network_of_fixed_depth_is_told_how_to_say_so() -> None:
    report = audit(judged(shallow), examples=20)
    (remark,) = report.diagnosis
    assert (report.verdict, remark.kind) == (ERROR, "raises")
    assert "sizes={…}, hidden=…" in remark.message
    three = audit(judged(lambda case: {**right(case), "W9": 0.0}, hidden=1), examples=20)
    assert three.diagnosis[0].message.endswith(
        "This case has hidden=1, batch=1, inputs=1, hidden1=1, outputs=1. A network of fixed depth says so: "
        "@gdverify.subject(…, hidden=2)."
    )


# -- subjects that never return


def endless(case: Case) -> Gradients:
    while True:
        pass


def stubborn(case: Case) -> Gradients:
    while True:
        try:  # noqa: SIM105  # as people write it
            sum(range(1000))
        except Exception:
            pass


def more_stubborn(case: Case) -> Gradients:
    for _ in range(30):  # not for ever, lest a failure of this test were
        try:  # noqa: SIM105
            asleep()
        except:  # noqa: E722  # the interruption, too
            pass
    return layer(case)


def asleep() -> None:
    time.sleep(5)


@pytest.mark.parametrize("function", [endless, stubborn, more_stubborn])
def test_a_subject_that_never_returns(function: Any) -> None:
    before = sys.gettrace(), sys.stdout, sys.stderr, np.geterr(), warnings.filters[:]
    (remark,) = reported(function, time_limit=0.2).diagnosis
    assert remark.kind == "never returns"
    assert remark.message == (
        "the subject did not return within time_limit=0.2 seconds; look for a loop that does not end, or allow it "
        "more: @gdverify.subject(…, time_limit=…)."
    )
    assert (sys.gettrace(), sys.stdout, sys.stderr, np.geterr(), warnings.filters[:]) == before


# -- calls that make no sense


def refused(error: type[GdverifyError], **arguments: Any) -> str:
    options = {"against": "mlp", "examples": 5, **arguments}
    with pytest.raises(error) as caught:
        audit(right, **options)
    return str(caught.value)


@pytest.mark.parametrize("seed", [-1, float("nan"), 1.5, "7", None.__class__, True, 2**64 + 1])
def test_seeds_that_make_no_sense(seed: Any) -> None:
    message = f"seed={seed!r}: expected a whole number from 0 to 18446744073709551616."
    assert refused(UsageError, seed=seed) == message


@pytest.mark.parametrize("examples", [0, -3, 1e9, 10**9, float("inf"), False])
def test_examples_that_make_no_sense(examples: Any) -> None:
    assert (
        refused(UsageError, examples=examples) == f"examples={examples!r}: expected a whole number from 1 to 1000000."
    )


def test_against_is_missing() -> None:
    with pytest.raises(UsageError) as caught:
        audit(layer)
    assert str(caught.value) == (
        "audit(tests.auditing.subjects:layer): against=… is missing; name the architecture whose gradients these "
        'should be, for example against="mlp", or mark the function with @gdverify.subject(against=…).'
    )


def test_unknown_names_come_with_the_closest() -> None:
    assert (
        refused(UnknownName, against="mpl")
        == "unknown architecture or operation 'mpl': did you mean mlp or split or prelu?"
    )
    assert "known: absolute_error, affine, " in refused(UnknownName, against="quux")
    assert refused(UnknownName, hiden=1) == "unknown option of mlp 'hiden': did you mean hidden?"
    assert refused(UnknownName, activation="rely") == "unknown operation 'rely': did you mean relu or prelu or elu?"
    assert refused(UnknownName, activation=("tanh", "rely")).startswith("unknown operation 'rely'")
    assert refused(UsageError, against=3).startswith("against=3: expected an architecture or operation, or its name")


def test_choices_of_nothing() -> None:
    assert refused(UsageError, hidden=()) == "hidden=(): expected at least one value to choose from."
    assert refused(UsageError, hidden=range(0)) == "hidden=range(0, 0): expected at least one value to choose from."


def test_options_of_the_wrong_kind() -> None:
    assert "hidden='two'" in refused(NotationError, hidden="two")
    assert "relu takes 1 tensors (z), got 2" in refused(NotationError, loss="relu")


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"batch": 0}, "sizes={'batch': 0}: expected whole numbers from 1 on, got 0."),
        ({"batch": 2.5}, "sizes={'batch': 2.5}: expected whole numbers from 1 on, got 2.5."),
        ({"batch": (1, "3")}, "sizes={'batch': (1, '3')}: expected whole numbers from 1 on, got '3'."),
        ({"batch": ()}, "batch=(): expected at least one value to choose from."),
        ({"bach": 1}, "sizes={'bach': 1}: affine has no axis 'bach'; it has ['batch', 'inputs', 'outputs']."),
    ],
)
def test_sizes_that_make_no_sense(sizes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        audit(Subject(layer, "net.py:layer", "affine", sizes=sizes), examples=5)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dtypes": ()}, "dtypes=(): expected at least one of ('float64', 'float32')."),
        (
            {"dtypes": ("float16",)},
            "dtypes=('float16',): expected names from ('float64', 'float32'), got 'float16'.",
        ),
        ({"time_limit": 0}, "time_limit=0: expected a positive number of seconds, 86400 at most."),
        ({"time_limit": float("nan")}, "time_limit=nan: expected a positive number of seconds, 86400 at most."),
        ({"time_limit": float("inf")}, "time_limit=inf: expected a positive number of seconds, 86400 at most."),
    ],
)
def test_marks_that_make_no_sense(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        gdverify.subject("mlp", **arguments)
    assert str(caught.value) == message


def test_check_raises_the_report() -> None:
    with pytest.raises(SubjectError) as caught:
        check(Subject(ROWS["None"][0], "net.py:layer", "affine"), examples=5)
    assert str(caught.value).startswith("\nnet.py:layer   against affine   ERROR\n  why      the subject returned None")
