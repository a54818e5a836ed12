"""Numbers, factors and products as text: what is put in parentheses, and what stands between two factors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# What stands before what in a product, and what needs parentheses there.
SUM, FUNCTION, NAME = range(3)


@dataclass(frozen=True)
class Factor:
    """A factor as text, without its exponent."""

    kind: int
    text: str
    exponent: Fraction = Fraction(1)

    @property
    def bracketed(self) -> str:
        """Fit to be multiplied."""
        return f"({self.text})" if self.kind == SUM else self.text

    @property
    def power(self) -> str:
        """With the magnitude of the exponent."""
        n = abs(self.exponent)
        if n == 1:
            return self.bracketed
        if n == Fraction(1, 2):
            return f"√{self.bracketed}"
        return self.bracketed + (str(n).translate(_SUPERSCRIPTS) if n.denominator == 1 else f"^({n})")


def product(number: Fraction, written: list[Factor]) -> str:
    """A product, as a quotient where factors have negative exponents."""
    above = [factor for factor in written if factor.exponent > 0]
    below = [factor for factor in written if factor.exponent < 0]
    front, divisor = (abs(number), 1) if _is_decimal(number) else (Fraction(abs(number.numerator)), number.denominator)
    dividend = _joined(front, above)
    if divisor == 1 and not below:
        # A sum on its own needs no parentheses.
        alone = len(above) == 1 and front == 1 and number > 0 and above[0].exponent == 1
        return above[0].text if alone else with_sign(number, dividend)
    quotient = _joined(Fraction(divisor), below)
    several = (divisor != 1) + len(below) > 1
    return with_sign(number, f"{dividend} / {f'({quotient})' if several else quotient}")


def _joined(number: Fraction, written: list[Factor]) -> str:
    texts = [factor.power for factor in written]
    between = " " if all(factor.kind == NAME for factor in written) else "·"
    return times(number, between.join(texts)) if texts else spelled(number)


def times(number: Fraction, text: str) -> str:
    """A number in front of a text that is fit to be multiplied: 2(x + y), 2 x y, 2·σ(z)."""
    if not text:
        return with_sign(number, spelled(abs(number)))
    if abs(number) == 1:
        return with_sign(number, text)
    between = "" if text.startswith("(") else "·" if "·" in text or "(" in text else " "
    return with_sign(number, f"{spelled(abs(number))}{between}{text}")


def with_sign(number: Fraction, text: str) -> str:
    """A text with the sign of a number in front."""
    return f"−{text}" if number < 0 else text


def common_factor(numbers: Sequence[Fraction]) -> Fraction:
    """The greatest number that divides all, negative where all are."""
    common = Fraction(math.gcd(*(n.numerator for n in numbers)), math.lcm(*(n.denominator for n in numbers)))
    if not common:
        return Fraction(1)
    return -common if all(number < 0 for number in numbers) else common


def spelled(value: Fraction) -> str:
    """A number: whole, as a decimal where that is exact and short, else as a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    return repr(float(value)) if _is_decimal(value) else f"{value.numerator}/{value.denominator}"


def _is_decimal(value: Fraction) -> bool:
    """Whether it is read better as a decimal: 0.01, not ½ nor ⅓."""
    return value.denominator not in (1, 2, 3, 4) and Fraction(repr(float(value))) == value
