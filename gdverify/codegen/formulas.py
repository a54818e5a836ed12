"""A definition as a formula over its indices: in plain text for comments, in LaTeX for pages.

Both are the same walk over the same layout (`gdverify.codegen.algebra`); a `Style` says how each part is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import sympy

from gdverify.codegen.algebra import Fraction, addends, fraction, is_slot, slots
from gdverify.codegen.moves import Move, moves
from gdverify.codegen.nodes import size_text
from gdverify.derivation.graph import Definition, Term
from gdverify.notation.axes import Axis
from gdverify.notation.functions import FUNCTIONS, select
from gdverify.notation.reductions import REDUCTIONS
from gdverify.notation.selectors import HIDDEN, Causal, Selector
from gdverify.notation.tensors import Tensor


class Text:
    """Plain text: ``dW1[h1, i] = Σ_n dz1[n, h1] x[n, i]``."""

    times, minus, plus = " ", " - ", " + "
    dot = " "  # between sizes, which have more than one letter
    pi = "π"
    bare = False  # whether a lone sum needs no brackets above and below a fraction bar
    relations: ClassVar[dict[str, str]] = {">": ">", ">=": ">=", "<": "<", "<=": "<="}

    def entry(self, tensor: Tensor, letters: Sequence[str]) -> str:
        if isinstance(tensor, Causal):
            condition = f"{letters[1]} {self.relations['<=']} {letters[0]}"
            return self.choice(condition, "0", self.number(sympy.Integer(-HIDDEN)))
        return f"{tensor.name}[{', '.join(letters)}]" if letters else tensor.name

    def position(self, selector: Selector, letters: Sequence[str]) -> str:
        """``2 p + k - 1``, or ``ids[n]``."""
        if selector.found_in is not None:
            return self.entry(selector.found_in, letters)
        text = " + ".join(
            letter if stride == 1 else f"{self.sized(stride)} {letter}"
            for stride, letter in zip(selector.strides, letters, strict=True)
        )
        if selector.start == 0 and text:
            return text
        sign = "-" if selector.start.could_extract_minus_sign() else "+"
        return f"{text} {sign} {self.sized(abs(selector.start))}" if text else self.sized(selector.start)

    def sized(self, size: sympy.Expr) -> str:
        """A whole number in which sizes may occur."""
        return size_text(size).replace(" * ", self.dot)

    def size(self, symbol: sympy.Symbol) -> str:
        return str(symbol.name)

    def number(self, value: sympy.Rational) -> str:
        decimal = repr(float(value))
        if abs(value) >= 10**16:
            return decimal
        return decimal if value.q not in (1, 2, 3, 4) and sympy.Rational(decimal) == value else str(value)

    def quotient(self, above: str, below: str, single: bool) -> str:
        return f"{above} / {below if single else f'({below})'}"

    def power(self, base: str, exponent: sympy.Rational) -> str:
        if exponent == 2 or exponent == sympy.Rational(1, 2):
            return f"{base}²" if exponent == 2 else f"√{base}"
        return f"{base}^{exponent}" if exponent.is_Integer else f"{base}^({exponent})"

    def applied(self, function: str, arguments: str) -> str:
        return f"{function}({arguments})"

    def choice(self, condition: str, first: str, second: str) -> str:
        return f"({first} if {condition} else {second})"

    def bracket(self, inner: str) -> str:
        return f"({inner})"

    def reduced(self, kind: str, letters: Sequence[str], body: str) -> str:
        return f"{REDUCTIONS[kind].text}_{','.join(letters)} {body}"

    def derivative(self, of: str, by: str) -> str:
        return f"∂{of}/∂{by}"

    def differentiated(self, by: str, body: str) -> str:
        return f"∂/∂{by} ({body})"


class Latex(Text):
    """LaTeX: adjoints as partial derivatives of the loss."""

    times, dot = r" \, ", r" \cdot "
    pi = r"\pi"
    bare = True
    relations: ClassVar[dict[str, str]] = {">": ">", ">=": r"\ge", "<": "<", "<=": r"\le"}
    greek = frozenset({"theta", "alpha", "beta", "gamma", "mu", "sigma"})
    fences: ClassVar[dict[str, str]] = {"absolute": "|"}  # functions that are written around their argument

    def entry(self, tensor: Tensor, letters: Sequence[str]) -> str:
        if isinstance(tensor, Causal):
            condition = f"{letters[1]} {self.relations['<=']} {letters[0]}"
            return self.choice(condition, "0", self.number(sympy.Integer(-HIDDEN)))
        if tensor.role in ("adjoint", "upstream"):
            return self.derivative("L", self.symbol(tensor.name[1:], letters))
        return self.symbol(tensor.name, letters)

    def symbol(self, name: str, letters: Sequence[str] = ()) -> str:
        """A tensor's name, its number as a superscript: ``W2`` is layer 2's."""
        if name == "loss":
            return "L"
        # What an operation computes on its way (`p_exp`) has a name of its own, which numbers no layer.
        pattern = r"(.*)()" if "_" in name else r"(.*?)(\d*)"
        stem, number = re.fullmatch(pattern, name).groups()  # type: ignore[union-attr]  # matches anything
        if len(stem) > 1:
            stem = rf"\{stem}" if stem in self.greek else rf"\mathrm{{{stem}}}".replace("_", r"\_")
        text = f"{stem}^{{({number})}}" if number else stem
        # Positions such as 2 p + k are parted by commas.
        between = ", " if any(" " in letter for letter in letters) else " "
        return f"{text}_{{{between.join(map(self.letter, letters))}}}" if letters else text

    def letter(self, letter: str) -> str:
        stem, number, primes = re.fullmatch(r"(.*?)(\d*)('*)", letter).groups()  # type: ignore[union-attr]
        return f"{stem}_{{{number}}}{primes}" if number else letter

    def size(self, symbol: sympy.Symbol) -> str:
        return rf"\mathrm{{{symbol.name}}}".replace("_", r"\_")

    def number(self, value: sympy.Rational) -> str:
        text = super().number(value)
        if "/" in text:
            return rf"\frac{{{value.p}}}{{{value.q}}}"
        digits, scientific, power = text.partition("e")
        if not scientific:
            return digits
        return f"10^{{{int(power)}}}" if digits == "1" else rf"{digits} \cdot 10^{{{int(power)}}}"

    def quotient(self, above: str, below: str, single: bool) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def power(self, base: str, exponent: sympy.Rational) -> str:
        if exponent == sympy.Rational(1, 2):
            return rf"\sqrt{{{base}}}"
        # A layer's number stands above the letter already: a second superscript would read as a part of it.
        crowded = "^" in base and not base.startswith(r"\left(")
        return f"{{{self.bracket(base) if crowded else base}}}^{{{exponent}}}"

    def applied(self, function: str, arguments: str) -> str:
        if function in self.fences:
            return rf"\left{self.fences[function]} {arguments} \right{self.fences[function]}"
        row = FUNCTIONS.get(function)
        named = row.latex if row else rf"\{function}"
        return rf"{named}\left({arguments}\right)"

    def choice(self, condition: str, first: str, second: str) -> str:
        begin, end = r"\begin{cases} ", r" \end{cases}"
        nested = second.startswith(begin) and second.find(end) == len(second) - len(end)
        rest = second[len(begin) : -len(end)] if nested else rf"{second} & \text{{otherwise}}"
        return rf"{begin}{first} & \text{{if }} {condition} \\ {rest}{end}"

    def bracket(self, inner: str) -> str:
        return rf"\left({inner}\right)"

    def reduced(self, kind: str, letters: Sequence[str], body: str) -> str:
        return rf"{REDUCTIONS[kind].latex}_{{{', '.join(map(self.letter, letters))}}} {body}"

    def derivative(self, of: str, by: str) -> str:
        return rf"\frac{{\partial {of}}}{{\partial {by}}}"

    def differentiated(self, by: str, body: str) -> str:
        return rf"\frac{{\partial}}{{\partial {by}}} \left({body}\right)"


@dataclass(frozen=True)
class _Writer:
    style: Text
    part: Term
    letters: tuple[str, ...]

    def write(self, expression: sympy.Expr) -> str:
        style = self.style
        if expression.is_Symbol:
            return self._entry(expression) if is_slot(expression) else style.size(expression)
        if expression.is_Rational:
            return style.number(expression)
        if expression is sympy.pi:
            return style.pi
        if expression.is_Add and fraction(expression).number == 1:
            return self._sum(expression)
        if expression.is_Add or expression.is_Mul or (expression.is_Pow and expression.exp.is_negative):
            return self.quotient(fraction(expression))
        if expression.is_Pow and not isinstance(expression, sympy.exp):
            covered = style.bare and expression.exp == sympy.Rational(1, 2)  # by the root
            return style.power((self.write if covered else self._atom)(expression.base), expression.exp)
        if isinstance(expression, select):
            return style.choice(self._condition(expression.args[0]), *map(self.write, expression.args[1:]))
        return style.applied(type(expression).__name__, ", ".join(map(self.write, expression.args)))

    def quotient(self, laid: Fraction) -> str:
        style = self.style
        number = abs(laid.number)
        whole = number.q in (1, 2, 3, 4)
        top, bottom = (sympy.Integer(number.p), sympy.Integer(number.q)) if whole else (number, sympy.Integer(1))
        above = ([] if top == 1 and laid.above else [top]) + list(laid.above)
        below = ([] if bottom == 1 else [bottom]) + list(laid.below)
        negative = laid.number < 0
        if below:
            text = style.quotient(self._product(above, style.bare), self._product(below, style.bare), len(below) == 1)
        else:
            text = self._product(above, bare=not negative)
        return f"-{text}" if negative else text

    def _product(self, factors: Sequence[sympy.Expr], bare: bool) -> str:
        if bare and len(factors) == 1:
            return self.write(factors[0])
        text = self._atom(factors[0])
        for before, factor in pairwise(factors):
            sizes = not slots(before) and not slots(factor) and not before.is_number
            text += (self.style.dot if sizes else self.style.times) + self._atom(factor)
        return text

    def _atom(self, expression: sympy.Expr) -> str:
        text = self.write(expression)
        compound = expression.is_Add or expression.is_Mul
        return self.style.bracket(text) if compound else text

    def _sum(self, expression: sympy.Expr) -> str:
        text = ""
        for negative, part in addends(expression):
            sign = (self.style.minus if text else "-") if negative else (self.style.plus if text else "")
            text += sign + self.write(part)
        return text

    def _condition(self, condition: sympy.Basic) -> str:
        left, right = (self.write(side) for side in condition.args)
        return f"{left} {self.style.relations[condition.rel_op]} {right}"

    def _entry(self, symbol: sympy.Symbol) -> str:
        operand = self.part.operands[slots(symbol)[0]]
        return self.style.entry(operand.tensor, [self.letters[place] for place in operand.places])


def formula(definition: Definition, style: Text, relation: str = "=") -> str:
    """``left = right``, with the definition's indices."""
    left = style.entry(definition.tensor, index_letters(definition.tensor.axes))
    return f"{left} {relation} {right_side(definition, style)}"


