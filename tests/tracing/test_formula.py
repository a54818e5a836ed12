"""Formulas as text: what a person would write, bounded in length."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gdverify.tracing.contrast import contrast
from gdverify.tracing.formula import formula
from gdverify.tracing.modular import Signatures
from tests.tracing.written import Written, call, exp, log, sigmoid, slope, sqrt, symbols, tanh

x, y, w, t, z = symbols("x y w t z")
p = sigmoid(w * x)
PREDICTION = {p.node.place: "p"}

ROWS: list[tuple[Written, str]] = [
    (x + y - t, "x + y − t"),
    (-x - y, "−(x + y)"),
    (t - x, "t − x"),
    (y + 1, "1 + y"),
    (y - 1, "y − 1"),
    (2 * x + 4 * y, "2(x + 2 y)"),
    (x / 2 + y / 2, "(x + y) / 2"),
    (x / 3 - y / 3, "(x − y) / 3"),
    (x + x + y, "2 x + y"),
    ((x + x) * y, "2 x y"),
    (x - y + y - x, "0"),
    (x * Fraction(1, 100), "0.01 x"),
    (x * Fraction(2, 3), "2 x / 3"),
    (x * Fraction(1, 7) * exp(y), "exp(y)·x / 7"),
    (x / (3 * y), "x / (3 y)"),
    (t * w - (x + y) / 2, "(2 t w − (x + y)) / 2"),
    (t * w + 3 * (x + y) / 2, "(3(x + y) + 2 t w) / 2"),
    (x / y / t, "x / (t y)"),
    (x / (1 + y), "x / (1 + y)"),
    (1 / x, "1 / x"),
    (-(1 / x), "−1 / x"),
    (x - x - 2, "−2"),
    (x * x * y, "x² y"),
    (x**-2, "1 / x²"),
    (x**12, "x¹²"),
    ((x - t) ** 2, "(x − t)²"),
    (sqrt(x + y), "√(x + y)"),
    (1 / sqrt(2 * x + 2 * y), "1 / √(2(x + y))"),
    (x ** Fraction(2, 3), "x^(2/3)"),
    ((x + y) * (x - y), "(x + y)·(x − y)"),
    ((x - y) * -2, "−2(x − y)"),
    (1 - tanh(x) ** 2, "1 − tanh(x)²"),
    (log(1 + exp(-z)) - 3, "log(1 + exp(−z)) − 3"),
    (2 * log(x), "2·log(x)"),
    (call("erf", x / 2), "erf(x / 2)"),
    (sigmoid(z), "σ(z)"),
    (exp(z) / (1 + exp(z)), "σ(z)"),
    ((1 + exp(-z)) ** -1, "σ(z)"),
    (1 - 2 / (1 + exp(-z)), "1 − 2·σ(z)"),
    (Written(x.graph, x.graph.pow(x.graph.number(3), 10**9)) * x, "3¹⁰⁰⁰⁰⁰⁰⁰⁰⁰ x"),
    (sigmoid(-z), "σ(−z)"),
    (sigmoid(-2 * z), "σ(−2 z)"),
    (1 - sigmoid(z), "1 − σ(z)"),
    (x / (1 + exp(-z)), "σ(z)·x"),
    (slope(z), "σ'(z)"),
    (sigmoid(z) * sigmoid(-z), "σ'(z)"),
    (exp(-z) / (1 + exp(-z)) ** 2, "σ'(z)"),
    (sigmoid(z) * slope(z), "σ'(z)·σ(z)"),
    (slope(z) ** 2, "σ'(z)²"),
    (x * slope(w * x), "σ'(w x)·x"),
    (exp(z) * (1 + exp(z)), "(1 + exp(z))·exp(z)"),
]


@pytest.mark.parametrize(("written", "text"), ROWS, ids=[text for _, text in ROWS])
def test_text(written: Written, text: str) -> None:
    assert formula(written.node) == text


def test_the_documented_gradient_of_the_neuron_beside_the_right_one() -> None:
    documented = 2 * (p - t) * slope(p) * x
    right = 2 * (p - t) * slope(w * x) * x
    assert formula(documented.node, PREDICTION) == "2(p − t)·σ'(σ(w x))·x"
    assert formula(right.node, PREDICTION) == "2(p − t)·σ'(w x)·x"


def test_names_stand_for_nodes_but_for_the_expression_itself() -> None:
    a = tanh(w * x + y)
    names = {a.node.place: "a", (w * x + y).node.place: "z1"}
    assert formula((1 - a**2).node, names) == "1 − a²"
    assert formula((a * t).node, names) == "a t"
    assert formula(a.node, names) == "tanh(w x + y)"
    assert formula((sigmoid(z) * t).node, {sigmoid(z).node.place: "s"}) == "s t"


def test_in_the_argument_of_a_function_a_short_name_is_opened() -> None:
    long = w * x + y * t + z + y / t
    names = {(w * x).node.place: "z1", long.node.place: "z2"}
    assert formula(tanh(w * x).node, names) == "tanh(w x)"
    assert formula(slope(sigmoid(w * x)).node, names | PREDICTION) == "σ'(σ(w x))"
    assert formula(sigmoid(long).node, names) == "σ(z2)"


def test_the_length_is_bounded() -> None:
    made = x
    for k in range(5000):
        made = made * y + k
    text = formula(made.node)
    assert len(text) < 1000
    assert text.endswith("more nodes)")
    assert "…" in text
    assert formula(made.node, longest=10) == "4999 + (4998 + (…)·y)·y (…: 14990 more nodes)"


def test_a_long_sum_is_cut() -> None:
    made = x
    for k in range(3000):
        made = made + Written(x.graph, x.graph.symbol(f"s[{k}]"))
    text = formula(made.node)
    assert len(text) < 1000
    assert "more nodes)" in text


def test_names_of_a_deep_network_are_opened_in_bounded_work() -> None:
    names, made = {}, x
    for k in range(300):
        made = tanh(made * w) + tanh(made * y)
        names |= {argument.place: f"{name}{k}" for argument, name in zip(made.node.arguments, "ab", strict=True)}
    assert formula(tanh(made * t).node, names) == "tanh((a299 + b299)·t)"


def broken(got: Written, expected: Written, signed: bool = True) -> tuple[str, str]:
    """What two formulas differ in, as text."""
    key = Signatures([got.node, expected.node], 0).signature if signed else None
    first, second = contrast(got.node, expected.node, got.graph, key)
    return formula(first, PREDICTION), formula(second, PREDICTION)


def test_only_the_broken_factor_is_shown() -> None:
    got, expected = 2 * (p - t) * slope(p) * x, 2 * (p - t) * slope(w * x) * x
    assert broken(got, expected) == ("σ'(σ(w x))", "σ'(w x)")
    assert broken(got, expected, signed=False) == ("σ'(σ(w x))", "σ'(w x)")


def test_equal_factors_are_known_in_another_form_and_with_another_sign() -> None:
    got = -2 * (t - p) * slope(p) * x
    expected = 2 * (p - t) * (exp(-w * x) / (1 + exp(-w * x)) ** 2) * x
    assert broken(got, expected) == ("σ'(σ(w x))", "σ'(w x)")


@pytest.mark.parametrize(
    ("got", "expected", "texts"),
    [
        (x * (1 - y**2), x * (1 - w**2), ("y²", "w²")),
        (x * y + t * z, t * z + x * w, ("y", "w")),
        (z * (x * y + t), z * (x + t), ("x y", "x")),
        (x * y**2 / t, x * y / t, ("y²", "y")),
        (x / y, x / t, ("1 / y", "1 / t")),
        (x * y, 2 * x * y, ("x y", "2 x y")),
        (x * y, -x * y, ("x y", "−x y")),
        (x * (y + z), x * (y + z + t), ("y + z", "t + y + z")),
        (-3 * x * y, -3 * x * w, ("y", "w")),
        (sqrt(x) * y, sqrt(x) * t, ("y", "t")),
        (exp(x), tanh(y), ("exp(x)", "tanh(y)")),
    ],
)
def test_the_smallest_parts_that_differ(got: Written, expected: Written, texts: tuple[str, str]) -> None:
    assert broken(got, expected) == texts
    assert broken(got, expected, signed=False) == texts


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("other", [1, -1])
def test_the_sign_of_a_factor_is_not_lost(sign: int, other: int) -> None:
    first, second = broken(sign * (t - x) * y * z, other * (x - t) * w * z)
    assert first.lstrip("−") == "y"
    assert second.lstrip("−") == "w"
    # (t − x) y and (x − t) w differ in their sign as well, unless the numbers in front do, too.
    assert first.startswith("−") != second.startswith("−") if sign == other else first[0] == "y" and second[0] == "w"
