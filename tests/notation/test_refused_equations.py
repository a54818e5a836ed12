"""Every equation that does not fit is refused where it is written, and the message says what is wrong."""

from __future__ import annotations

import linecache
import re
import traceback
from collections.abc import Callable

import pytest
import sympy
from sympy import Expr

from gdverify.errors import NotationError
from gdverify.notation import Operation, Tensor, axis, indices, leading, mean, operation, parameter, total
from gdverify.notation import functions as f

inputs, outputs, batch, other = axis("inputs"), axis("outputs"), axis("batch", "n"), axis("other", "k")
Equation = Callable[..., Expr]


def declare(equation: Equation) -> Operation:
    """The equation as an operation on a matrix W[outputs, inputs] and a vector x[inputs]."""
    return operation("y", W=(outputs, inputs), x=(inputs,), gives=(outputs,))(equation)


def elementwise(equation: Equation) -> Operation:
    """The equation as an operation on one entry."""
    return operation("a")(equation)


def refused(
    make: Callable[[Equation], Operation], equation: Equation, message: str
) -> pytest.ExceptionInfo[NotationError]:
    """The refusal of the equation; its message has the given beginning or part."""
    with pytest.raises(NotationError, match=re.escape(message)) as caught:
        make(equation)
    return caught


# Indices.


def test_wrong_index_at_an_axis() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        return total(W[i, o] * x[i], over=i)

    refused(
        declare,
        wrong,
        "W[outputs, inputs]: axis outputs (place 0) got an index over axis inputs; an index may only stand at its "
        "own axis, else its range would be wrong. The order of the axes is [outputs, inputs].",
    )


def test_the_error_is_raised_at_the_line_of_the_equation() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        wrong = W[i, o]
        return total(wrong * x[i], over=i)

    caught = refused(declare, wrong, "W[outputs, inputs]")
    frames = [frame for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename == __file__]
    assert linecache.getline(__file__, frames[-1].lineno or 0).strip() == "wrong = W[i, o]"


@pytest.mark.parametrize(("given", "count"), [((), 0), ((0,), 1), ((0, 1, 0), 3)])
def test_wrong_number_of_indices(given: tuple[int, ...], count: int) -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        both = indices(outputs, inputs)
        return W[tuple(both[k] for k in given)] * x[both[1]]

    refused(declare, wrong, f"W[outputs, inputs]: expected 2 indices, got {count} (")


def test_same_index_twice() -> None:
    def wrong(A: Tensor) -> Expr:
        (i,) = indices(inputs)
        return A[i, i]

    make = operation("y", A=(inputs, inputs), gives=(inputs,))
    refused(make, wrong, "A[inputs, inputs]: the same index stands at two axes; use a second index over the same axis")


def test_a_position_is_a_whole_number_of_steps() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        o, i = indices(outputs, inputs)
        return W[o / 2, i] * x[i]

    refused(
        declare,
        wrong,
        "W[outputs, inputs]: axis outputs (place 0) got position=_o/2: expected a whole number of steps of indices",
    )


def test_an_index_is_no_number() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        return total(W[o, i] * x[i] * i, over=i)

    refused(
        declare, wrong, "wrong: the index over axis inputs is used as a number; an index may only stand in the brackets"
    )


def test_leading_axes_outside_an_equation() -> None:
    with pytest.raises(NotationError, match=r"indices\(leading\): the leading axes are known only inside the equation"):
        indices(leading)


# Free and bound.


def test_free_index_that_is_not_given() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        return W[o, i] * x[i]

    refused(
        declare,
        wrong,
        "wrong: free index over axis inputs: the equation leaves it open, but gives=(outputs); sum over it",
    )


def test_given_axis_that_is_not_free() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        return total(W[o, i] * x[i], over=(i, o))

    refused(declare, wrong, "wrong: gives=(outputs), but no index over axis outputs is free in its equation.")


def test_index_bound_in_one_place_and_free_in_another() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        return total(W[o, i], over=i) * x[i]

    refused(
        declare,
        wrong,
        "wrong: the index over axis inputs is summed over in one place and free in another; make a second",
    )


def test_index_bound_twice() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        return total(total(W[o, i], over=i) * x[i], over=i)

    refused(
        declare, wrong, "total(over=inputs): the index over axis inputs is summed over in one place and free in another"
    )


