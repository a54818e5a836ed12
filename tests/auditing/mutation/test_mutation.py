"""Planted slips: nearly all are noticed, and of the others each is shown to be none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.mutation import score as mutation
from gdverify.auditing.mutation.score import ALLOWED, EQUIVALENT, KILLED, SURVIVED, UNPROVED, Fate, fate, score
from gdverify.auditing.problems import Problem
from gdverify.cases.strategies import fresh
from gdverify.slips.slip import Slipped
from gdverify.slips.table import SLIPS
from tests.auditing.planting import DEPTHS, slip, slips, source, subject
from tests.helpers import SOURCES

EXAMPLES = 100  # as by default
EACH = 4  # slips in each source; `python -m tests.benchmarks --only mutation` plants them all


def chosen() -> Iterator[tuple[str, Slipped]]:
    """Some slips in every source, other ones in each, so that every row comes up."""
    for place, of in enumerate(SOURCES):
        every = slips(str(of))
        step = max(len(every) // EACH, 1)
        yield from ((str(of), made) for made in every[place % step :: step])


CHOSEN = list(chosen())


def became(name: str, made: Slipped) -> Fate:
    of = source(name)
    return fate(made, of.made, {**DEPTHS.get(of.name, {}), **of.options}, EXAMPLES, 0)


def test_the_sample_has_most_kinds() -> None:
    assert len({made.slip.name for _, made in CHOSEN}) > len(SLIPS) * 2 / 3


# What changes nothing that can be seen, and is no identity: beyond ±6 a slope is lost in rounding, labels that add up
# to 1 do so in every sample, and as many samples as places of a window, a number that follows from two sizes, are rare.
UNSEEN = {
    ("gelu_tanh", "cut off at saturation"): (UNPROVED,),
    ("smoothed_cross_entropy", "cache of the last sample"): (SURVIVED,),
    ("convolution_2d_channels_last", "weight transposed on the way back"): (SURVIVED,),
}


@pytest.mark.parametrize("name", [str(of) for of in SOURCES])
def test_a_slip_is_noticed_or_proved_to_be_none(name: str) -> None:
    for of, made in CHOSEN:
        if of == name:
            found = became(name, made)
            expected = (KILLED, EQUIVALENT, ALLOWED, *UNSEEN.get((name, made.slip.name), ()))
            assert found.outcome in expected, (made.says, found.evidence)


RELU = {
    "derivative at the activated value": EQUIVALENT,  # relu has the sign of its argument
    "derivative applied twice": EQUIVALENT,  # 1² = 1
    "derivative by the value, at the argument": EQUIVALENT,
    "other side at the kink": ALLOWED,
    "both sides at the kink": ALLOWED,  # 1 + 0
    "wrong side of the kink": KILLED,
    "mask of the wrong tensor": KILLED,
}


@pytest.mark.parametrize("row", RELU)
def test_what_became_of_slips_in_relu(row: str) -> None:
    assert became("relu", slip("relu", row)).outcome == RELU[row]


def test_the_sum_of_both_sides_is_beyond_what_is_allowed() -> None:
    # 1 + 0.01 is no subgradient of the leaky relu, on its own and in a layer of a network.
    assert became("leaky_relu", slip("leaky_relu", "both sides at the kink")).outcome == KILLED
    name = "fully_connected(activation=leaky_relu)"
    assert became(name, slip(name, "both sides at the kink", "between a2 and z2")).outcome == KILLED


def test_a_slip_that_nothing_notices_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutation, "first_failure", lambda *ignored: None)
    for row, outcome in (
        ("derivative missing", SURVIVED),
        ("single precision", SURVIVED),
        ("added up over calls", SURVIVED),
    ):
        assert became("tanh", slip("tanh", row)).outcome == outcome


def test_a_problem_is_a_way_to_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutation, "first_failure", lambda *ignored: Problem("raises", "…"))
    found = became("tanh", slip("tanh", "derivative missing"))
    assert (found.outcome, found.evidence) == (KILLED, "raises")


def test_a_score_counts_by_row_and_in_all() -> None:
    of = source("square")
    found = score("square", of.made, {}, examples=EXAMPLES, seed=0)
    assert len(found.fates) == len(slips("square")) == found.count(KILLED)
    assert found.count(KILLED, "parameter detached") == 1
    assert found.survivors == []
    assert found == score("square", of.made, {}, examples=EXAMPLES, seed=0)


# -- the subject that is planted


def first_case(name: str) -> Any:
    of = source(name)
    judged = subject(name, slips(name)[0])
    return next(fresh(judged.space(), of.derivation, of.options, 1, seed=5))


def test_the_loss_of_a_planted_subject_is_right() -> None:
    name = "mlp(hidden=1)"
    case = first_case(name)
    losses = {float(subject(name, made)(case)["loss"]) for made in slips(name)}
    assert len(losses) == 1


def test_what_adds_up_over_calls_does() -> None:
    case = first_case("affine")
    adding = subject("affine", slip("affine", "added up over calls", "dW"))
    once, twice = adding(case)["W"], adding(case)["W"]
    assert np.array_equal(twice, 2 * once)


def test_single_precision_shows_in_the_last_digits_only() -> None:
    case = first_case("affine")
    coarse = subject("affine", slip("affine", "single precision"))(case)["W"]
    right = case.upstream["dz"].T @ case.inputs["x"]
    assert coarse.dtype == np.float64
    assert 0 < np.max(np.abs(coarse - right)) < 1e-5
