"""Balls contain the value, and say so where there is none."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from gdverify.extras import MissingExtra
from gdverify.tracing import balls
from gdverify.tracing.balls import Arb, Intervals, Undefined, Values, arithmetic
from tests.tracing.written import Written, call, exp, log, sqrt, symbols, tanh

x, y = symbols("x y")
AT = {"x": Fraction(3, 7), "y": Fraction(-5, 3)}
A, B = 3 / 7, -5 / 3
ROWS: dict[str, tuple[Written, float]] = {
    "sum": (x + y - 2, A + B - 2),
    "product": (x * y / (x - y), A * B / (A - B)),
    "powers": (x**3 + y**-2 + sqrt(x) + x ** Fraction(-2, 3), A**3 + B**-2 + A**0.5 + A ** (-2 / 3)),
    "functions": (exp(y) + log(x) + tanh(y), math.exp(B) + math.log(A) + math.tanh(B)),
    "circle": (call("sin", x) - call("cos", y), math.sin(A) - math.cos(B)),
}


@pytest.mark.parametrize("kind", [Arb, Intervals])
@pytest.mark.parametrize("name", ROWS)
def test_values(kind: type[Arb] | type[Intervals], name: str) -> None:
    written, expected = ROWS[name]
    values = Values([written.node, (written - written * 2 / 2 * 1).node], AT, 200, kind())
    assert values.middle(written.node) == pytest.approx(expected, rel=1e-14)
    assert values.sign(written.node) == (1 if expected > 0 else -1)


@pytest.mark.parametrize("kind", [Arb, Intervals])
def test_a_zero_is_known_to_as_many_digits_as_there_are_bits(kind: type[Arb] | type[Intervals]) -> None:
    difference = exp(x) * exp(y) - exp(x + y)
    for bits, digits in ((100, 25), (300, 85), (1000, 295)):
        values = Values([difference.node], AT, bits, kind())
        assert values.sign(difference.node) is None
        assert digits <= values.digits(difference.node) <= bits * 0.302
    exact = (x + y) * 0
    assert Values([exact.node], AT, 100, kind()).digits(exact.node) == math.inf


def test_erf() -> None:
    node = call("erf", x).node
    assert Values([node], AT, 100, Arb()).middle(node) == pytest.approx(math.erf(A))
    with pytest.raises(MissingExtra, match='erf need the extra "certify"'):
        Values([node], AT, 100, Intervals())


@pytest.mark.parametrize("kind", [Arb, Intervals])
@pytest.mark.parametrize(
    "written", [log(y), log(x - x * 2 + x), 1 / (x * 3 - Fraction(9, 7)), sqrt(y), (x + y) ** -1 / 0.5]
)
def test_what_has_no_value_is_named(kind: type[Arb] | type[Intervals], written: Written) -> None:
    at = AT | {"x": Fraction(5, 3)} if written.node.operator == "mul" else AT
    with pytest.raises(Undefined, match="has no value that is known to be finite"):
        Values([written.node], at, 100, kind())


def test_the_precision_of_others_is_left_alone() -> None:
    import flint

    before = flint.ctx.prec
    Values([x.node], AT, 700, Arb())
    with pytest.raises(Undefined):
        Values([log(y).node], AT, 700, Arb())
    assert flint.ctx.prec == before


def test_without_the_extra_intervals_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(arithmetic(), Arb)

    def missing(*_: str) -> None:
        raise MissingExtra("no")

    monkeypatch.setattr(balls, "require", missing)
    assert isinstance(arithmetic(), Intervals)