@pytest.mark.parametrize("sum_of", [total, mean])
def test_sum_over_an_index_that_does_not_occur(sum_of: Callable[..., Expr]) -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o, k = indices(inputs, outputs, inputs)
        return W[o, i] * sum_of(x[i], over=k)

    refused(
        declare, wrong, "total(over=inputs): the index over axis inputs is not free in what is summed (free: inputs)"
    )


def test_sum_over_what_has_no_index() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        return total(W[o, i] * x[i], over=i) + total(sympy.Integer(2), over=o)

    refused(declare, wrong, "is not free in what is summed (free: none); the sum would only multiply by the size.")


# Operands.


def test_unused_operand() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        return total(W[o, i], over=i)

    refused(declare, wrong, "wrong: operand x[inputs] is unused in its equation; drop it or use it.")


def test_unused_operand_for_one_entry() -> None:
    refused(elementwise, lambda z, w: z, "operand w[leading0] is unused in its equation")


def test_declaration_and_signature_differ() -> None:
    def wrong(W: Tensor, v: Tensor) -> Expr:
        raise AssertionError("not reached")

    refused(declare, wrong, "wrong: operand 'v' must stand both in the declaration and in the equation's signature.")


def test_result_without_declared_axes() -> None:
    def wrong(x: Tensor) -> Expr:
        raise AssertionError("not reached")

    refused(operation("y", x=(inputs,)), wrong, "wrong: gives=… is missing: say which axes the result has, in order.")


def test_constant_without_default() -> None:
    def wrong(z: Expr, *, alpha: Expr) -> Expr:
        raise AssertionError("not reached")

    refused(elementwise, wrong, "wrong: the constant alpha needs a default value: write alpha=….")


def test_entry_of_another_tensor() -> None:
    stray = Tensor("stray", (inputs,))

    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        return total(W[o, i] * x[i] * stray[i], over=i)

    refused(declare, wrong, "wrong: stray[inputs] is no operand of the operation; declare it as one.")


# What an equation may be made of.


@pytest.mark.parametrize(
    ("equation", "name", "hint"),
    [
        (lambda z: sympy.Max(z, 0), "Max", "Instead of Max write maximum(a, b), or relu(z)"),
        (lambda z: sympy.Min(z, 1), "Min", "Instead of Min write select(a < b, a, b)"),
        (lambda z: z * sympy.Heaviside(z), "Heaviside", "Instead of Heaviside write select(z > 0, 1, 0), which states"),
        (lambda z: abs(z), "Abs", "Instead of Abs write absolute(z)"),
        (lambda z: sympy.gamma(z), "gamma", ""),
        (lambda z: 1 + 2 * sympy.tan(z) ** 2, "tan", ""),
        (lambda z: f.exp(sympy.erf(z)), "erf", ""),
        (lambda z: sympy.Piecewise((z, z > 0), (0, True)), "Piecewise", "Instead of Piecewise write select("),
        (lambda z: total(sympy.asin(z)), "asin", ""),
        (lambda z: f.select(sympy.cosh(z) > 2, z, 1), "cosh", ""),
        (lambda z: f.select(z > 2, sympy.sinh(z), 1), "sinh", ""),
        (lambda z: sympy.Function("sigmoid")(z), "sigmoid", ""),
    ],
)
def test_function_outside_the_notation(equation: Equation, name: str, hint: str) -> None:
    caught = refused(
        elementwise, equation, f"{name} is not part of the notation; supported are + - * /, rational powers"
    )
    for function in ("absolute", "exp", "log", "relu", "select", "sigmoid", "sin", "softplus", "sqrt", "tanh"):
        assert function in str(caught.value)
    assert hint in str(caught.value)


def test_sum_of_sympy() -> None:
    def wrong(W: Tensor, x: Tensor) -> Expr:
        i, o = indices(inputs, outputs)
        return sympy.Sum(W[o, i] * x[i], (i, 0, inputs.size - 1))

    refused(declare, wrong, "wrong: Sum is not part of the notation")


@pytest.mark.parametrize(
    ("equation", "printed"),
    [
        (lambda z: z * float("nan"), "nan"),
        (lambda z: z + float("inf"), "oo"),
        (lambda z: z * 1j, "I"),
        (lambda z: z + sympy.zoo, "zoo"),
        (lambda z: z * sympy.GoldenRatio, "GoldenRatio"),
    ],
)
def test_number_that_is_not_real_finite_and_rational(equation: Equation, printed: str) -> None:
    refused(elementwise, equation, f"the number {printed}: expected a real number that is finite and rational")


