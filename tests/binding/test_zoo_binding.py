"""The zoo: implementations as people write them, bound with no adapter, each with the verdict that it should get."""

from __future__ import annotations

from pathlib import Path

import pytest

from gdverify.auditing.verdicts import CORRECT, ERROR, PROVED, UNDECIDED, UP_TO_CONSTANT, SubjectReport
from gdverify.auditing.verdicts import WRONG as FOUND_WRONG
from gdverify.binding.ambiguity import Ambiguous, Unbound
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.finding.units import Unit
from gdverify.binding.own.forward import SAID, Own
from gdverify.binding.subjects import find_subjects
from tests.binding.bound import report
from tests.zoo.table import RIGHT, WRONG, ZOO, Exhibit, parameters

ALONE = [one for one in ZOO if not one.lines]
REST = [one for one in ZOO if one.lines]


def unit(exhibit: Exhibit, folder: Path) -> Unit:
    (found,) = discover(load(str(exhibit.written(folder))), exhibit.unit).found
    return found


def reports(exhibit: Exhibit, folder: Path) -> list[SubjectReport]:
    """The reports on a unit; what is judged by its own forward pass is derived from its code, too."""
    found = find_subjects(unit(exhibit, folder), loss=exhibit.loss)
    return [one.report(8) if isinstance(one, Own) else report(one, examples=20) for one in found]


def verdicts(exhibit: Exhibit, folder: Path) -> set[str]:
    """The verdicts on a unit."""
    return {one.verdict for one in reports(exhibit, folder)}


def test_most_need_no_adapter() -> None:
    said, here = [one for one in ALONE if one.loss], [one for one in ALONE if one.available]
    print(f"{len(ALONE)} of {len(ZOO)} implementations need no adapter, {len(said)} of these a loss that is named;")
    print(f"{len(here)} of these are bound here, the others need a package that is not installed")
    assert len(ALONE) + len(REST) == len(ZOO)
    assert len(here) >= 120


@pytest.mark.parametrize("exhibit", parameters(one for one in ALONE if one.finding))
def test_what_is_wrong_in_a_later_call_is_an_error_of_its_own(exhibit: Exhibit, tmp_path: Path) -> None:
    (found,) = reports(exhibit, tmp_path)
    assert (found.verdict, [one.kind for one in found.findings]) == (ERROR, [exhibit.finding])


@pytest.mark.parametrize("exhibit", parameters(one for one in ALONE if one.verdict == WRONG and not one.finding))
def test_what_is_wrong_is_bound_and_judged_wrong(exhibit: Exhibit, tmp_path: Path) -> None:
    found = reports(exhibit, tmp_path)
    assert FOUND_WRONG in {one.verdict for one in found}
    by_itself = [one for one in found if one.architecture == SAID and one.verdict == FOUND_WRONG]
    assert exhibit.needs or all(one.evidence == PROVED for one in by_itself)


@pytest.mark.parametrize("exhibit", parameters(one for one in ALONE if one.verdict == RIGHT))
def test_what_is_right_is_bound_and_judged_correct(exhibit: Exhibit, tmp_path: Path) -> None:
    found = reports(exhibit, tmp_path)
    assert [one.exit_code for one in found] == [0] * len(found)
    # What is judged by its own forward pass runs on symbols, all of it but tensors of other packages.
    by_itself = [one for one in found if one.architecture == SAID]
    assert exhibit.needs or all(one.evidence == PROVED for one in by_itself)
    assert not any(remark.kind == "evidence" for one in by_itself for remark in one.diagnosis)
    # Where no loss is stated, a multiple of one is right as well.
    assert all(one.verdict == CORRECT or one.constant.harmless for one in found)


@pytest.mark.parametrize("exhibit", parameters(one for one in ALONE if one.verdict not in (RIGHT, WRONG)))
def test_what_is_right_up_to_a_constant_is_told_the_constant(exhibit: Exhibit, tmp_path: Path) -> None:
    (found,) = reports(exhibit, tmp_path)
    assert (found.verdict, found.exit_code) == (UP_TO_CONSTANT, 1)


@pytest.mark.parametrize("exhibit", parameters(REST))
def test_what_needs_an_adapter_gets_no_false_verdict(exhibit: Exhibit, tmp_path: Path) -> None:
    try:
        found = verdicts(exhibit, tmp_path)
    except (Ambiguous, Unbound):
        return
    assert found <= {{RIGHT: CORRECT, WRONG: FOUND_WRONG}[exhibit.verdict], UNDECIDED}
