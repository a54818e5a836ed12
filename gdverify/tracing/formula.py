"""An expression as text for a person: sums of products, σ and σ' recognised, known nodes by their names.

The length is bounded: what is left out is an ellipsis, and the number of nodes that it stands for is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gdverify.tracing.expression import Expression, walked
from gdverify.tracing.parts import addends, factors, logistic
from gdverify.tracing.sigmoids import Sigmoids
from gdverify.tracing.spelling import FUNCTION, NAME, SUM, Factor, common_factor, product, spelled, times, with_sign

LONGEST = 80  # terms and factors that are written; of a longer formula the innermost parts are left out
WIDEST = 24  # parts of one sum or product
OPENED = 12  # characters: in the argument of a function, a name gives way to what it stands for where that is short
ELLIPSIS = "…"


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
        return product(*self._factors(node, sign, level))

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
            return one, Factor(NAME, base.detail if base.operator == "symbol" else spelled(base.detail), exponent)
        if base.operator == "add":
            content, text = self._sum(base, level + 1)
            if exponent.denominator == 1:
                # Equal parts may have become one.
                kind = SUM if " " in text or text == ELLIPSIS else NAME
                return content ** int(exponent), Factor(kind, text, exponent)
            return one, Factor(SUM, text if content == 1 else times(content, f"({text})"), exponent)
        if base.operator in ("mul", "div", "neg", "pow"):
            # Below a root; otherwise more factors than are written.
            inside = exponent.denominator > 1
            return one, Factor(SUM, self._write(base, 1, level + 1), exponent) if inside else Factor(FUNCTION, ELLIPSIS)
        return one, Factor(FUNCTION, f"{base.operator}({self._argument(1, base.arguments[0], level)})", exponent)

    def _argument(self, sign: int, node: Expression, level: int) -> str:
        if node.place not in self._names:
            return self._write(node, sign, level + 1)
        name = times(Fraction(sign), self._names[node.place])
        if not self._opens:
            return name
        opened = _Writer(node, self._names, 1, self._opens - 1)
        return name if opened.is_deeper or len(opened.text) > OPENED else with_sign(Fraction(sign), opened.text)

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
        content = common_factor([*parts.values()])
        # Positive first, so that a sum does not begin with a sign, and of those a bare number first.
        ordered = sorted(((number / content, text) for text, number in parts.items()), key=lambda p: (p[0] < 0, p[1]))
        texts = [f"{'−' if number < 0 else '+'} {times(abs(number), text)}" for number, text in ordered if number]
        texts += [f"+ {ELLIPSIS}"] * (len(written) < len(every))
        return content, " ".join(texts).removeprefix("+ ") or "0"

    def _part(self, sign: int, part: Expression, level: int) -> tuple[Fraction, str]:
        if part.place in self._names:
            self.parts += 1
            return Fraction(sign), self._names[part.place]
        number, written = self._factors(part, sign, level)
        text = product(Fraction(1), written) if written else ""
        # A sum on its own has no parentheses, but here a sign or a number comes before it.
        is_sum = len(written) == 1 and written[0].kind == SUM and written[0].exponent == 1
        return number, f"({text})" if is_sum else text