@pytest.mark.parametrize(
    "equation",
    [lambda z: z * sympy.Symbol("c"), lambda z: z * other.size, lambda z: z * leading.size, lambda z: z * batch.size],
)
def test_foreign_symbol(equation: Equation) -> None:
    refused(elementwise, equation, "is neither an entry of an operand nor the size of one of its axes (leading0)")


def test_exponent_that_varies() -> None:
    refused(elementwise, lambda z, w: z**w, "expected a rational exponent; write a**b as exp(b * log(a)).")
    refused(elementwise, lambda z: 2**z, "expected a rational exponent")


@pytest.mark.parametrize(
    "condition", [lambda z: sympy.Eq(z, 0), lambda z: sympy.And(z > 0, z < 1), lambda z: sympy.Ne(z, 1)]
)
def test_condition_that_is_no_comparison(condition: Equation) -> None:
    equation = lambda z: f.select(condition(z), z, 2 * z)  # noqa: E731
    refused(elementwise, equation, "expected one comparison with >, >=, < or <=; write a second select")


@pytest.mark.parametrize("returned", [None, [1], "z", (1, 2)])
def test_what_is_no_expression(returned: object) -> None:
    refused(
        elementwise, lambda z: returned, f"returns {returned!r}: expected an expression in the entries of its operands"
    )


def test_tensor_without_indices() -> None:
    refused(declare, lambda W, x: x, "returns x[inputs]: expected an expression in the entries of its operands")


def test_condition_as_a_result() -> None:
    refused(elementwise, lambda z: z > 0, "expected an expression in the entries of its operands")


@pytest.mark.parametrize(
    "equation",
    [
        lambda z: f.sqrt(z**2 + 1) + z ** sympy.Rational(-3, 2),
        lambda z: f.exp(-z) * f.log(z) / f.tanh(z),
        lambda z: mean(0.1 * z**2) / 7,
        lambda z: f.select(z >= 1, z, 0) + f.sigmoid(z) + f.softplus(z) + f.relu(z) + f.absolute(z),
        lambda z: f.sqrt(2) * z * f.log(2),
    ],
)
def test_what_is_supported(equation: Equation) -> None:
    assert isinstance(elementwise(equation), Operation)


def test_floating_point_numbers_become_the_simplest_rational() -> None:
    made = elementwise(lambda z: 0.1 * z**0.5 + z / 3.0)
    assert made.equation().expression.atoms(sympy.Float) == set()
    assert made.equation().expression.atoms(sympy.Rational) == {
        sympy.Rational(1, 10),
        sympy.Rational(1, 2),
        sympy.Rational(1, 3),
    }


# Constants.


def test_constant_that_the_operation_does_not_have() -> None:
    made = elementwise(lambda z, *, alpha=1: alpha * z)
    with pytest.raises(NotationError, match="has no constant 'beta'; it has: alpha"):
        made.given(beta=1)
    with pytest.raises(NotationError, match="has no constant 'alpha'; it has: none"):
        elementwise(lambda z: z).given(alpha=1)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 1j, None, "x", "1/0", "__import__('os')", [1], sympy.Symbol("c")]
)
def test_constant_that_is_no_number(value: object) -> None:
    made = elementwise(lambda z, *, alpha=1: alpha * z)
    with pytest.raises(NotationError, match=re.escape(f".given(alpha={value!r}): expected a finite real number.")):
        made.given(alpha=value)


@pytest.mark.parametrize("value", [0.2, "0.2", sympy.Rational(1, 5), "1/5"])
def test_constants_are_rational(value: object) -> None:
    made = elementwise(lambda z, *, alpha=1: alpha * z).given(alpha=value)
    assert dict(made.options) == {"alpha": sympy.Rational(1, 5)}


# Axes.


@pytest.mark.parametrize("name", ["in", "2d", "a b", "", "lambda", "λ.x"])
def test_axis_that_cannot_be_a_variable(name: str) -> None:
    with pytest.raises(NotationError, match=re.escape(f"axis name={name!r}: expected a Python identifier")):
        axis(name)


def test_tensor_outside_an_architecture() -> None:
    with pytest.raises(NotationError, match="parameter 'W': tensors and operations are composed inside a function"):
        parameter("W", inputs)
