"""Sums, means and what a softmax is made of say what they are: numbers by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from sympy import Expr

from gdverify.codegen.program import program, run
from gdverify.derivation.steps import derive
from gdverify.evidence.arithmetic import NUMPY
from gdverify.notation import (
    Operation,
    Tensor,
    axis,
    indices,
    log_softmax,
    logsumexp,
    mean,
    operation,
    softmax,
    total,
)
from gdverify.notation.reductions import Total, free_indices
from tests.helpers import Case, by_equations

rows, columns = axis("rows"), axis("columns")
VALUES = np.array([[1, 2, 4], [8, 16, 32]], dtype=object)


def value(made: Operation) -> list[Fraction]:
    """The entries of the result for the values above."""
    derivation = derive(made)
    exact = {t: VALUES * Fraction(1) if t.axes == (rows, columns) else np.array(None) for t in derivation.arguments}
    sizes = {"rows": 2, "columns": 3}
    return [*by_equations(Case(derivation, sizes, exact))[derivation.result].flat]


def summed(equation: object, *gives: object) -> list[Fraction]:
    """The value of an equation in x[rows, columns]."""
    return value(operation("s", x=(rows, columns), gives=gives)(equation))  # type: ignore[arg-type]


def test_total_over_one_index_over_two_and_over_all() -> None:
    def over_columns(x: Tensor) -> Expr:
        r, c = indices(rows, columns)
        return total(x[r, c], over=c)

    def over_both(x: Tensor) -> Expr:
        r, c = indices(rows, columns)
        return total(x[r, c], over=(c, r))

    def over_all(x: Tensor) -> Expr:
        return total(x[indices(rows, columns)])

    assert summed(over_columns, rows) == [7, 56]
    assert summed(over_both) == summed(over_all) == [63]


def test_mean_over_one_index_over_two_and_over_all() -> None:
    def over_columns(x: Tensor) -> Expr:
        r, c = indices(rows, columns)
        return mean(x[r, c], over=c)

    def over_rows(x: Tensor) -> Expr:
        r, c = indices(rows, columns)
        return mean(x[r, c], over=[r])

    def over_all(x: Tensor) -> Expr:
        return mean(x[indices(rows, columns)])

    assert summed(over_columns, rows) == [Fraction(7, 3), Fraction(56, 3)]
    assert summed(over_rows, columns) == [Fraction(9, 2), 9, 18]
    assert summed(over_all) == [Fraction(63, 6)]


def test_nothing_to_sum_over_is_the_value_itself() -> None:
    x = Tensor("x", ())
    assert total(x[()]) == mean(x[()]) == x[()]


def test_free_indices_stand_in_the_order_in_which_they_were_made() -> None:
    x = Tensor("x", (rows, columns))
    c, r = indices(columns, rows)
    assert free_indices(x[r, c] ** 2) == (c, r)
    inner = total(x[r, c], over=c)
    assert isinstance(inner, Total)
    assert (inner.body, inner.over, free_indices(inner)) == (x[r, c], (c,), (r,))


def softmax_of_rows(x: Tensor) -> Expr:
    """``exp(x[r, c]) / Σ_c exp(x[r, c])``."""
    r, c = indices(rows, columns)
    return softmax(x[r, c], over=c)


def test_softmax_its_logarithm_and_the_logarithm_of_its_sum() -> None:
    made = value(operation("s", x=(rows, columns), gives=(rows, columns))(softmax_of_rows))
    exponentials = np.exp(VALUES.astype(float))
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.array(made, dtype=float).reshape(2, 3), expected, rtol=1e-14)

    def logarithm(x: Tensor) -> Expr:
        r, c = indices(rows, columns)
        return log_softmax(x[r, c], over=c)

    made = value(operation("s", x=(rows, columns), gives=(rows, columns))(logarithm))
    np.testing.assert_allclose(np.array(made, dtype=float).reshape(2, 3), np.log(expected), rtol=1e-12, atol=1e-15)

    def of_the_sum(x: Tensor) -> Expr:
        r, c = indices(rows, columns)
        return logsumexp(x[r, c], over=c)

    np.testing.assert_allclose(np.array(summed(of_the_sum, rows), dtype=float), np.log(exponentials.sum(axis=1)))


def test_softmax_does_not_overflow_and_passes_nothing_through_its_shift() -> None:
    derivation = derive(operation("s", x=(rows, columns), gives=(rows, columns))(softmax_of_rows))
    shift = next(d for d in derivation.forward if d.terms[0].reduction == "peak")
    assert all(shift.tensor not in adjoint.operands for adjoint in derivation.every_adjoint.values())
    assert shift.tensor not in derivation.every_adjoint
    given = {"x": np.array([[1000.0, 0.0, -1000.0]]), "ds": np.array([[1.0, 0.0, 0.0]])}
    found = run((*program(derivation).loss, *program(derivation).backward), given, NUMPY)
    np.testing.assert_array_equal(found["s"], [[1.0, 0.0, 0.0]])
    assert np.isfinite(found["dx"]).all()
