"""Residues of expressions: what is equal has equal residues, and what differs in the last digit has not."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
import sympy

from gdverify.tracing.modular import POINTS, Signatures
from gdverify.tracing.primes import BITS, CHAINS, chains
from gdverify.tracing.residues import NoRoot, Residues, Value
from tests.tracing.test_deciding import IDENTITIES, NEAR_MISSES
from tests.tracing.written import Written, exp, log, sigmoid, sqrt, symbols, tanh

x, y, u, v = symbols("x y u v")
# Beyond the last prime of a chain: the innermost exponential of three.
DEEP: dict[str, Callable[[Written], Written]] = {"exp": lambda z: exp(exp(z)), "σ": lambda z: sigmoid(sigmoid(z))}


def zero(written: Written, length: int = 3, seed: int = 0) -> bool:
    """Whether an expression is zero in residues."""
    return Signatures([written.node], seed, length=length).zeros() == [True]


@pytest.mark.parametrize("length", CHAINS)
def test_chains_are_of_primes(length: int) -> None:
    places = chains(1, length, 4)
    assert len(places) == length
    assert len(set(places[0])) == 4
    for above, below in pairwise(places):
        assert all(p == 2 * q + 1 for p, q in zip(above, below, strict=True))
    assert all(sympy.isprime(p) for primes in places for p in primes)
    assert all(p % 4 == 3 for primes in places for p in primes)
    assert all(p.bit_length() == BITS for p in places[0])


def test_another_seed_draws_other_primes() -> None:
    assert chains(1, 3, 4) == chains(1, 3, 4)
    assert not set(chains(1, 3, 4)[0]) & set(chains(2, 3, 4)[0])


@pytest.mark.parametrize("seed", range(3))
def test_identities_for_every_seed(seed: int) -> None:
    shallow = [written for name, written in IDENTITIES.items() if "deeper" not in name]
    assert Signatures([written.node for written in shallow], seed).zeros() == [True] * len(shallow)


def test_near_misses() -> None:
    assert not any(Signatures([written.node for written in NEAR_MISSES.values()], 0).zeros())


def test_one_digit_of_one_coefficient() -> None:
    difference = sigmoid(x + y) * (1 + Fraction(1, 10**30)) - sigmoid(y + x)
    assert not zero(difference)


@pytest.mark.parametrize("function", DEEP.values(), ids=list(DEEP))
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (exp(-x), 1 / exp(x)),
        (exp(2 * x), exp(x) ** 2),
        (exp(x), exp(x / 2) ** 2),
        (exp(x / 2) ** 2, exp(x)),
        (exp(x + y), exp(x) * exp(y)),
        (exp(x + y - u), exp(x) * exp(y) / exp(u)),
        (exp(x - x * 1), exp(y - y * 1)),
        (exp(x + 1) / exp(y + 1), exp(x) / exp(y)),
        (tanh(x), (exp(2 * x) - 1) / (exp(2 * x) + 1)),
        (exp(x + log(y)), y * exp(x)),
        (exp(log(y) / 2 + x), sqrt(y) * exp(x)),
    ],
)
def test_relations_of_exponents_beyond_the_last_prime(
    function: Callable[[Written], Written], one: Written, other: Written
) -> None:
    assert zero(function(one) - function(other))
    assert not zero(function(one) - function(other * 2))


def test_relations_that_only_longer_chains_know() -> None:
    difference = exp(exp(exp(x + y - u - v))) - exp(exp(exp(x) * exp(y) / exp(u) / exp(v)))
    assert not zero(difference)
    assert zero(difference, length=5)


def test_an_equality_of_logarithms_is_not_assumed() -> None:
    assert not zero(log(x + y) - log(x) - log(y))
    assert zero(log(x * y) - log(x) - log(y))
    assert zero(log(x / y) + log(y) - log(x))
    assert zero(log(sqrt(x) * sqrt(x)) - 2 * log(sqrt(x)))


def test_error_bounds_grow_with_the_expression() -> None:
    small, large = (Signatures([(sigmoid(x) * z - z).node], 0).errors()[0] for z in (y, y**1000))
    assert 0 < small < large < 1e-30
    assert Signatures([(y ** (2**100) - x).node], 0).errors() == [1.0]


def test_error_bounds_grow_with_what_is_in_an_exponent() -> None:
    small, large = (Signatures([exp(x * z).node], 0).errors()[0] for z in (y, y**1000))
    assert 0 < small < large < 1e-30


def test_pinned_symbols_are_numbers() -> None:
    assert Signatures([(x * x - 4).node], 0, {"x": Fraction(2)}).zeros() == [True]


def test_signatures_tell_equal_from_opposite_parts() -> None:
    one, other, third = sigmoid(x) * y, -exp(x) * y / (1 + exp(x)), y * x
    made = Signatures([one.node, other.node, third.node], 0)
    (sign, key), (opposite, same) = made.signature(one.node), made.signature(other.node)
    assert key == same != made.signature(third.node)[1]
    assert sign == -opposite
    foreign = symbols("elsewhere")[0] * 3
    assert made.signature((x + y * 7).node)[1] != made.signature((x + y * 8).node)[1]
    assert made.signature(foreign.node)[1] != key


def field() -> Residues:
    """Residues at eight points."""
    return Residues(chains(0, 3, POINTS)[0], random.Random(0))


def test_every_residue_has_a_square_root() -> None:
    residues = field()
    for _ in range(10):
        value: Value = residues.random()
        root = residues.power(value, Fraction(1, 2))
        assert residues.key(residues.mul(root, root)) == residues.key(value)
        assert residues.key(residues.power(value, Fraction(-3, 2))) == residues.key(
            residues.inverse(residues.mul(value, root))
        )
        third = residues.power(value, Fraction(5, 3))
        assert residues.key(residues.power(third, Fraction(3))) == residues.key(residues.power(value, Fraction(5)))


def test_values_with_an_imaginary_part() -> None:
    residues = field()
    a = residues.power(residues.random(), Fraction(1, 2))
    assert a[1] is not None
    assert residues.key(residues.mul(a, residues.inverse(a))) == residues.key(residues.number(Fraction(1)))
    assert residues.is_zero(residues.add(a, residues.neg(a)))
    cube = residues.mul(a, residues.mul(a, a))
    assert residues.key(residues.power(a, Fraction(3))) == residues.key(cube)
    with pytest.raises(NoRoot):
        residues.power(a, Fraction(1, 2))
    with pytest.raises(NoRoot):
        residues.power(residues.random(), Fraction(1, 4))
    with pytest.raises(ZeroDivisionError):
        residues.inverse(residues.number(Fraction(0)))
    with pytest.raises(ZeroDivisionError):
        residues.inverse((None, None))


def test_both_parts_of_an_exponent_count() -> None:
    residues, exponents = field(), Residues(chains(0, 3, POINTS)[1], random.Random(1))
    value = exponents.random()[0]
    for part in ((value, None), (None, value), (value, value)):
        power = residues.exponential(part)
        assert residues.key(power) != residues.key(residues.number(Fraction(1)))
        assert residues.key(residues.exponential(exponents.add(part, part))) == residues.key(residues.mul(power, power))
    assert residues.key(residues.exponential((value, value))) != residues.key(residues.exponential((value, None)))
