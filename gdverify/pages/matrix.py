"""Array expressions as LaTeX: the matrix form of a derivation. Vectors are columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import sympy

from gdverify.codegen.formulas import Latex
from gdverify.codegen.nodes import Node
from gdverify.codegen.program import Statement
from gdverify.codegen.stepping import CARRIED
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


@dataclass
class Matrix:
    """Writes array expressions over named tensors."""

    tensors: Mapping[str, Tensor]
    style: ClassVar[Latex] = Latex()

    def sides(self, statement: Statement) -> tuple[str, str]:
        """The target and the expression."""
        write = self if statement.step is None else AtStep(self.tensors, statement)
        return write.name(statement.target), write.write(statement.node)

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


class AtStep(Matrix):
    """Writes what one step of a loop computes: what has a slice for each step stands with the index of the step."""

    def __init__(self, tensors: Mapping[str, Tensor], statement: Statement) -> None:
        assert statement.step is not None
        self._axis = statement.step.loop.axis
        self._sliced = {statement.target, *statement.step.slices}
        carried = {name: tensor for name, (tensor, _) in statement.step.carried.items()}
        whole = {**tensors, **{name: tensors[tensor] for name, tensor in carried.items()}}
        super().__init__({n: self._slice(t) if n in self._sliced | carried.keys() else t for n, t in whole.items()})

    def _slice(self, tensor: Tensor) -> Tensor:
        return Tensor(tensor.name, [axis for axis in tensor.axes if axis != self._axis])

    def name(self, name: str) -> str:
        """As of a matrix, with the index of the step; what is carried with that of the step that it is from."""
        _, _, offset = name.partition(CARRIED)
        if not offset and name not in self._sliced:
            return super().name(name)
        sign = f" {offset[0]} {offset[1:]}" if offset else ""
        text = super().name(name)
        text = rf"\left({text}\right)" if text.startswith(r"\frac") else text
        return f"{{{text}_{{{self.style.letter(self._axis.letter)}{sign}}}}}"  # braces: an index may follow
