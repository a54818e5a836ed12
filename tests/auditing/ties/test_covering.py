"""Every kink is met until an error there would have shown, whatever the seed; what is smooth costs nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.auditing.audit import audit
from gdverify.auditing.coverage import KINK, REQUIRED
from gdverify.auditing.mutation.score import KILLED, fate
from gdverify.auditing.subject import Subject
from gdverify.auditing.ties.covering import GIVEN_UP
from gdverify.auditing.verdicts import CORRECT, WRONG, Cell, SubjectReport
from gdverify.cases.case import Case
from tests.auditing.planting import DEPTHS, slip, source
from tests.auditing.subjects import by_tests
from tests.twins import twin

LEAKY = "fully_connected(activation=leaky_relu)"


@pytest.mark.parametrize("seed", [3, 4, 9])
def test_a_sum_of_both_sides_is_noticed_in_every_layer(seed: int) -> None:
    of = source(LEAKY)
    for layer in ("between a1 and z1", "between a2 and z2", "between a3 and z3"):
        planted = slip(LEAKY, "both sides at the kink", layer)
        assert fate(planted, of.made, {**DEPTHS[of.name], **of.options}, 20, seed).outcome == KILLED


def network(activation: str, hidden: int = 2, **options: Any) -> Subject:
    chosen = {"activation": catalogue.find(activation), "hidden": hidden, **options}
    return Subject(twin("mlp"), "net.py:network", "mlp", chosen)


def cells(report: SubjectReport, name: str) -> dict[str, Cell]:
    (row,) = [row for row in report.parameters if row.name == name]
    return {cell.name: cell for cell in row.coverage if cell.kind == KINK}


def test_each_gradient_is_seen_on_each_kink_that_it_depends_on() -> None:
    report = by_tests(network("relu"), examples=5)
    assert report.verdict == CORRECT
    for name, expected in {"W1": ["z1 = 0", "z2 = 0"], "b2": ["z2 = 0"], "W3": [], "loss": []}.items():
        found = cells(report, name)
        assert [*found] == expected
        assert all(cell.informative >= REQUIRED[KINK].informative for cell in found.values())
    assert "; kinks z1 = 0, z2 = 0" in str(report)
    assert "; kink z2 = 0" in str(report)


def test_what_is_smooth_has_no_kinks() -> None:
    report = by_tests(network("tanh"), examples=5)
    assert not any(cells(report, row.name) for row in report.parameters)
    assert "kink" not in str(report)


def test_where_nothing_can_be_told_that_is_said() -> None:
    # A negative value times 1/100 is rounded, so that only weights of 0 lead to a second kink; what lies before them
    # gets nothing from there.
    report = by_tests(network("leaky_relu"), examples=5)
    assert report.verdict == CORRECT
    found = cells(report, "W1")["z2 = 0"]
    assert (found.cases, found.informative) == (GIVEN_UP, 0)
    assert f"at z2 = 0 (0 of {GIVEN_UP} cases)" in str(report)
    assert cells(report, "W2")["z2 = 0"].informative >= REQUIRED[KINK].informative


@pytest.mark.parametrize("seed", range(4))
def test_what_is_wrong_at_a_kink_alone_is_found_among_a_single_example(seed: int) -> None:
    def twice(case: Case) -> dict[str, Any]:
        z, da = case.inputs["z"], case.upstream["da"]
        return {"z": da * np.where(z > 0, 1, np.where(z == 0, 2, 0)).astype(z.dtype)}

    report = audit(Subject(twice, "net.py:relu", "relu"), examples=1, seed=seed, evidence="tested")
    assert report.verdict == WRONG
    assert report.failing_case is not None
    assert 0 in np.asarray(eval(report.failing_case.numpy[0].partition(" = ")[2], {"np": np}))


def test_the_same_seed_meets_the_same_kinks() -> None:
    first, second = (by_tests(network("relu", 1), examples=5, seed=2) for _ in range(2))
    assert first == second
