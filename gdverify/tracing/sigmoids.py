"""Sigmoids in a product: σ(z) σ(−z) is σ'(z), eᵘ σ(−u) is σ(u), and 1 − σ(z) is σ(−z), however they were written."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gdverify.tracing.expression import Expression
from gdverify.tracing.parts import exponent_beside_one, logistic, opposite, signed


class Sigmoids:
    """The powers of a product with the sigmoids in it recognised.

    Attributes:
        slopes: σ'(z) = σ(z) σ(−z) by z, with exponents.
        values: σ(±z) by sign and z.
        others: what is left.
    """

    def __init__(self, powers: Mapping[Expression, Fraction]) -> None:
        self.values: dict[tuple[int, Expression], Fraction] = {}
        self.others: dict[Expression, Fraction] = {}
        complements: dict[tuple[int, Expression], Expression] = {}
        for base, exponent in powers.items():
            found, times = logistic(base), exponent
            if found is None and exponent < 0:
                found, times = opposite(exponent_beside_one(base)), -exponent
            if found is None:
                self.others[base] = exponent
            else:
                self.values[found] = self.values.get(found, Fraction(0)) + times
            one_minus = _complement(base)
            if one_minus is not None:
                complements[one_minus] = base
        self._shift()
        self.slopes = self._paired(complements)
        self.values = {key: exponent for key, exponent in self.values.items() if exponent}

    def _shift(self) -> None:
        """eᵘ σ(−u) = σ(u)"""
        for base, exponent in list(self.others.items()):
            if base.operator != "exp" or exponent <= 0:
                continue
            sign, z = signed(base.arguments[0])
            times = min(exponent, self.values.get((-sign, z), Fraction(0)))
            if times > 0:
                self.values[-sign, z] -= times
                self.values[sign, z] = self.values.get((sign, z), Fraction(0)) + times
                self._take(base, times)

    def _paired(self, complements: Mapping[tuple[int, Expression], Expression]) -> dict[Expression, Fraction]:
        found: dict[Expression, Fraction] = {}
        for sign, z in list(self.values):
            own, other = self.values[sign, z], self.values.get((-sign, z), Fraction(0))
            written = complements.get((-sign, z))
            missing = self.others.get(written, Fraction(0)) if written is not None else Fraction(0)
            times = min(own, other + missing) if missing >= 0 else Fraction(0)
            if times <= 0:
                continue
            found[z] = found.get(z, Fraction(0)) + times
            self.values[sign, z] -= times
            direct = min(other, times)
            if direct:
                self.values[-sign, z] -= direct
            if written is not None:
                self._take(written, times - direct)
        return found

    def _take(self, base: Expression, times: Fraction) -> None:
        self.others[base] -= times
        if not self.others[base]:
            del self.others[base]


def _complement(node: Expression) -> tuple[int, Expression] | None:
    """The sign and z of σ(−z) where a node is 1 − σ(z)."""
    if node.operator != "add":
        return None
    one, other = node.arguments if node.arguments[0].is_number else node.arguments[::-1]
    found = logistic(other.arguments[0]) if other.operator == "neg" else None
    return (-found[0], found[1]) if found and one.is_number and one.detail == 1 else None
