"""Array expressions as LaTeX: the matrix form of a derivation. Vectors are columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import sympy

from gdverify.codegen.formulas import Latex
from gdverify.codegen.nodes import Node
from gdverify.codegen.program import Statement
from gdverify.notation.tensors import Tensor
from gdverify.pages.arrays import Axes, axes_of
from gdverify.pages.forms import FORMS, MATRIX, SUM, value_of

# What a symbol on the page means, for those that occur.
LEGEND = {
    r"\top": "⊤ transposes. In products a vector is a column: `a bᵀ` is a matrix, `aᵀ b` a number.",
    r"\odot": "⊙ multiplies entry by entry, and a power with ⊙ is taken entry by entry.",
    r"\frac{\partial L}": "∂L/∂`A` is the array of the derivatives by each entry of `A`, in the shape of `A`.",
    r"\sum": "Σ adds along the axes of the indices that stand below it.",
    r"\bullet": "A dot in the place of an index repeats the array along that axis.",
}
# What holds for every page: said once.
BROADCASTING = (
    "Functions, fractions and cases act entry by entry; an array is repeated along the axes in front that it "
    "lacks, as NumPy does."
)


@dataclass(frozen=True)
class Matrix:
    """Writes array expressions over named tensors."""

    tensors: Mapping[str, Tensor]
    style: ClassVar[Latex] = Latex()

    def sides(self, statement: Statement) -> tuple[str, str]:
        """The target and the expression."""
        return self.name(statement.target), self.write(statement.node)

    def write(self, node: Node) -> str:
        """The expression as LaTeX."""
        node = value_of(node)
        return FORMS[node.operator].text(self, node)

    def part(self, node: Node, asked: int) -> str:
        """The expression as a part of another, bracketed where it binds less than is asked for."""
        node = value_of(node)
        text = self.write(node)
        negative = node.operator == "number" and node.detail < 0
        loose = SUM if negative else FORMS[node.operator].precedence
        if node.operator == "name" and text.startswith(r"\frac"):
            loose = MATRIX
        return self.style.bracket(text) if loose < asked else text

    def name(self, name: str) -> str:
        """A tensor, an adjoint as a partial derivative, or a size."""
        tensor = self.tensors.get(name)
        return self.style.entry(tensor, ()) if tensor else self.style.size(sympy.Symbol(name))

    def axes(self, node: Node) -> Axes:
        """The axes of the expression's array."""
        return axes_of(node, self.tensors)

    def letters(self, axes: Axes) -> list[str]:
        """The index of each axis; a dot where there is none."""
        found: list[str] = []
        for axis in axes:
            letter = axis.letter if axis else r"\bullet"
            found.append(letter + "'" * sum(taken.rstrip("'") == letter for taken in found if axis))
        return found

    def subscript(self, letters: list[str]) -> str:
        """The letters as a subscript."""
        return f"_{{{' '.join(map(self.style.letter, letters))}}}"
