"""Textbook NumPy runs on symbols and on balls, and what is recorded is what the code computes."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify.auditing.execution import call
from gdverify.auditing.ladder.replay import neighbour, replay
from gdverify.auditing.ladder.tracing import on_balls, trace
from gdverify.tracing.expression import Graph
from tests.tracing.helpers import derivation, drawn, judged
from tests.tracing.idioms import IDIOMS


@pytest.mark.parametrize("name", IDIOMS)
@pytest.mark.parametrize("seed", [777, 12345])
def test_recorded_expressions_give_what_the_code_gives_elsewhere_on_the_path(name: str, seed: int) -> None:
    subject = judged(IDIOMS[name])
    traced = trace(subject, derivation(), drawn(seed), Graph())
    assert traced.gradients["W"].shape == (2, 3)
    assert replay(traced, subject, derivation(), traced.case) == ()
    for near in range(3):
        case = neighbour(traced, near)
        assert case is not None
        assert replay(traced, subject, derivation(), case) == ()


@pytest.mark.parametrize("name", IDIOMS)
def test_balls_enclose_what_floats_compute(name: str) -> None:
    subject, case = judged(IDIOMS[name]), drawn()
    found = on_balls(subject, derivation(), case, 200)["W"]
    plain = call(subject, derivation(), case).gradients["W"]
    assert found.shape == plain.shape
    for ball, value in zip(found.flat, plain.flat, strict=True):
        assert abs(float(ball.mid()) - value) <= 1e-9 * max(1.0, abs(value))
        assert float(ball.rad()) < 1e-40 * max(1.0, abs(value))


def test_the_zoo_is_not_vacuous() -> None:
    for name in IDIOMS:
        value = call(judged(IDIOMS[name]), derivation(), drawn()).gradients["W"]
        moved = call(judged(IDIOMS[name]), derivation(), drawn(54321)).gradients["W"]
        assert np.any(value != moved), name
