"""Long lines are broken where something is added up, and mean the same."""

from __future__ import annotations

import ast

import pytest

from gdverify.codegen.layout import WIDTH, broken

A, B, C = "a" * 30, "b" * 30, "c" * 30
SUM = f"{A} + {B} - {C} * d"
LINES = {
    "a sum": (f"y = {SUM}", ["y = (", f"    {A}", f"    + {B}", f"    - {C} * d", ")"]),
    "a factor": (f"y = w[:, None] * ({SUM})", ["y = w[:, None] * (", f"    {A}", f"    + {B}", f"    - {C} * d", ")"]),
    "a sum in a sum": (
        f"y = {B} + w * ({SUM})",
        ["y = (", f"    {B}", "    + w * (", f"        {A}", f"        + {B}", f"        - {C} * d", "    )", ")"],
    ),
    "a call": (f"y = ({A} * {B} * {C}).sum(axis=1) / ({SUM})", None),
    "arguments": (f"y = np.where({A} > 0, {B} + 1, {C})", [f"y = np.where({A} > 0, {B} + 1, {C})"]),
    "a sign within an index": (f"y = {A}[i + 1] * {B}[j - 1] * {C}", [f"y = {A}[i + 1] * {B}[j - 1] * {C}"]),
    "short": ("y = a + b", ["y = a + b"]),
}


@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES)
def test_a_line_is_broken_at_its_addends(line: str, expected: list[str] | None) -> None:
    found = broken(line)
    assert expected is None or found == expected
    assert ast.dump(ast.parse("\n".join(found))) == ast.dump(ast.parse(line))
    assert len(line) > WIDTH or found == [line]
