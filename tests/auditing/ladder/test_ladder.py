"""The ladder: proved where the code runs on symbols, certified where on balls, else tested, with what stopped it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.audit import audit
from gdverify.auditing.ladder.rungs import Wanted
from gdverify.auditing.subject import subject
from gdverify.auditing.verdicts import CERTIFIED, CORRECT, PROVED, TESTED, UNDECIDED, WRONG, SubjectReport
from gdverify.cases.case import Case
from gdverify.documented.records import RECORDS, Record
from gdverify.errors import UsageError
from gdverify.extras import MissingExtra

EXAMPLES = 30
NUMPY = [record for record in RECORDS if record.extra is None]


def messages(report: SubjectReport, kind: str) -> list[str]:
    return [remark.message for remark in report.diagnosis if remark.kind == kind]


@pytest.mark.parametrize("record", NUMPY, ids=lambda record: record.subject.name)
def test_every_documented_numpy_implementation_is_decided_by_its_own_code(record: Record) -> None:
    report = audit(record.subject, examples=EXAMPLES)
    assert report.verdict == record.expected
    assert report.evidence == PROVED
    shown = messages(report, "formula")
    assert bool(shown) == (record.expected == WRONG)
    if record.expected == CORRECT:
        assert {name for ground in report.grounds for name in ground.tensors} == {r.name for r in report.parameters}
    else:
        (line,) = messages(report, "line")
        assert line.startswith(("neuron.py:", "fully_connected.py:", "classifier.py:"))


def test_the_neuron_shows_where_the_slope_is_taken() -> None:
    record = next(r for r in RECORDS if r.subject.name == "neuron, one input, as documented")
    report = audit(record.subject, examples=EXAMPLES)
    assert messages(report, "formula")[0] == "dw computes 2(p − t)·σ'(σ(w x))·x, should be 2(p − t)·σ'(w x)·x"
    assert messages(report, "links") == ["proved right on the way: dp"]


def two_layers(case: Case, slope: Any = lambda a: 1 - a**2) -> dict[str, Any]:
    x, t = case.inputs["x"], case.targets["t"]
    W1, b1, W2, b2 = (case.parameters[name] for name in ("W1", "b1", "W2", "b2"))
    a1 = np.tanh(x @ W1.T + b1)
    y = a1 @ W2.T + b2
    dy = 2 * (y - t) / y.size
    dz1 = dy @ W2 * slope(a1)
    return {
        "loss": np.mean((y - t) ** 2),
        "W1": dz1.T @ x,
        "b1": dz1.sum(axis=0),
        "W2": dy.T @ a1,
        "b2": dy.sum(axis=0),
    }


MLP: Mapping[str, Any] = {"against": "mlp", "hidden": 1, "activation": "tanh"}


def test_a_broken_link_is_named_with_its_line_and_what_is_right() -> None:
    @subject(**MLP)
    def network(case: Case) -> dict[str, Any]:
        return two_layers(case, lambda a: 1 - np.tanh(a) ** 2)

    report = audit(network, examples=EXAMPLES)
    assert {row.name: row.evidence for row in report.parameters} == dict.fromkeys(
        ("loss", "W1", "b1", "W2", "b2"), PROVED
    )
    difference = messages(report, "formula")[1]
    assert difference == "where they differ: tanh(a1[0, 0])² stands for a1[0, 0]²"
    assert "lambda a: 1 - np.tanh(a) ** 2" in messages(report, "line")[0]
    (right,) = messages(report, "links")
    assert right.startswith("proved right on the way: dz2, dW2, db2, da1")


def test_what_needs_floats_is_tested_and_the_line_is_said() -> None:
    @subject(**MLP)
    def network(case: Case) -> dict[str, Any]:
        found = two_layers(case)
        return {**found, "b2": found["b2"] * case.dtype.type(np.float64(found["b2"].sum()) != 7.5)}

    report = audit(network, examples=EXAMPLES)
    assert (report.verdict, report.evidence, report.grounds) == (CORRECT, TESTED, ())
    stopped = messages(report, "evidence")
    assert [message.partition(":")[0] for message in stopped] == ["not proved", "not certified"]
    assert all("test_ladder.py" in message for message in stopped)


def test_what_goes_another_way_than_through_elements_is_noticed() -> None:
    @subject(**MLP)
    def network(case: Case) -> dict[str, Any]:
        found = two_layers(case)
        return {**found, "b2": np.frombuffer(found["b2"].tobytes(), dtype=case.dtype)}

    report = audit(network, examples=EXAMPLES)
    assert report.verdict == CORRECT
    assert not messages(report, "invisible")
    for message, elements in zip(messages(report, "evidence"), ("symbols", "balls"), strict=True):
        assert f"b2: on floats the code computes something else than on {elements}" in message


def test_a_loss_that_becomes_a_float_stops_nothing() -> None:
    @subject(**MLP)
    def network(case: Case) -> dict[str, Any]:
        found = two_layers(case)
        assert isinstance(float(found["loss"]), float)
        return {**found, "loss": float(found["loss"]), "b2": np.array(found["b2"], dtype=float).astype(case.dtype)}

    assert audit(network, examples=EXAMPLES).evidence == PROVED


@pytest.mark.parametrize("evidence", ["certified", "proved", "tested"])
def test_a_rung_can_be_asked_for(evidence: str) -> None:
    @subject(**MLP)
    def network(case: Case) -> dict[str, Any]:
        return two_layers(case)

    report = audit(network, examples=EXAMPLES, evidence=evidence)
    assert (report.verdict, report.evidence) == (CORRECT, evidence)
    assert f"evidence={evidence!r}" in report.command


def test_balls_tell_a_wrong_gradient_from_a_right_one() -> None:
    @subject(**MLP)
    def network(case: Case) -> dict[str, Any]:
        return two_layers(case, lambda a: 1 - np.tanh(a) ** 2)

    report = audit(network, examples=EXAMPLES, evidence=CERTIFIED)
    assert report.verdict == WRONG
    assert {row.name for row in report.parameters if row.evidence == CERTIFIED} >= {"W2", "b2", "loss"}


def test_a_difference_too_small_for_floats_is_said_and_is_not_wrong() -> None:
    @subject(against="quadratic")
    def square(case: Case) -> dict[str, Any]:
        z = case.parameters["z"]
        return {"z": z * (2 + 1e-30)}  # as it was stored: 2

    @subject(against="quadratic")
    def nearly(case: Case) -> dict[str, Any]:
        z = case.parameters["z"]
        return {"z": z * 2 + z * 1e-30}

    assert audit(square, examples=EXAMPLES).evidence == PROVED
    report = audit(nearly, examples=EXAMPLES)
    assert report.verdict == CORRECT
    assert messages(report, "invisible")


def test_a_right_formula_that_overflows_is_off_in_floats_only() -> None:
    @subject(against="sigmoid")
    def layer(case: Case) -> dict[str, Any]:
        z, da = case.inputs["z"], case.upstream["da"]
        a = 1 / (1 + np.exp(-z)) + 1000 - 1000  # which loses three digits
        return {"z": da * a * (1 - a)}

    report = audit(layer, examples=EXAMPLES)
    assert report.verdict == WRONG
    assert messages(report, "floats")


def test_a_gradient_that_is_zero_is_proved_by_nothing() -> None:
    from gdverify import architecture, axis, input_tensor, parameter, target
    from gdverify.operations.affine import affine
    from gdverify.operations.losses import squared_error

    @architecture
    def dead() -> Any:
        """A bias that the loss does not see."""
        batch, inputs, outputs = axis("batch", "n"), axis("inputs"), axis("outputs")
        x = input_tensor("x", batch, inputs)
        y = affine(x, parameter("W", outputs, inputs), parameter("b", outputs), name="y")
        return squared_error(y, target("t", batch, outputs))

    def network(case: Case) -> dict[str, Any]:
        W, b = case.parameters["W"], case.parameters["b"]
        dy = 2 * (case.inputs["x"] @ W.T + b - case.targets["t"])
        return {"W": dy.T @ case.inputs["x"], "b": dy.sum(axis=0)}

    report = audit(network, dead, examples=EXAMPLES)
    assert report.evidence == PROVED
    assert report.verdict in (CORRECT, UNDECIDED)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"evidence": "sure"}, "evidence='sure': expected one of auto, proved, certified, tested."),
        ({"bits": 3}, "bits=3: expected a whole number from 64 to 100,000."),
        ({"bits": math.inf}, "bits=inf: expected a whole number from 64 to 100,000."),
        ({"bits": True}, "bits=True: expected a whole number from 64 to 100,000."),
    ],
)
def test_what_makes_no_sense_is_refused(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        Wanted(**wanted)
    assert str(raised.value) == message


def test_certificates_without_their_extra_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "flint", None)
    with pytest.raises(MissingExtra, match=r"gdverify\[certify\]"):
        Wanted(CERTIFIED)
    report = audit(NUMPY[1].subject, examples=EXAMPLES)
    assert report.evidence == PROVED  # symbols need no balls
