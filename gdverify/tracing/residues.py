"""Residues modulo several primes at once, one a random point each, with a square root of −1.

A value is a pair of lists, real and imaginary part; None stands for a part that is 0 everywhere. Modulo a prime
p = 3 mod 4 either a or −a has a square root, so every residue has one here.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

Part = list[int] | None
Value = tuple[Part, Part]
Key = tuple[tuple[int, ...] | None, ...]


class NoRoot(ArithmeticError):
    """A root that these residues lack."""


class Residues:
    """The arithmetic modulo given primes, each 3 modulo 4.

    Division by 0 raises `ZeroDivisionError`.
    """

    def __init__(self, primes: Sequence[int], draw: random.Random) -> None:
        self.primes = primes
        self._draw = draw
        # Random squares, which generate the group of squares.
        self._bases = [self.mul(root, root) for root in (self.random(), self.random())]

    def random(self) -> Value:
        """An independent residue at every point, not 0."""
        return [self._draw.randrange(2, p - 1) for p in self.primes], None

    def number(self, value: Fraction) -> Value:
        """A constant."""
        above = [value.numerator % p for p in self.primes]
        if value.denominator == 1:
            return above, None
        return self._mul(above, self._inverse([value.denominator % p for p in self.primes])), None

    def add(self, a: Value, b: Value) -> Value:
        """a + b"""
        return self._add(a[0], b[0]), self._add(a[1], b[1])

    def neg(self, a: Value) -> Value:
        """−a"""
        return self._neg(a[0]), self._neg(a[1])

    def mul(self, a: Value, b: Value) -> Value:
        """a · b"""
        (x, y), (u, v) = a, b
        return self._add(self._mul(x, u), self._neg(self._mul(y, v))), self._add(self._mul(x, v), self._mul(y, u))

    def inverse(self, a: Value) -> Value:
        """1 / a"""
        x, y = a
        if y is None:
            return self._inverse(x), None
        # (x − i y) / (x² + y²)
        norm = self._inverse(self._add(self._mul(x, x), self._mul(y, y)))
        return self._mul(x, norm), self._neg(self._mul(y, norm))

    def power(self, a: Value, exponent: Fraction) -> Value:
        """aⁿ; raises `NoRoot` for fourth roots, and for roots of what is not real."""
        if exponent < 0:
            return self.inverse(self.power(a, -exponent))
        odd = exponent.denominator
        while odd % 2 == 0:
            odd //= 2
        if exponent.denominator // odd > 2 or (exponent.denominator > 1 and a[1] is not None and any(a[1])):
            raise NoRoot(exponent)
        if odd > 1:
            a = self._odd_root(a, odd)
        if exponent.denominator > odd:
            a = self._root(a)
        return self._integer_power(a, exponent.numerator)

    def exponential(self, exponent: Value) -> Value:
        """A homomorphism from the sums modulo the next primes of the chains to the products modulo these."""
        powers = [
            ([pow(g, n, p) for g, n, p in zip(base[0] or [], part, self.primes, strict=True)], None)
            for base, part in zip(self._bases, exponent, strict=True)
            if part is not None
        ]
        return self.mul(*powers) if len(powers) == 2 else powers[0] if powers else self.number(Fraction(1))

    def is_zero(self, a: Value) -> bool:
        """Whether it is 0 at every point."""
        return not any(any(part) for part in a if part is not None)

    def key(self, a: Value) -> Key:
        """The same for equal values only."""
        return tuple(tuple(part) if part is not None and any(part) else None for part in a)

    def _integer_power(self, a: Value, n: int) -> Value:
        if a[1] is None:
            return None if a[0] is None else [pow(x, n, p) for x, p in zip(a[0], self.primes, strict=True)], None
        made = self.number(Fraction(1))
        for digit in bin(n)[2:]:
            made = self.mul(made, made)
            if digit == "1":
                made = self.mul(made, a)
        return made

    def _root(self, a: Value) -> Value:
        real, imaginary = [], []
        for x, p in zip(a[0] or [0] * len(self.primes), self.primes, strict=True):
            # Of x and −x one is a square, and this is the root of it that is a square itself.
            root = pow(x, (p + 1) // 4, p)
            is_square = root * root % p == x
            real.append(root if is_square else 0)
            imaginary.append(0 if is_square else root)
        return real, imaginary if any(imaginary) else None

    def _odd_root(self, a: Value, n: int) -> Value:
        # x → xⁿ is one to one for an odd n that shares no divisor with p − 1.
        try:
            inverses = [pow(n, -1, p - 1) for p in self.primes]
        except ValueError:
            raise NoRoot(n) from None
        return None if a[0] is None else [
            pow(x, m, p) for x, m, p in zip(a[0], inverses, self.primes, strict=True)
        ], None

    def _add(self, x: Part, y: Part) -> Part:
        if x is None or y is None:
            return y if x is None else x
        return [(a + b) % p for a, b, p in zip(x, y, self.primes, strict=True)]

    def _neg(self, x: Part) -> Part:
        return None if x is None else [-a % p for a, p in zip(x, self.primes, strict=True)]

    def _mul(self, x: Part, y: Part) -> Part:
        if x is None or y is None:
            return None
        return [a * b % p for a, b, p in zip(x, y, self.primes, strict=True)]

    def _inverse(self, x: Part) -> Part:
        if x is None:
            raise ZeroDivisionError
        try:
            return [pow(a, -1, p) for a, p in zip(x, self.primes, strict=True)]
        except ValueError:  # not invertible
            raise ZeroDivisionError from None
