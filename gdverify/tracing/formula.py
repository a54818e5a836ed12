"""An expression as text for a person: sums of products, σ and σ' recognised, known nodes by their names.

The length is bounded: what is left out is an ellipsis, and the number of nodes that it stands for is said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gdverify.tracing.expression import Expression, walked
from gdverify.tracing.parts import addends, exponent_beside_one, factors, logistic, opposite, signed

LONGEST = 80  # terms and factors that are written; of a longer formula the innermost parts are left out
WIDEST = 24  # parts of one sum or product
OPENED = 12  # characters: in the argument of a function, a name gives way to what it stands for where that is short
ELLIPSIS = "…"
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


def formula(expression: Expression, names: Mapping[int, str] | None = None, longest: int = LONGEST) -> str:
    """The text of an expression.

    Args:
        expression: what to write.
        names: of nodes by their place, as those of tensors that are known; the expression itself is written out.
        longest: how many terms and factors are written.
    """
    written = _Writer(expression, names or {}, deepest=1)
    while written.is_deeper:
        deeper = _Writer(expression, names or {}, written.deepest + 1)
        if deeper.parts > longest:
            break
        written = deeper
    missing = len(walked([expression])) - len(written.reached)
    return f"{written.text} ({ELLIPSIS}: {missing} more nodes)" if ELLIPSIS in written.text else written.text


class _Writer:
    """Writes one expression.

    Attributes:
        deepest: how many levels are written.
        text: what was written.
        parts: how many terms and factors it has.
        reached: the places of their nodes.
        is_deeper: there are more levels.
    """

    def __init__(self, root: Expression, names: Mapping[int, str], deepest: int, opens: int = 2) -> None:
        """``opens`` is how often a name in an argument, and one in the argument inside of it, may be opened."""
        self._names = {place: name for place, name in names.items() if place != root.place}
        self._opens = opens
        self.deepest = deepest
        self.parts = 0
        self.reached: set[int] = set()
        self.is_deeper = False
        self.text = self._write(root, 1, 0)

    def _write(self, node: Expression, sign: int, level: int) -> str:
        """A product, or a sum without parentheses."""
        if level > self.deepest:
            self.is_deeper = True
            return ELLIPSIS
        return _product(*self._factors(node, sign, level))

    def _reach(self, node: Expression) -> None:
        self.parts += 1
        self.reached |= {below.place for below in (node, *node.arguments)}

    def _is_whole(self, node: Expression) -> bool:
        return node.place in self._names or logistic(node) is not None

    def _factors(self, node: Expression, sign: int, level: int) -> tuple[Fraction, list[Factor]]:
        """The number in front of a product, and its factors."""
        self._reach(node)
        made = factors(node, self._is_whole, WIDEST)
        sigmoids = Sigmoids(made.powers)
        number = made.number * sign
        written = [Factor(FUNCTION, f"σ'({self._even(z, level)})", n) for z, n in sigmoids.slopes.items()]
        known = {logistic(base): self._names[base.place] for base in made.powers if base.place in self._names}
        for z, n in sigmoids.values.items():
            in_full = Factor(FUNCTION, f"σ({self._argument(*z, level)})", n)
            written.append(Factor(NAME, known[z], n) if z in known else in_full)
        for base, n in sigmoids.others.items():
            constant, factor = self._factor(base, n, level)
            number *= constant
            written.append(factor)
        # What is left out is left out once.
        return number, sorted(dict.fromkeys(written), key=lambda factor: (factor.kind, factor.text))

    def _factor(self, base: Expression, exponent: Fraction, level: int) -> tuple[Fraction, Factor]:
        """A constant that stands in front of a factor, and the factor."""
        one = Fraction(1)
        self._reach(base)
        if base.place in self._names:
            return one, Factor(NAME, self._names[base.place], exponent)
        if not base.arguments:
            return one, Factor(NAME, base.detail if base.operator == "symbol" else _number(base.detail), exponent)
        if base.operator == "add":
            content, text = self._sum(base, level + 1)
            if exponent.denominator == 1:
                # Equal parts may have become one.
                kind = SUM if " " in text or text == ELLIPSIS else NAME
                return content ** int(exponent), Factor(kind, text, exponent)
            return one, Factor(SUM, text if content == 1 else _times(content, f"({text})"), exponent)
        if base.operator in ("mul", "div", "neg", "pow"):
            # Below a root; otherwise more factors than are written.
            inside = exponent.denominator > 1
            return one, Factor(SUM, self._write(base, 1, level + 1), exponent) if inside else Factor(FUNCTION, ELLIPSIS)
        return one, Factor(FUNCTION, f"{base.operator}({self._argument(1, base.arguments[0], level)})", exponent)

    def _argument(self, sign: int, node: Expression, level: int) -> str:
        if node.place not in self._names:
            return self._write(node, sign, level + 1)
        name = _times(Fraction(sign), self._names[node.place])
        if not self._opens:
            return name
        opened = _Writer(node, self._names, 1, self._opens - 1)
        return name if opened.is_deeper or len(opened.text) > OPENED else _signed(Fraction(sign), opened.text)

    def _even(self, node: Expression, level: int) -> str:
        """The argument of an even function."""
        text = self._argument(1, node, level)
        return self._argument(-1, node, level) if text.startswith("−") else text

    def _sum(self, node: Expression, level: int) -> tuple[Fraction, str]:
        """A constant that all parts have in common, and the sum of the rest."""
        if level > self.deepest:
            self.is_deeper = True
            return Fraction(1), ELLIPSIS
        every = addends(node, self._is_whole, WIDEST)
        written = [part for part in every if part[1].operator != "add" or self._is_whole(part[1])]
        parts: dict[str, Fraction] = {}
        for sign, part in written:
            number, text = self._part(sign, part, level)
            parts[text] = parts.get(text, Fraction(0)) + number
        content = _content([*parts.values()])
        # Positive first, so that a sum does not begin with a sign, and of those a bare number first.
        ordered = sorted(((number / content, text) for text, number in parts.items()), key=lambda p: (p[0] < 0, p[1]))
        texts = [f"{'−' if number < 0 else '+'} {_times(abs(number), text)}" for number, text in ordered if number]
        texts += [f"+ {ELLIPSIS}"] * (len(written) < len(every))
        return content, " ".join(texts).removeprefix("+ ") or "0"

    def _part(self, sign: int, part: Expression, level: int) -> tuple[Fraction, str]:
        if part.place in self._names:
            self.parts += 1
            return Fraction(sign), self._names[part.place]
        number, written = self._factors(part, sign, level)
        return number, _product(Fraction(1), written) if written else ""


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


def _product(number: Fraction, written: list[Factor]) -> str:
    above = [factor for factor in written if factor.exponent > 0]
    below = [factor for factor in written if factor.exponent < 0]
    front, divisor = (abs(number), 1) if _is_decimal(number) else (Fraction(abs(number.numerator)), number.denominator)
    dividend = _joined(front, above)
    if divisor == 1 and not below:
        # A sum on its own needs no parentheses.
        alone = len(above) == 1 and front == 1 and number > 0 and above[0].exponent == 1
        return above[0].text if alone else _signed(number, dividend)
    quotient = _joined(Fraction(divisor), below)
    several = (divisor != 1) + len(below) > 1
    return _signed(number, f"{dividend} / {f'({quotient})' if several else quotient}")


def _joined(number: Fraction, written: list[Factor]) -> str:
    texts = [factor.power for factor in written]
    between = " " if all(factor.kind == NAME for factor in written) else "·"
    return _times(number, between.join(texts)) if texts else _number(number)


def _times(number: Fraction, text: str) -> str:
    """A number in front of a text that is fit to be multiplied: 2(x + y), 2 x y, 2·σ(z)."""
    if not text:
        return _signed(number, _number(abs(number)))
    if abs(number) == 1:
        return _signed(number, text)
    between = "" if text.startswith("(") else "·" if "·" in text or "(" in text else " "
    return _signed(number, f"{_number(abs(number))}{between}{text}")


def _signed(number: Fraction, text: str) -> str:
    return f"−{text}" if number < 0 else text


def _content(numbers: Sequence[Fraction]) -> Fraction:
    """The greatest number that divides all, negative where all are."""
    common = Fraction(math.gcd(*(n.numerator for n in numbers)), math.lcm(*(n.denominator for n in numbers)))
    if not common:
        return Fraction(1)
    return -common if all(number < 0 for number in numbers) else common


def _number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return repr(float(value)) if _is_decimal(value) else f"{value.numerator}/{value.denominator}"


def _is_decimal(value: Fraction) -> bool:
    """Whether it is read better as a decimal: 0.01, not ½ nor ⅓."""
    return value.denominator not in (1, 2, 3, 4) and Fraction(repr(float(value))) == value
