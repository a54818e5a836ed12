"""The documented implementations: the verdict on record, and the reason that the audit finds for it."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from gdverify.auditing.audit import audit
from gdverify.auditing.verdicts import CORRECT, TESTED, WRONG
from gdverify.cli import main
from gdverify.documented import records
from gdverify.documented.records import RECORDS, Record

BY_NAME = {record.subject.name: record for record in RECORDS}


def ids(record: Record) -> str:
    return record.subject.name + (f" ({record.extra})" if record.extra else "")


@cache
def run() -> Result:
    """``gdverify audit`` without a target, once for all tests."""
    return CliRunner().invoke(main, ["audit", "--json", "-"])


def audited(name: str) -> Any:
    if BY_NAME[name].extra:
        pytest.importorskip(BY_NAME[name].extra)
    (found,) = [subject for subject in json.loads(run().stdout)["subjects"] if subject["subject"] == name]
    return found


def why(name: str) -> dict[str, str]:
    return {remark["kind"]: remark["message"] for remark in audited(name)["diagnosis"]}


@pytest.mark.parametrize("record", RECORDS, ids=ids)
def test_the_verdict_is_the_one_on_record(record: Record) -> None:
    found = audited(record.subject.name)
    assert found["verdict"] == found["expected"] == record.expected
    assert found["command"] == "gdverify audit --seed 0"


def test_when_all_are_as_recorded_the_run_ends_with_0() -> None:
    assert run().exit_code == 0
    names = [record.subject.name for record in RECORDS if record.available]
    assert [subject["subject"] for subject in json.loads(run().stdout)["subjects"]] == names


def test_there_are_wrong_ones_and_each_has_a_correction() -> None:
    wrong = [name for name, record in BY_NAME.items() if record.expected == WRONG]
    assert len(wrong) == 5
    for name in wrong:
        assert BY_NAME[name.replace("as documented", "corrected")].expected == CORRECT


def test_what_is_not_installed_is_not_available() -> None:
    subject = RECORDS[0].subject
    assert Record(subject, CORRECT).available
    assert Record(subject, CORRECT, "numpy").available
    assert not Record(subject, CORRECT, "no_such_package").available


@pytest.mark.parametrize("name", ["neuron, one input, as documented", "neuron, any inputs, as documented"])
def test_the_neuron_is_told_where_the_slope_was_taken(name: str) -> None:
    assert why(name)["slip"] == (
        "the derivative of sigmoid is taken at p, the value after it, where the chain rule takes it at z, the value "
        "before it (confirmed on 200 fresh cases)"
    )
    assert why(name)["witnesses"].endswith("the backward pass is off")


def test_the_flattened_network_is_told_its_powers_of_ten() -> None:
    assert why("fully connected, flattened, as documented")["ratio"] == (
        "the right gradient times a constant: W1 × 10⁶, b1 × 10⁶, W2 × 10⁴, b2 × 10⁴, W3 × 100, b3 × 100 "
        "(confirmed on 200 fresh cases)"
    )


def classifier_reason(name: str) -> None:
    reasons = why(name)
    assert reasons["other loss"].startswith("is the gradient of ½ Σ (y − t)² (half_squared_error), not of the declared")
    assert "(binary_cross_entropy) (confirmed on 200 fresh cases)" in reasons["other loss"]


def test_the_classifier_is_told_whose_gradient_it_has() -> None:
    classifier_reason("classifier, as documented")


def test_the_classifier_on_torch_is_told_the_same() -> None:
    classifier_reason("classifier on torch tensors, as documented")


@pytest.mark.parametrize(
    ("name", "value", "range_"),
    [
        ("ReLU layer, as documented", "0", "0 to 1"),
        ("MLP with ReLU, as documented", "0", "0 to 1"),
        ("fully connected, leaky ReLU", "1/100", "1/100 to 1"),
    ],
)
def test_the_choice_at_a_kink_is_reported(name: str, value: str, range_: str) -> None:
    assert f" it takes {value} (in " in why(name)["kink"]
    allowed = f"every value from {range_} is a subgradient"
    assert why(name)["kink"].endswith(f"as the derivative; {value} is declared, {allowed}")


# -- gradients recovered from small steps


SMALL = {"float64": 0.01, "float32": 0.01}


@pytest.mark.parametrize("name", [name for name in BY_NAME if name.startswith("fully connected")])
@pytest.mark.parametrize("rate", [0.01, 0.5, 1.0])
@pytest.mark.usefixtures("few_fresh_cases")
def test_networks_that_update_in_place_are_judged_at_any_learning_rate(
    name: str, rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "LEARNING_RATES", dict.fromkeys(SMALL, rate))
    record = BY_NAME[name]
    assert audit(record.subject, examples=60, evidence=TESTED).verdict == record.expected


def test_a_small_step_still_shows_a_real_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LEARNING_RATES", SMALL)

    class Doubled(records.fully_connected.FullyConnected):
        def slope(self, a: np.ndarray) -> np.ndarray:
            return 1.001 * a * (1 - a)

    function = partial(records._fully_connected, Doubled)
    subject = BY_NAME["fully connected, as documented"].subject
    report = audit(type(subject)(function, "doubled", "fully_connected", {"hidden": 1}), examples=60)
    assert report.verdict == WRONG
    (said,) = [remark.message for remark in report.diagnosis if remark.kind == "ratio"]
    assert "W2 × 1.00" in said
