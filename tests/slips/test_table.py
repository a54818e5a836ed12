"""The table of slips: each row in every derivation, those of a user included."""

from __future__ import annotations

from collections import Counter
from functools import cache
from string import Formatter

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, fresh
from gdverify.codegen.program import needed, program, run
from gdverify.derivation.steps import derive
from gdverify.evidence.arithmetic import NUMPY
from gdverify.evidence.reference import reference
from gdverify.slips.slip import BEFORE, Slipped
from gdverify.slips.table import SLIPS, slipped
from tests.helpers import SMALL, SOURCES, Source

LEAST_KINDS = 30
FORGOTTEN = "one reader forgotten"


@cache
def made(source: Source) -> list[Slipped]:
    return list(slipped(source.derivation))


@cache
def cases(source: Source) -> list[Case]:
    """Two of distinct sizes, one of equal ones."""
    drawn = list(fresh(Space(source.made, source.options), source.derivation, source.options, 4, seed=3))
    return [*drawn[:2], drawn[3]]


def gradients(slip: Slipped, case: Case) -> dict[str, np.ndarray]:
    wanted = [f"d{tensor.name}" for tensor in slip.derivation.wanted]
    known = {**case.arrays, **case.sizes}
    known |= {f"{name}{BEFORE}": np.ones_like(case.arrays[name[1:]]) for name in slip.remembers}
    with np.errstate(all="ignore"):
        values = run(needed(slip.statements, wanted), known, NUMPY)
    return {name: values[name] for name in wanted}


def test_there_are_many_kinds_each_with_a_name_of_its_own() -> None:
    names = Counter(slip.name for slip in SLIPS)
    assert len(names) >= LEAST_KINDS
    assert set(names.values()) == {1}


def test_every_kind_applies_somewhere() -> None:
    applied = {slip.slip.name for source in SMALL for slip in made(source)}
    assert applied == {slip.name for slip in SLIPS}


@pytest.mark.parametrize("source", SMALL, ids=str)
def test_no_operation_is_without_planted_bugs(source: Source) -> None:
    assert len({slip.slip.name for slip in made(source)}) >= 5


@pytest.mark.parametrize("source", SMALL, ids=str)
def test_what_is_said_is_whole_and_no_two_say_the_same_of_different_gradients(source: Source) -> None:
    said: dict[str, Slipped] = {}
    for slip in made(source):
        assert not [field for _, field, _, _ in Formatter().parse(slip.says) if field is not None], slip.says
        other = said.setdefault(slip.says, slip)
        assert other.edits == slip.edits, slip.says


@pytest.mark.parametrize("source", SMALL, ids=str)
def test_a_slipped_gradient_has_the_shape_and_dtype_of_its_tensor(source: Source) -> None:
    for case in cases(source):
        for slip in made(source):
            for name, value in gradients(slip, case).items():
                assert np.shape(value) == case.arrays[name[1:]].shape, (slip.says, name)
                assert np.asarray(value).dtype == np.float64, (slip.says, name)


@pytest.mark.parametrize("source", SMALL, ids=str)
def test_only_what_a_slip_touches_changes(source: Source) -> None:
    (case, *_) = cases(source)
    right = run(program(source.derivation).every_adjoint, _forward(source, case), NUMPY)
    for slip in made(source):
        for name, value in gradients(slip, case).items():
            if name[1:] not in slip.touched:
                assert np.array_equal(value, right[name]), (slip.says, name)


def _forward(source: Source, case: Case) -> dict[str, np.ndarray]:
    return run(program(source.derivation).loss, {**case.arrays, **case.sizes}, NUMPY)


@pytest.mark.parametrize("source", SMALL, ids=str)
def test_rounding_bounds_follow_every_slip(source: Source) -> None:
    """The reference evaluates the slipped statements: what plain floats give lies inside its bounds."""
    (_, _, square) = cases(source)
    for slip in made(source):
        if slip.remembers or slip.dtype is not None:
            continue
        names = [f"d{tensor.name}" for tensor in source.derivation.wanted]
        bounds = reference(source.derivation, square, names, "declared", slip.statements).bounds
        for name, value in gradients(slip, square).items():
            finite = np.isfinite(bounds[name].tolerance)
            off = np.abs(np.asarray(value) - bounds[name].expected)[finite]
            assert np.all(off <= bounds[name].tolerance[finite]), (slip.says, name)


def test_the_table_is_in_the_same_order_every_time() -> None:
    for source in SOURCES[:5]:
        assert [slip.says for slip in slipped(source.derivation)] == [slip.says for slip in made(source)]


def test_two_slips_are_joined_where_they_edit_different_statements() -> None:
    (source,) = [source for source in SOURCES if str(source) == "mlp(hidden=1)"]
    by_name = {slip.slip.name: slip for slip in made(source) if "likewise" not in slip.says}
    first, second = by_name["derivative missing"], by_name["one entry off"]
    both = first.joined(second)
    assert both is not None
    assert both.slips == (first.slip, second.slip)
    assert both.touched == first.touched | second.touched
    (case, *_) = cases(source)
    alone, together = gradients(first, case), gradients(both, case)
    for tensor in source.derivation.wanted:
        name = f"d{tensor.name}"
        assert np.array_equal(alone[name], together[name]) == (tensor.name not in second.touched)
    assert first.joined(first) is None


def test_a_forgotten_term_names_each_array_once() -> None:
    forgotten = [slip for slip in slipped(derive(catalogue.find("batch_norm"))) if slip.slip.name == FORGOTTEN]
    assert "dx lacks what comes through y_power, y_normal, dy_normal" in [slip.says for slip in forgotten]
