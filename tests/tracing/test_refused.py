"""What cannot run on elements is refused with the line that stopped it, and leaves nothing behind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.ladder.tracing import on_balls, trace
from gdverify.errors import UsageError
from gdverify.extras import MissingExtra
from gdverify.tracing import symbols
from gdverify.tracing.expression import Graph
from gdverify.tracing.lines import Line, Undecided, Untraceable
from tests.tracing import idioms, untraceable
from tests.tracing.helpers import derivation, drawn, judged

RUNS: dict[str, Callable[..., Any]] = {
    "symbols": lambda subject: trace(subject, derivation(), drawn(), Graph()),
    "balls": lambda subject: on_balls(subject, derivation(), drawn(), 100),
}

REASONS = {
    "module_level_buffer": "a value that depends on the case becomes a float: by float(…), by an array of floats that "
    "it is written into, or by compiled code",
    "into_an_argument": "a result is written into an array of float64 that was made before the subject ran, or by code "
    "that is not the user's; make it where it is filled",
    "added_to_floats": "a result is written into an array of float64 that was made before the subject ran, or by code "
    "that is not the user's; make it where it is filled",
    "to_float": "a value that depends on the case becomes a float: by float(…), by an array of floats that it is "
    "written into, or by compiled code",
    "swallowed": "a value that depends on the case becomes a float: by float(…), by an array of floats that it is "
    "written into, or by compiled code",
    "as_an_index": "a value that depends on the case becomes an integer",
    "rounded": "floor of a value that depends on the case has no exact meaning here",
    "raising": "raises on elements: ValueError: no",
}


def unchanged(function: Callable[..., Any]) -> Any:
    """The globals of a module and the profiler, before and after."""
    return {name: id(value) for name, value in vars(sys.modules[function.__module__]).items()}


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("name", REASONS)
def test_the_line_and_the_reason(name: str, run: str) -> None:
    function = getattr(untraceable, name)
    before, profiler = unchanged(function), sys.getprofile()
    with pytest.raises(Untraceable) as caught:
        RUNS[run](judged(function))
    line = caught.value.line
    assert isinstance(line, Line)
    assert (line.file, line.number) == (untraceable.__file__, untraceable.stopped_by(function))
    assert line.code.endswith("# stops here")
    assert caught.value.reason == REASONS[name]
    assert str(caught.value) == f"{line.file}:{line.number}: {REASONS[name]}"
    assert unchanged(function) == before
    assert sys.getprofile() is profiler


def test_what_numpy_has_no_objects_for_names_its_line() -> None:
    with pytest.raises(Untraceable, match=r"^.*untraceable\.py:\d+: raises on elements: .*inv") as caught:
        RUNS["symbols"](judged(untraceable.inverted))
    assert caught.value.line is not None
    assert caught.value.line.number == untraceable.stopped_by(untraceable.inverted)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("exploding", "the expression explodes: more than 500 nodes; take a smaller shape"),
        ("growing", "the expression explodes: a number of more than 100,000 bits; take a smaller shape"),
    ],
)
def test_explosions_are_bounded(name: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "exploding":
        monkeypatch.setattr(symbols, "MOST_NODES", 500)
    with pytest.raises(Untraceable) as caught:
        RUNS["symbols"](judged(getattr(untraceable, name)))
    assert caught.value.reason == reason
    assert caught.value.line is not None


def test_a_case_with_more_entries_than_nodes_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(symbols, "MOST_NODES", 5)
    graph, case = Graph(), drawn()
    with pytest.raises(Untraceable) as caught:
        trace(judged(idioms.sigmoid), derivation(), case, graph)
    assert caught.value.reason == (
        f"the expression explodes: {case.entries} entries are more than 5 nodes; take a smaller shape"
    )
    assert len(graph) == 0


@pytest.mark.parametrize("run", RUNS)
def test_the_time_limit(run: str) -> None:
    with pytest.raises(Untraceable) as caught:
        RUNS[run](judged(untraceable.endless, time_limit=0.05))
    assert caught.value.reason == "takes more than time_limit=0.05 seconds on elements that are no floats"


def test_what_is_returned_is_checked_as_on_floats() -> None:
    with pytest.raises(Untraceable, match=r"returned for W has shape=\(3, 2\): expected exactly \(2, 3\)"):
        RUNS["symbols"](judged(untraceable.wrong_shape))
    with pytest.raises(Untraceable, match="expected numbers in an array, got NoneType"):
        RUNS["symbols"](judged(untraceable.nothing))


def test_globals_that_the_subject_binds_are_its_own() -> None:
    numpy = untraceable.np
    try:
        RUNS["symbols"](judged(untraceable.changes_globals))
        assert untraceable.np == "gone"
        assert untraceable.count == 1
        assert untraceable.state == [1]
    finally:
        untraceable.np = numpy


def test_numpy_is_never_patched_and_globals_are_put_back() -> None:
    before = {name: id(value) for name, value in vars(np).items()}
    globals_before = unchanged(idioms.sigmoid)
    RUNS["symbols"](judged(idioms.sigmoid))
    assert idioms.np is np
    assert unchanged(idioms.sigmoid) == globals_before
    assert {name: id(value) for name, value in vars(np).items()} == before


def test_a_comparison_that_balls_cannot_decide() -> None:
    def undecidable(x: Any, W: Any, t: Any) -> Any:
        third = W / 3
        return np.where(third * 3 > W, W, x[0])

    with pytest.raises(Undecided) as caught:
        RUNS["balls"](judged(undecidable))
    assert str(caught.value).endswith(
        "a comparison (>) of balls that overlap cannot be decided: expected balls that are apart; raise the precision, "
        "or take a case that is not on a kink."
    )
    assert caught.value.line is not None
    assert caught.value.line.code == "return np.where(third * 3 > W, W, x[0])"


def test_without_flint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(MissingExtra, match=r'need the extra "certify": pip install "gdverify\[certify\]"'):
        RUNS["balls"](judged(idioms.sigmoid))


@pytest.mark.parametrize("bits", [0, 1, -3, 1.5, True, 10**9])
def test_impossible_precisions(bits: Any) -> None:
    with pytest.raises(UsageError, match=r"bits=.*expected a whole number from 2 to 1,000,000\."):
        on_balls(judged(idioms.sigmoid), derivation(), drawn(), bits)


def test_single_precision_takes_no_branches() -> None:
    with pytest.raises(UsageError, match=r"case\.dtype=float32: expected float64"):
        trace(judged(idioms.sigmoid), derivation(), drawn(dtype="float32"), Graph())
