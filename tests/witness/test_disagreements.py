"""The table of disagreements: each is as it says, and is what it is called."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation, derive
from gdverify.evidence.allowance import Allowance
from gdverify.notation import Operation
from tests.helpers import interpreted
from tests.witness.disagreement import Disagreement, Kind, met
from tests.witness.disagreements import DISAGREEMENTS
from tests.witness.judging import disagreeing
from tests.witness.package import Package, of_operation, package
from tests.witness.rendering import markdown


def _each() -> Iterator[Any]:
    for row in DISAGREEMENTS:
        for operation in row.operations:
            yield pytest.param(row, operation, id=f"{row.package}-{operation}-{row.where}")


each = pytest.mark.parametrize(("row", "operation"), list(_each()))


def _made(row: Disagreement, operation: str) -> Operation:
    found = catalogue.find_operation(operation)
    return found.given(**row.constants) if row.constants else found


def _point(row: Disagreement, derivation: Derivation) -> Case:
    """The case of a row: what arrives from behind is 1."""
    given = {name: np.asarray(value, dtype=np.float64) for name, value in row.at.items()}
    declared = [tensor for tensor in derivation.arguments if tensor.name in given]
    sizes = derivation.every_size(
        {axis.name: n for tensor in declared for axis, n in zip(tensor.axes, given[tensor.name].shape, strict=True)}
    )
    behind = derivation.upstream
    ones = {behind.name: np.ones([sizes[axis.name] for axis in behind.axes])} if behind else {}
    roles = ({t.name: given[t.name] for t in derivation.composition.role(role)} for role in ("input", "parameter"))
    targets = {tensor.name: given[tensor.name] for tensor in derivation.composition.role("target")}
    return Case(sizes, {}, *roles, targets, ones, "ordinary", np.dtype(np.float64))


def _theirs(witness: Package, row: Disagreement, made: Operation, case: Case) -> np.ndarray:
    derivation = derive(made)
    apply = witness.applied(made) if row.call is None else _positional(partial(row.call, witness.module), made)
    wanted = tuple(tensor.name for tensor in derivation.wanted)
    return np.asarray(witness.pullback(of_operation(apply, made, derivation.upstream), wanted)(case.arrays)[row.by])


def _positional(call: Any, made: Operation) -> Any:
    return lambda *operands: call(**dict(zip(made.operands, operands, strict=True)))


@each
def test_each_gives_what_the_table_says(row: Disagreement, operation: str) -> None:
    witness, made = package(row.package), _made(row, operation)
    derivation = derive(made)
    case = _point(row, derivation)
    with np.errstate(all="ignore"):
        derived = interpreted(derivation, case.arrays)["loss" if row.by == "loss" else f"d{row.by}"]
    np.testing.assert_allclose(derived, np.broadcast_to(row.declared, np.shape(derived)), rtol=row.digits)
    if row.kind is Kind.REFUSAL:
        with pytest.raises((ValueError, RuntimeError), match=row.theirs):
            _theirs(witness, row, made, case)
        return
    theirs = _theirs(witness, row, made, case)
    np.testing.assert_allclose(theirs, np.broadcast_to(row.theirs, theirs.shape), rtol=row.digits)
    assert not np.allclose(theirs, derived, rtol=row.digits, atol=0)


@each
def test_a_row_of_the_packages_own_table_is_met_at_its_point(row: Disagreement, operation: str) -> None:
    """Either the property suite knows of it, or it is another function than the one that suite calls."""
    derivation = derive(_made(row, operation))
    found = met(DISAGREEMENTS, row.package, derivation, _point(row, derivation))
    assert (row.call is None) == (row.meets is not None)
    assert (row in found) == (row.call is None)


@each
def test_what_is_allowed_is_what_the_bound_allows(row: Disagreement, operation: str) -> None:
    """A subgradient is within the bound as long as any will do; a clamp or lost digits are not; nan is said apart."""
    if row.call is not None:
        return
    witness, made = package(row.package), _made(row, operation)
    case = _point(row, derive(made))
    wrong = disagreeing(witness, made, case, Allowance())
    if np.isfinite(row.declared).all() and np.isfinite(row.theirs).all():
        assert bool(wrong) == (row.kind is not Kind.SUBGRADIENT)
    if row.allowed is not None:
        assert not disagreeing(witness, made, case, row.allowed)


def test_table_reads_as_markdown() -> None:
    lines = markdown().splitlines()
    assert len(lines) == 2 + len(DISAGREEMENTS)
    assert {line.count(" | ") for line in lines[2:]} == {lines[0].count(" | ")}
