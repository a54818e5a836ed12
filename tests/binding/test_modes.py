"""Modes, options, random numbers and state: what a report says beside its verdict, and what is no wrong gradient."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, UNDECIDED, UP_TO_CONSTANT, WRONG, SubjectReport
from gdverify.binding.calling.constructing import offered
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.own.forward import Own
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import LAYER, of_class, report
from tests.zoo.table import FILES


@cache
def reports(name: str) -> dict[str, SubjectReport]:
    """The reports on a unit of the zoo, by the options they are of."""
    (unit,) = discover(load(str(FILES / "modes.py")), name).found
    found = [report(one, examples=20) for one in find_subjects(unit)]
    return {one.subject.partition(name)[2]: one for one in found}


def said(judged: SubjectReport, kind: str) -> list[str]:
    return [one.message for one in judged.diagnosis if one.kind == kind]


def test_a_mask_that_is_drawn_is_the_same_in_every_run() -> None:
    judged = reports("Dropout")
    assert {options: one.verdict for options, one in judged.items()} == {"": CORRECT, "(training=False)": CORRECT}
    (remark,) = said(judged[""], "remark")
    assert remark.startswith("the forward pass draws random numbers, as dropout does: they are the same in every run")
    assert said(judged["(training=False)"], "remark") == []


def test_a_mask_that_is_drawn_anew_on_the_way_back_is_wrong() -> None:
    assert reports("DropoutAnew")[""].verdict == WRONG


def test_random_states_are_what_they_were() -> None:
    np.random.seed(5)
    before = np.random.get_state()[1].tolist()
    reports.__wrapped__("Dropout")
    np.random.seed(5)
    assert np.random.get_state()[1].tolist() == before


def test_running_means_and_hidden_states_are_named_and_are_no_parameters() -> None:
    judged = reports("BatchNorm")
    assert {options: one.verdict for options, one in judged.items()} == {"": CORRECT, "(training=False)": CORRECT}
    # By the statistics of the batch it is the catalogue's; by those that were kept it is held against itself.
    assert [row.name for row in judged[""].parameters] == ["x", "g", "b", "loss"]
    assert [row.name for row in judged["(training=False)"].parameters] == ["gamma", "beta", "x"]
    recurrent = reports("Recurrent")[""]
    assert (recurrent.verdict, [row.name for row in recurrent.parameters]) == (CORRECT, ["Wx", "Wh", "b"])
    assert said(recurrent, "remark")[0].startswith("self.h: kept from one call to the next")


def test_each_mode_is_judged_by_itself() -> None:
    judged = reports("BatchNormFixedVariance")
    assert {options: one.verdict for options, one in judged.items()} == {"": WRONG, "(training=False)": CORRECT}


def test_truncated_steps_are_named_and_are_not_wrong() -> None:
    judged = reports("_RecurrentTruncated")[""]
    assert (judged.verdict, judged.exit_code) == (UNDECIDED, 2)
    assert WRONG not in {row.verdict for row in judged.parameters}
    (remark,) = said(judged, "truncated")
    assert remark.startswith("right for up to 3 steps, and not for more: back-propagation through time looks truncated")
    assert reports("RecurrentFlat")[""].verdict == WRONG


def test_every_option_of_the_constructor_is_judged() -> None:
    judged = reports("DenseOneOption")
    assert {options: one.verdict for options, one in judged.items()} == {
        "": CORRECT, "(activation=sigmoid)": WRONG, "(activation=swish)": CORRECT
    }  # fmt: skip
    assert "activation=tanh" in said(judged[""], "covered")


def test_the_report_says_what_was_left_at_its_default() -> None:
    assert said(reports("BatchNorm")[""], "covered") == [
        "at their defaults: momentum=0.9, eps=1e-05, forward(training=True)",
    ]


def test_options_are_read_from_comparisons_and_from_tables() -> None:
    class Chooses:
        def __init__(self, act: str = "relu", mode: str = "fast") -> None:
            table = {"relu": abs, "gelu": abs}
            self.f = table.get(act) if act not in ("tanh", "mish") else np.tanh
            self.loud = mode == "slow"

    assert sorted(offered(Chooses, "act")) == ["gelu", "mish", "relu", "tanh"]


class Dropped:
    """A network whose dropout is switched off for the audit."""

    def __init__(self, n_in: int, n_out: int, dropout: float = 0.5) -> None:
        self.W, self.dropout = np.ones((n_in, n_out)), dropout

    def forward(self, x: Any) -> Any:
        self.x = x
        self.mask = np.random.default_rng().random((len(x), self.W.shape[1])) >= self.dropout
        return x @ self.W * self.mask

    def backward(self, dy: Any) -> Any:
        self.dW = self.x.T @ (dy * self.mask)
        return (dy * self.mask) @ self.W.T


def test_dropout_that_can_be_switched_off_is_and_what_was_not_run_is_said() -> None:
    (found,) = find_subjects(of_class(Dropped, **LAYER))
    judged = report(found, examples=20)
    assert judged.verdict == CORRECT
    assert said(judged, "covered") == ["dropout=0.0", "not run: dropout=0.5"]


class Bent:
    """y = x |x|."""

    factor = 2.0

    def forward(self, x: Any) -> Any:
        self.x = x
        return x * np.abs(x)

    def backward(self, dy: Any) -> Any:
        return dy * self.factor * np.abs(self.x)


class BentSingle(Bent):
    """Right for all sizes but one sample."""

    def backward(self, dy: Any) -> Any:
        return super().backward(dy) * (1 + (len(self.x) == 1))


class BentPerSample(Bent):
    def backward(self, dy: Any) -> Any:
        return super().backward(dy) / len(dy)


def test_one_sample_is_among_the_sizes() -> None:
    (right,), (wrong,) = (find_subjects(of_class(cls, **LAYER)) for cls in (Bent, BentSingle))
    assert isinstance(right, Own)
    assert report(right).verdict == CORRECT
    assert report(wrong).verdict == WRONG


class BentFromThree(Bent):
    def forward(self, x: Any) -> Any:
        if len(x) < 3:
            raise ValueError("needs three samples")
        return super().forward(x)


def test_sizes_that_do_not_run_are_said() -> None:
    (some,), (every,) = (find_subjects(of_class(cls, **LAYER)) for cls in (BentFromThree, Bent))
    assert said(report(some), "covered")[:2] == [
        "x of shape (13, 3), (4, 2), (3, 1), (3, 3)", "not run: one sample; two samples"
    ]  # fmt: skip
    assert not any("not run" in one for one in said(report(every), "covered"))


def test_axes_of_one_size_are_said() -> None:
    (unit,) = discover(load(str(FILES / "one_output.py")), "propagate").found
    (found,) = find_subjects(unit)
    assert said(report(found), "covered")[0] == "not run: sizes other than outputs=1"


def test_a_constant_beside_the_own_forward_pass_is_told() -> None:
    (found,) = find_subjects(of_class(BentPerSample, **LAYER))
    judged = report(found)
    assert (judged.verdict, judged.exit_code) == (UP_TO_CONSTANT, 1)
    assert said(judged, "constant") == ["every gradient is the right one × 1/batch"]


@pytest.mark.parametrize("name", ["dhs", "grad_states", "delta_out"])
def test_arguments_that_sound_like_gradients_are_given_the_upstream_one(name: str) -> None:
    from gdverify.binding.gradients.arguments import is_adjoint

    assert is_adjoint(name)
    assert not is_adjoint("data")
