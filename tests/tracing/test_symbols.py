"""What is recorded: expressions, the path with its ties, lines, names, and exact constants."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gdverify.auditing.ladder.replay import replay
from gdverify.auditing.ladder.tracing import Trace, trace
from gdverify.tracing.expression import Expression, Graph
from tests.tracing import idioms
from tests.tracing.helpers import derivation, drawn, judged


def traced(function: Any, case: Any = None) -> Trace:
    return trace(judged(function), derivation(), drawn() if case is None else case, Graph())


def constant(value: Any) -> Expression:
    """The expression of a constant that a subject's code makes with its own np and math."""
    found = traced(lambda x, W, t: np.zeros((2, 3)) + value())
    return found.gradients["W"][0, 0]


def test_symbols_are_entries() -> None:
    gradient = traced(lambda x, W, t: W).gradients["W"]
    assert [cell.detail for cell in gradient.flat] == [f"W[{o}, {i}]" for o in range(2) for i in range(3)]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: 0.1 + np.float64(0.2) * 0, "1/10"),
        (lambda: np.add(0.1, 0.2), "3/10"),
        (lambda: 1e-8, "1/100000000"),
        (lambda: np.array([0.1, 0.7])[1] - np.array([0.4])[0], "3/10"),
        (lambda: np.linspace(0, 1, 11)[1], "1/10"),
        (lambda: np.eye(3)[0, 0] / 3, "1/3"),
        (lambda: np.mean(np.array([0.1, 0.2, 0.4])), "7/30"),
        (lambda: math.pow(0.1, 3), "1/1000"),
        (lambda: np.full(3, 0.1).sum(), "3/10"),
        (lambda: np.exp(-np.inf), "0"),
        (lambda: 1 / np.array([np.inf])[0], "0"),
    ],
)
def test_rational_constants_are_exact(made: Any, expected: str) -> None:
    found = constant(made)
    assert found.operator == "number"
    assert found.detail == Fraction(expected)


@pytest.mark.parametrize(
    ("made", "operator", "argument"),
    [
        (lambda: np.sqrt(2), "pow", 2),
        (lambda: math.sqrt(2.0), "pow", 2),
        (lambda: np.e, "exp", 1),
        (lambda: math.e, "exp", 1),
        (lambda: np.log(10), "log", 10),
        (lambda: math.exp(0.5), "exp", Fraction(1, 2)),
    ],
)
def test_irrational_constants_are_expressions(made: Any, operator: str, argument: Any) -> None:
    found = constant(made)
    assert found.operator == operator
    assert found.arguments[0].detail == argument


def test_the_path_holds_what_was_compared_once() -> None:
    case = drawn().replaced(W=np.array([[1.0, -2.0, 3.0], [0.5, 0.5, -0.25]]))
    path = traced(lambda x, W, t: np.where(W > 0, W, 0) + (W > 0) * np.maximum(W[0, 0], W[0, 1]), case).path
    assert [(c.difference.detail, c.relation, c.holds, c.tie) for c in path[:6]] == [
        (f"W[{o}, {i}]", ">", bool(case.parameters["W"][o, i] > 0), False) for o in range(2) for i in range(3)
    ]
    assert [(c.difference.operator, c.relation, c.holds) for c in path[6:]] == [("add", ">=", True)]


def test_ties_are_marked() -> None:
    case = drawn().replaced(W=np.array([[0.0, 1.0, 1.0], [2.0, 3.0, 4.0]]))
    path = traced(lambda x, W, t: W * (W[0] >= W[0, ::-1])[0] + np.abs(W), case).path
    ties = [(c.difference.operator, c.relation, c.holds) for c in path if c.tie]
    assert ties == [("symbol", "<", False)]


def test_comparisons_of_constants_are_no_conditions() -> None:
    assert not traced(lambda x, W, t: W * np.maximum(np.sqrt(2), 0.1) * (np.ones(3) > 0)).path


def test_a_dependency_that_is_lost_is_seen_at_another_case() -> None:
    hidden: list[Any] = []

    def remembers(x: Any, W: Any, t: Any) -> Any:
        # What was computed on floats before, instead of what the expressions say.
        if not hidden:
            hidden.append(np.array([[cell.approximate for cell in row] for row in W.tolist()]))
            return W * hidden[0]
        return W * np.asarray(W)

    found = traced(remembers)
    assert replay(found, judged(remembers), derivation(), found.case) == ()
    elsewhere = drawn(999)
    assert replay(found, judged(remembers), derivation(), elsewhere) == ("W",)


def test_a_case_on_another_path_is_not_compared() -> None:
    found = traced(idioms.assigned_mask)
    other = found.case.replaced(W=-found.case.parameters["W"])
    assert replay(found, judged(idioms.assigned_mask), derivation(), other) is None


def test_names_and_lines_are_those_of_the_users_code() -> None:
    found = traced(idioms.classes)
    named = {name: found.lines[place].code for place, name in found.names.items() if place in found.lines}
    assert named["self.a[0, 0]"] == "self.a = np.tanh(x @ self.W.T + self.b)"
    assert named["self.dW[1, 2]"] == 'self.dW = dz.T @ self.cache["x"]'
    assert named["dz[3, 1]"] == "dz = da * (1 - np.power(self.a, 2))"


def test_a_name_of_two_expressions_is_none() -> None:
    def helper(z: Any) -> Any:
        inner = z * 2
        return inner

    def called_twice(x: Any, W: Any, t: Any) -> Any:
        first = helper(W)
        second = helper(first + 1)
        return second

    names = set(traced(called_twice).names.values())
    assert {"first[0, 0]", "second[0, 0]"} <= names
    assert not any(name.startswith(("inner", "z")) for name in names)


def test_the_same_to_the_byte() -> None:
    runs = [traced(idioms.softmax) for _ in range(2)]
    written = [
        ([(e.operator, e.detail, e.place) for e in run.gradients["W"].flat], run.names, run.lines) for run in runs
    ]
    assert written[0] == written[1]
