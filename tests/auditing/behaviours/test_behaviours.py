"""What a subject does besides returning numbers: a row for each behaviour, with one with it and one without."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.behaviours.kinds import KINDS
from gdverify.auditing.behaviours.layouts import LAYOUTS, spread
from gdverify.auditing.behaviours.trial import chosen
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, ERROR, UNDECIDED, WRONG, SubjectReport
from gdverify.cases.case import Array, Case
from gdverify.cases.strategies import build
from gdverify.derivation.steps import derive
from gdverify.operations.affine import affine
from gdverify.report.document import document
from tests.auditing.behaviours import misbehaving as m
from tests.auditing.subjects import Gradients, by_tests, judged, layer, with_entries, with_gradients

pytestmark = pytest.mark.usefixtures("few_fresh_cases")


def of(function: Any, against: Any = "affine", **options: Any) -> Subject:
    """A layer whose batch may be empty, and whose W has more than one entry."""
    return Subject(function, "net.py:layer", against, **options)


def audited(subject: Subject) -> SubjectReport:
    return by_tests(subject, examples=20)


def kinds(report: SubjectReport) -> list[str]:
    return [finding.kind for finding in report.findings]


Make = Callable[[], Subject]
CHANGED = (
    "the subject changed case array {}: expected it as it was given, since the caller still needs it; work on a copy."
)
OWN = (
    ": expected memory of its own, since what changes one of them in place, as an update or clipping does, changes the "
    "other; return a copy."
)
SAID = "the subject returned different results for the same case in two calls: expected the same; "
LOOK = "; where the mathematics has a finite value the code should too: look for an overflow, 0/0 or log(0)."
NOTHING = ", as a sum of nothing; return that, or refuse such a batch with a message."
LAID_OUT = (
    "the gradient of W at [{}] is {} for {} arrays and {} for others with the same values: expected the same; look for "
    "code that reads memory in the order in which it lies, such as ravel('K'), strides written out, or a pointer."
)
NUMBER, INDEX = r"(-?[\d.e+-]+|nan)", r"\d+, \d+"


def pattern(text: str, *parts: str) -> str:
    """A regular expression from a text with braces in which patterns stand."""
    return re.escape(text).replace(r"\{\}", "{}").format(*parts)


same_layer: Make = lambda: of(layer)  # noqa: E731
# Kind, one that has it, one that has not, and the message.
ROWS: dict[str, tuple[str, Make, Make, str]] = {
    **{
        f"changes {name}": (
            "writes into the upstream gradient" if name == "dz" else "writes into its arguments",
            partial(of, m.changes(name)),
            partial(of, m.changes_copies),
            pattern(CHANGED, name),
        )
        for name in ("x", "W", "b", "dz")
    },
    "changes, and hides it": (
        "writes into its arguments", lambda: of(m.hides), lambda: of(m.changes_copies), pattern(CHANGED, "W"),
    ),
    "resizes in place": (
        "writes into its arguments", lambda: of(m.reshapes), lambda: of(m.changes_copies), pattern(CHANGED, "W"),
    ),
    "changes for a while": (
        "writes and restores", lambda: of(m.restores), lambda: of(m.changes_copies),
        pattern(
            "given read-only arrays it raised ValueError: assignment destination is read-only at {}: it changes its "
            "arguments and changes them back; expected that they are left alone, since who shares them sees the "
            "change; work on a copy.",
            r".*misbehaving\.py:\d+",
        ),
    ),
    "an argument as gradient": (
        "shares memory with an argument",
        lambda: of(m.the_target, m.correlation), lambda: of(m.like_the_target, m.correlation),
        pattern("the gradient of y lies in the memory of case array t" + OWN),
    ),
    "the upstream gradient passed on": (
        "shares memory with the upstream gradient",
        lambda: of(m.passed_on, m.added), lambda: of(m.halves_of_one, m.added),
        pattern("the gradient of x lies in the memory of the upstream gradient dz" + OWN),
    ),
    "one gradient for two": (
        "gradients share memory", lambda: of(m.one_for_both, m.added), lambda: of(m.halves_of_one, m.added),
        pattern(
            "the gradients of x and y lie in the same memory: expected memory of its own for each, since what changes "
            "one of them in place, as clipping does, changes the other; return a copy."
        ),
    ),
    "a buffer": (
        "returns memory that it reuses", lambda: of(m.Buffered(np.asarray)), lambda: of(m.Buffered(np.copy)),
        pattern(
            "the second call returned gradients in the memory of the first: W; who keeps the results of two calls, to "
            "add or to compare them, must copy the first, or the subject return a copy."
        ),
    ),
    "a matrix": (
        "returns a subclass of array",
        lambda: of(with_entries(W=np.asmatrix)), lambda: of(with_entries(W=lambda W: np.asarray(np.asmatrix(W)))),
        pattern(
            "the gradient of W is a matrix: expected a plain NumPy array, since in a matrix operators may mean "
            "something else (the * of a matrix is a product of matrices); return np.asarray(…)."
        ),
    ),
    "nan": (
        "not finite", lambda: of(with_entries(W=lambda W: W * np.nan)), same_layer,
        pattern("the gradient of W is nan at [0, 0]: expected {}" + LOOK, NUMBER),
    ),
    "inf": (
        "not finite", lambda: of(with_entries(b=lambda b: b + np.inf)), same_layer,
        pattern("the gradient of b is inf at [0]: expected {}" + LOOK, NUMBER),
    ),
    "an infinite loss": (
        "not finite", lambda: of(with_entries(loss=-np.inf)), same_layer,
        pattern("the loss is -inf: expected {}" + LOOK, NUMBER),
    ),
    "last bits": (
        "differs in the last bits", lambda: of(m.Alternating(1)), lambda: of(m.Alternating(0)),
        pattern(
            "two calls of the same case differ, within the rounding error: look for sums whose order changes, as in "
            "threads or over a set."
        ),
    ),
    "accumulation": (
        "accumulates", lambda: of(m.Accumulating(1.0)), lambda: of(m.Accumulating(0.0)),
        pattern(
            SAID + "the gradient of W at [0, 0] grows by the same step with every call: {}, {}, {}, …; gradients are "
            "added to those of earlier calls: set them to zero at the start of each backward pass.", *3 * [NUMBER]
        ),
    ),
    "momentum": (
        "drifts", lambda: of(m.Accumulating(0.9)), lambda: of(m.Accumulating(0.0)),
        pattern(
            SAID + "the gradient of W at [{}] moves in one direction with every call; look for state that is kept "
            "between calls: weights that are updated, a running mean, momentum.", INDEX,
        ),
    ),
    "dropout from the global generator": (
        "random", lambda: of(m.masked(np.random.random, 0.5)), lambda: of(m.masked(np.random.random, 0.0)),
        pattern(
            SAID + "with the global states of np.random and random set before each call they are; look for dropout or "
            "noise, and switch it off for the audit."
        ),
    ),
    "dropout from Python's generator": (
        "random", lambda: of(m.masked(m.of_python, 0.5)), lambda: of(m.masked(m.of_python, 0.0)),
        pattern(
            SAID + "with the global states of np.random and random set before each call they are; look for dropout or "
            "noise, and switch it off for the audit."
        ),
    ),
    "dropout from a generator of its own": (
        "random", lambda: of(m.masked(np.random.default_rng(1).random, 0.5)),
        lambda: of(m.masked(np.random.default_rng(1).random, 0.0)),
        pattern(
            SAID + "the gradient of W at [{}] goes up and down from call to call; look for dropout or noise with a "
            "generator of its own, or for other state that is kept between calls.", INDEX,
        ),
    ),
    "warming up": (
        "depends on earlier calls", lambda: of(m.Warm(1.0)), lambda: of(m.Warm(0.0)),
        pattern(
            SAID + "the gradient of W at [{}] is another one in the first call than in those that follow; look for a "
            "cache, or for what is set up only once.", INDEX,
        ),
    ),
    "a cache keyed by the shape": (
        "depends on earlier calls",
        lambda: of(m.Cached(lambda x: (x.shape, x.dtype))), lambda: of(m.Cached(lambda x: x.tobytes())),
        pattern(
            "for the same case the gradient of W at [{}] is {} in one call and {} in another, with calls of other "
            "cases before; two calls in a row agree, so that it is not randomness: look for a cache that is not "
            "renewed, as one that is keyed by the shape alone, or for running statistics.", INDEX, NUMBER, NUMBER,
        ),
    ),
    "the order of memory, transposed": (
        "other results on Fortran-ordered arrays", lambda: of(m.flattened("K")), lambda: of(m.flattened("C")),
        pattern(LAID_OUT, INDEX, NUMBER, "Fortran-ordered", NUMBER),
    ),
    "strides written out": (
        "other results on non-contiguous arrays",
        lambda: of(m.windowed(m.as_if_contiguous)), lambda: of(m.windowed(m.as_it_is)),
        pattern(LAID_OUT, INDEX, NUMBER, "non-contiguous", NUMBER),
    ),
    "something else for read-only weights": (
        "other results on read-only arrays",
        lambda: of(m.only_if_writable(0.0)), lambda: of(m.only_if_writable(1.0)),
        pattern(LAID_OUT, INDEX, NUMBER, "read-only", NUMBER),
    ),
    "contiguous arrays only": (
        "refuses non-contiguous arrays",
        lambda: of(m.demands("FORC", "pass a contiguous array")), same_layer,
        pattern(
            "given non-contiguous arrays it raised ValueError: pass a contiguous array at {}; expected the result that "
            "it returns for other arrays with these values.", r".*misbehaving\.py:\d+",
        ),
    ),
    "rows only": (
        "refuses Fortran-ordered arrays", lambda: of(m.demands("C_CONTIGUOUS", "pass rows")), same_layer,
        pattern(
            "given Fortran-ordered arrays it raised ValueError: pass rows at {}; expected the result that it returns "
            "for other arrays with these values.", r".*misbehaving\.py:\d+",
        ),
    ),
    "compiled code that asks for more than it needs": (
        "refuses read-only arrays",
        lambda: of(m.demands("WRITEABLE", "buffer source array is read-only")), same_layer,
        pattern(
            "given read-only arrays it raised ValueError: buffer source array is read-only at {}; expected the result "
            "that it returns for other arrays with these values.", r".*misbehaving\.py:\d+",
        ),
    ),
    "nan for no samples": (
        "empty batch", lambda: of(m.empty(lambda found, case: {**found, "b": found["b"] * np.nan})), same_layer,
        pattern("for a batch of 0 samples the gradient of b is nan: expected 0" + NOTHING),
    ),
    "ones for no samples": (
        "empty batch", lambda: of(m.empty(lambda found, case: {**found, "b": found["b"] + 1})), same_layer,
        pattern("for a batch of 0 samples the gradient of b is 1: expected 0" + NOTHING),
    ),
    "another shape for no samples": (
        "empty batch", lambda: of(m.empty(lambda found, case: {**found, "b": 0.0})), same_layer,
        pattern(
            "for a batch of 0 samples the gradient of b has shape=(): expected exactly ({},), the shape of b; NumPy "
            "would broadcast it silently in an update.", r"\d",
        ),
    ),
    "no word for no samples": (
        "empty batch",
        lambda: of(m.empty(m.raising(AssertionError()))), lambda: of(m.empty(m.raising(ValueError("no samples")))),
        pattern(
            "a batch of 0 samples is refused without a word: AssertionError(); expected gradients of zero, or a "
            "message that says what is refused."
        ),
    ),
    "endless for no samples": (
        "never returns on an empty batch", lambda: of(m.empty(m.hanging), time_limit=0.2), same_layer,
        pattern(
            "for a batch of 0 samples the subject did not return within time_limit=0.2 seconds; look for a loop that "
            "does not end, or allow it more: @gdverify.subject(…, time_limit=…)."
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "make", "twin", "message"), ROWS.values(), ids=ROWS)
def test_a_behaviour_is_found_by_its_name(kind: str, make: Make, twin: Make, message: str) -> None:
    report = audited(make())
    (finding,) = [finding for finding in report.findings if finding.kind == kind]
    assert re.fullmatch(message, finding.message), finding.message
    assert finding.severe == KINDS[kind].severe
    assert finding.case is not None
    if finding.severe:
        assert (report.verdict, report.diagnosis) == (ERROR, ())
        assert report.failing_case is not None
    else:
        assert report.verdict == CORRECT
    assert f"\n  finding  {kind}: {finding.message}\n" in str(report)


@pytest.mark.parametrize(("kind", "make", "twin", "message"), ROWS.values(), ids=ROWS)
def test_its_right_twin_is_clean(kind: str, make: Make, twin: Make, message: str) -> None:
    report = audited(twin())
    assert (report.verdict, report.findings) == (CORRECT, ())
    assert "finding" not in str(report)


def test_every_kind_has_a_row_and_a_reason() -> None:
    of_objects = {"stale cache"}  # which shows where the audit itself makes the object: tests/binding/calling
    assert {kind for kind, *_ in ROWS.values()} | of_objects == set(KINDS)
    assert all(kind.reason for kind in KINDS.values())


# -- beside the numbers


def test_gradients_are_judged_beside_a_finding() -> None:
    def writes_and_is_wrong(case: Case) -> Gradients:
        found = m.changes("x")(case)
        return {**found, "W": 2 * found["W"]}

    report = audited(of(writes_and_is_wrong))
    assert report.verdict == ERROR
    assert kinds(report) == ["writes into its arguments"]
    verdicts = {row.name: row.verdict for row in report.parameters}
    assert verdicts == {"x": CORRECT, "W": WRONG, "b": CORRECT, "loss": CORRECT}
    assert "W × 2" in {remark.kind: remark.message for remark in report.diagnosis}["ratio"]
    assert "ERROR   tested on 20 + " in str(report)


def test_a_wrong_gradient_keeps_its_verdict_beside_a_limitation() -> None:
    wrong = with_gradients(lambda gradient, case: 2 * gradient, m.Buffered(np.asarray))
    assert audited(of(lambda case: {**wrong(case), "x": np.asmatrix(layer(case)["x"])})).verdict == WRONG


def test_what_is_not_finite_in_places_is_not_called_correct() -> None:
    def overflowing(W: Array) -> Array:
        return np.where(np.abs(W) > 1000, np.inf, W).astype(W.dtype)

    report = by_tests(of(with_entries(W=overflowing)))
    assert (report.verdict, kinds(report)) == (ERROR, ["not finite"])
    verdicts = {row.name: row.verdict for row in report.parameters}
    assert verdicts == {"x": CORRECT, "W": UNDECIDED, "b": CORRECT, "loss": CORRECT}
    assert report.diagnosis == ()
    assert report.failing_case is not None
    assert report.failing_case.regime in ("huge", "mixed scale")


def test_nan_and_wrong_elsewhere_is_both() -> None:
    report = audited(of(with_entries(W=lambda W: W * np.nan, b=lambda b: b + 1)))
    assert (report.verdict, kinds(report)) == (ERROR, ["not finite"])
    verdicts = {row.name: row.verdict for row in report.parameters}
    assert verdicts == {"x": CORRECT, "W": UNDECIDED, "b": WRONG, "loss": CORRECT}


def test_an_infinity_that_the_mathematics_has_is_no_finding() -> None:
    def divides(case: Case) -> Gradients:
        y, t = case.inputs["y"], case.targets["t"]
        with np.errstate(all="ignore"):
            return {"y": (y - t) / (y * (1 - y)) / t.size}

    assert by_tests(divides, "binary_cross_entropy").findings == ()


def test_findings_of_the_smallest_case() -> None:
    def late(case: Case) -> Gradients:
        return m.changes("x")(case) if case.sizes["batch"] > 3 else layer(case)

    report = audited(of(late))
    (finding,) = report.findings
    assert finding.case is not None
    assert finding.case == report.failing_case
    assert sorted(finding.case.sizes.values()) == [1, 1, 4]
    assert "smallest batch=4, inputs=1, outputs=1" in str(report)


def test_state_ends_the_survey_since_no_call_has_the_gradient() -> None:
    report = audited(of(m.Accumulating(1.0)))
    assert report.parameters == ()
    assert report.examples == 0
    assert report.failing_case is not None


def test_the_document_lists_them() -> None:
    (content,) = json.loads(document([audited(of(m.Buffered(np.asarray)))]))["subjects"]
    (finding,) = content["findings"]
    assert list(finding) == ["kind", "message", "severe"]
    assert (finding["kind"], finding["severe"]) == ("returns memory that it reuses", False)


# -- how it is found


def test_memory_shared_with_the_upstream_gradient_has_a_name_of_its_own() -> None:
    assert kinds(audited(of(m.passed_on, m.added))) == ["shares memory with the upstream gradient"]


@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 2), (2, 3, 4), (0, 2)], ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_layouts_keep_shape_values_and_dtype(shape: tuple[int, ...], dtype: str) -> None:
    values = np.arange(np.prod(shape), dtype=dtype).reshape(shape)
    for name, layout in LAYOUTS.items():
        made = layout(values)
        assert (made.dtype, made.shape, made.tolist()) == (values.dtype, shape, values.tolist())
        assert made.flags.writeable == (name != "read-only")
        assert not np.shares_memory(made, values)
    assert not spread(np.ones((2, 2))).flags.forc
    assert LAYOUTS["Fortran-ordered"](np.ones((2, 3))).strides == (8, 16)


def test_what_lies_between_spread_entries_shows() -> None:
    around = spread(np.ones((2, 3))).base
    assert around is not None
    assert np.isnan(around).sum() == around.size - 6


def test_behaviours_are_tried_on_large_ordinary_cases_of_several_shapes() -> None:
    kept: list[Case] = []
    drawn = [
        build(derive(affine), {}, {"batch": n, "inputs": 2, "outputs": 3}, regime, "float64", seed=n)
        for n, regime in (
            (1, "ordinary"),
            (5, "ordinary"),
            (5, "ordinary"),
            (9, "ties"),
            (2, "ordinary"),
            (7, "ordinary"),
        )
    ]
    for case in drawn:
        kept = chosen(kept, case)
    assert [case.sizes["batch"] for case in kept] == [7, 5, 2]
    assert kept[1] is drawn[1]
    assert chosen([drawn[1]], drawn[2]) == [drawn[1], drawn[2]]  # the same shape where there is no other


def test_random_states_are_left_as_they_were() -> None:
    np.random.seed(3)
    random.seed(3)
    before = np.random.get_state()[1].tolist(), random.getstate()
    audited(of(m.masked(np.random.default_rng(1).random, 0.5)))
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before


def test_a_subject_that_fails_after_other_cases() -> None:
    batches: list[int] = []

    surveyed = 2 * (20 + audited(of(layer)).further)  # calls before the behaviours are tried

    def brittle(case: Case) -> Gradients:
        batches.append(case.sizes["batch"])
        if len(batches) > surveyed + 5:
            raise RuntimeError("out of buffers")
        return layer(case)

    report = audited(of(brittle))
    (finding,) = [finding for finding in report.findings if finding.kind == "depends on earlier calls"]
    start = (
        "a case that was judged before is a problem once other cases have been called: the subject raised RuntimeErr"
    )
    assert finding.message.startswith(start)


def test_in_one_dtype_and_at_fixed_sizes() -> None:
    sizes = {"batch": 2, "inputs": 3, "outputs": 1}
    for dtype in ("float64", "float32"):
        report = audited(of(m.Cached(lambda x: x.shape), dtypes=(dtype,), sizes=sizes))
        assert report.verdict in (ERROR, WRONG)
        assert audited(of(layer, dtypes=(dtype,), sizes=sizes)).findings == ()


def test_a_fixed_batch_is_never_empty() -> None:
    assert audited(of(m.empty(m.hanging), time_limit=0.2, sizes={"batch": (1, 4)})).findings == ()


def test_a_mean_of_nothing_may_be_anything() -> None:
    def mean(case: Case) -> Gradients:
        y, t = case.inputs["y"], case.targets["t"]
        with np.errstate(all="ignore"):
            return {"loss": np.mean((y - t) ** 2), "y": 2 * (y - t) / np.float64(t.size).astype(case.dtype)}

    assert by_tests(mean, "mean_squared_error").findings == ()
    spoilt = m.empty(lambda found, case: {name: np.nan * value for name, value in found.items()})
    assert by_tests(judged(with_gradients(lambda g, case: g if case.sizes["batch"] else g * np.nan))).findings == ()
    assert kinds(audited(of(spoilt))) == ["empty batch"]


def test_the_same_seed_gives_the_same_findings() -> None:
    for make in (lambda: m.changes("W"), lambda: m.flattened("K"), lambda: m.masked(np.random.random, 0.5)):
        assert audited(of(make())) == audited(of(make()))