def written(expression: sympy.Expr, part: Term, letters: Sequence[str], style: Text) -> str:
    """A scalar expression in the slots of a term, whose places have the given letters."""
    return _Writer(style, part, tuple(letters)).write(expression)


def right_side(definition: Definition, style: Text) -> str:
    """What a definition is equal to."""
    text = ""
    for part in definition.terms:
        negative = bool(text) and bool(fraction(part.body).number < 0)
        body = -part.body if negative else part.body
        written = _term(definition, part, body, style)
        text += (style.minus if negative else style.plus if text else "") + written
    return text or "0"


def _moved(definition: Definition, part: Term, found: Sequence[Move], style: Text) -> str:
    """``x[n, 2 p + k]``, or ``Σ_p,k: 2 p + k = h dy[n, p, k]``."""
    letters = [*index_letters((*definition.tensor.axes, *part.reduced))]
    move, moved = found[0], found[0].moved
    positions = [style.position(one.selector, [letters[place] for place in one.steps]) for one in found]
    over = [letters[place] for one in found for place in one.steps if place >= len(definition.tensor.axes)]
    if move.read in moved.places:
        held = move.selector.found_in
        if held is not None and held.role == "winner":
            return style.reduced(
                "peak", [letters[move.read]], style.entry(moved.tensor, [letters[p] for p in moved.places])
            )
        for one, at in zip(found, positions, strict=True):
            letters[one.read] = at
        entry = style.entry(moved.tensor, [letters[place] for place in moved.places])
        return style.reduced("total", over, entry) if over else entry
    read = [letters[one.read] for one in found]
    if not over:
        entry = style.entry(moved.tensor, [letters[place] for place in moved.places])
        return f"{entry}{style.times}[{', '.join(f'{h} = {at}' for h, at in zip(read, positions, strict=True))}]"
    condition = f"{','.join(over)}: {', '.join(f'{at} = {h}' for h, at in zip(read, positions, strict=True))}"
    return style.reduced("total", [condition], style.entry(moved.tensor, [letters[place] for place in moved.places]))


