"""Every documented NumPy implementation runs on symbols and on balls, unchanged."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify.auditing.execution import call
from gdverify.auditing.ladder.replay import neighbour, replay
from gdverify.auditing.ladder.tracing import on_balls, trace
from gdverify.auditing.verdicts import CORRECT
from gdverify.cases.case import Case
from gdverify.cases.strategies import build
from gdverify.derivation.steps import Derivation, derive
from gdverify.documented.records import RECORDS, Record
from gdverify.notation.architecture import Architecture
from gdverify.tracing.deciding import decide_all
from gdverify.tracing.derived import derived, point
from gdverify.tracing.expression import Graph

NUMPY = {record.subject.name: record for record in RECORDS if record.extra is None}
BITS = 200


def small(record: Record, seed: int = 2026) -> tuple[Derivation, Case]:
    """A case of distinct sizes."""
    space = record.subject.space()
    family = space.source.options if isinstance(space.source, Architecture) else {}
    options = {name: 1 for name, default in family.items() if type(default) is int}
    options |= record.subject.options
    derivation = derive(space.source, **options)
    sizes = {axis.name: k for k, axis in enumerate(derivation.composition.axes, start=2)} | dict(record.subject.sizes)
    return derivation, build(derivation, options, sizes, "ordinary", "float64", seed)


@pytest.mark.parametrize("name", NUMPY)
def test_traced_and_replayed(name: str) -> None:
    record = NUMPY[name]
    derivation, case = small(record)
    traced = trace(record.subject, derivation, case, Graph())
    assert {n: g.shape for n, g in traced.gradients.items()} == {
        n: g.shape for n, g in call(record.subject, derivation, case).gradients.items()
    }
    for seed in range(3):
        near = neighbour(traced, seed)
        assert near is not None
        assert replay(traced, record.subject, derivation, near) == ()


@pytest.mark.parametrize("name", NUMPY)
def test_balls(name: str) -> None:
    record = NUMPY[name]
    derivation, case = small(record)
    found = on_balls(record.subject, derivation, case, BITS)
    plain = call(record.subject, derivation, case)
    for tensor, gradient in plain.gradients.items():
        middles = np.array([float(ball.mid()) for ball in found[tensor].flat]).reshape(gradient.shape)
        np.testing.assert_allclose(middles, gradient, rtol=1e-9, atol=1e-12)
        assert all(float(ball.rad()) < 2.0 ** (20 - BITS) for ball in found[tensor].flat)
    if plain.loss is not None:
        assert abs(float(found["loss"][()].mid()) - plain.loss) <= 1e-9 * abs(plain.loss)


def test_a_gradient_recovered_from_an_update_is_the_one_that_was_spent() -> None:
    """Not (before − after) / rate of it: the expression itself, with its line and its name."""
    record = NUMPY["fully connected, as documented"]
    derivation, case = small(record)
    traced = trace(record.subject, derivation, case, Graph())
    for gradient in traced.gradients.values():
        for expression in gradient.flat:
            assert "inputs[" in traced.lines[expression.place].code or "psi" in traced.lines[expression.place].code


def test_the_wrong_line_is_known_by_its_place_and_its_parts_by_their_names() -> None:
    record = NUMPY["neuron, any inputs, as documented"]
    derivation, case = small(record)
    traced = trace(record.subject, derivation, case, Graph())
    gradient = traced.gradients["w"][0]
    line = traced.lines[gradient.place]
    assert line.file.endswith("neuron.py")
    assert line.code == "dloss_dw: Real = 2 * (p - t) * dp_ds * x"
    assert traced.names[gradient.place] == "dloss_dw[0]"
    assert {"p", "dp_ds"} <= {traced.names[place] for place in traced.names}


@pytest.mark.parametrize("name", NUMPY)
def test_what_is_right_is_proved_and_what_is_wrong_is_shown_to_differ(name: str) -> None:
    record = NUMPY[name]
    derivation, case = small(record)
    graph = Graph()
    traced = trace(record.subject, derivation, case, graph)
    expected = derived(derivation, case, graph, [f"d{tensor}" for tensor in traced.gradients])
    differences = [
        graph.sub(own, right)
        for tensor, gradient in traced.gradients.items()
        for own, right in zip(gradient.flat, expected.arrays[f"d{tensor}"].flat, strict=True)
    ]
    outcomes = {each.outcome for each in decide_all(differences, point(case), (*traced.path, *expected.path))}
    assert (outcomes == {"zero"}) if record.expected == CORRECT else ("different" in outcomes)