def _term(definition: Definition, part: Term, body: sympy.Expr, style: Text) -> str:
    if found := moves(part):
        scale = body / part.body * found[0].scale
        text = _moved(definition, part, found, style)
        return text if scale == 1 else f"{_Writer(style, part, ()).write(scale)}{style.times}{text}"
    letters = index_letters((*definition.tensor.axes, *part.reduced))
    writer = _Writer(style, part, letters)
    if not part.reduced:
        return writer.write(body)
    # Numbers and sizes stand in front of the sum.
    laid = fraction(body)
    inside = sympy.Mul(*filter(slots, laid.above)) / sympy.Mul(*filter(slots, laid.below))
    sizes = [[factor for factor in side if not slots(factor)] for side in (laid.above, laid.below)]
    outside = laid.number * sympy.Mul(*sizes[0]) / sympy.Mul(*sizes[1])
    inner = writer.write(inside)
    summed = style.reduced(
        part.reduction, letters[len(definition.tensor.axes) :], style.bracket(inner) if inside.is_Add else inner
    )
    if outside == 1:
        return summed
    return f"-{summed}" if outside == -1 else f"{writer.write(outside)}{style.times}{summed}"


def index_letters(axes: Sequence[Axis]) -> tuple[str, ...]:
    """The letters of the indices; a second index over the same axis gets a prime."""
    letters = [axis.letter for axis in axes]
    return tuple(letter + "'" * letters[:place].count(letter) for place, letter in enumerate(letters))
