"""Second derivatives as they are read: forward pass, gradients, and what is differentiated once more.

Changes along a direction are written R{·}, with R{W} = vW given. Source: Pearlmutter, Fast exact multiplication by the
Hessian (1994). Of a diagonal each line is a derivative by one entry y[g], at the indices that an entry shares with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gdverify.codegen.formulas import Latex, index_letters, right_side
from gdverify.codegen.second import Hessian
from gdverify.derivation.graph import Definition
from gdverify.notation.tensors import Tensor
from gdverify.pages import blocks

SAID = {
    "product": "How `{of}` changes along the direction.",
    "diagonal": "The derivative of `{of}` by the entry of `{by}`.",
}
RESULTS = {
    "product": "The Hessian times the direction, by `{of}`: how its gradient changes.",
    "diagonal": "The diagonal of the Hessian by `{of}`.",
}


@dataclass(frozen=True)
class Line:
    """A definition, and what it is in a sentence; of what stands on other pages nothing is said."""

    said: str
    definition: Definition


class SecondLatex(Latex):
    """LaTeX of second derivatives.

    Args:
        hessian: whose tensors are written; those of the gradients are as on their own page.
    """

    def __init__(self, hessian: Hessian) -> None:
        self._kind = hessian.derivatives.kind
        self._of = differentiated(hessian)
        self._results = {result: tensor for tensor, result in hessian.order.results.items()}

    def entry(self, tensor: Tensor, letters: Sequence[str]) -> str:
        if tensor in self._results and self._kind == "diagonal":
            return rf"\frac{{\partial^{{2}} L}}{{\partial {self._squared(self._results[tensor], letters)}}}"
        if tensor not in self._of:
            return super().entry(tensor, letters)
        of, by = self._of[tensor]
        if self._kind == "product":
            return rf"\mathcal{{R}}\left\{{{super().entry(of, letters)}\right\}}"
        # The indices are those of y[g], and those that are not.
        derivative = self.bracket(rf"\frac{{\partial}}{{\partial {self.symbol(by.name)}}} {super().entry(of, ())}")
        return rf"{derivative}_{{{' '.join(map(self.letter, letters))}}}" if letters else derivative

    def _squared(self, tensor: Tensor, letters: Sequence[str]) -> str:
        return rf"\left({self.symbol(tensor.name, letters)}\right)^{{2}}"


def differentiated(hessian: Hessian) -> dict[Tensor, tuple[Tensor, Tensor]]:
    """Of each tensor beyond the gradients, the tensor whose derivative it is, and the one by which it is taken."""
    order = hessian.order
    known = [*order.derivation.arguments, *(d.tensor for d in order.derivation.forward)]
    known += [d.tensor for d in order.derivation.gradients.values()]
    named = {tensor.name: tensor for tensor in known}
    made = [*order.directions, *(definition.tensor for definition, _ in order.definitions), *order.results.values()]
    found: dict[Tensor, tuple[Tensor, Tensor]] = {}
    for by, result in order.results.items():
        for tensor in made:
            of = named.get(_stem(hessian, tensor, by))
            if of is not None:
                found.setdefault(tensor, (of, by))
        found[result] = (order.derivation.gradients[by].tensor, by)
    return found


def _stem(hessian: Hessian, tensor: Tensor, by: Tensor) -> str:
    """``z`` of ``vz``, and of ``z_by_y``."""
    if hessian.order.directions:
        direction = hessian.order.directions[0].name
        prefix = direction.removesuffix(next(iter(hessian.order.results)).name)
        return tensor.name.removeprefix(prefix)
    stem, found, _ = tensor.name.rpartition(f"_by_{by.name}")
    return stem if found else ""


def sections(hessian: Hessian) -> Mapping[str, list[Line]]:
    """What is computed, in order: forward, backward, and beyond; only what the results need."""
    order = hessian.order
    of = differentiated(hessian)
    beyond = {definition.tensor: definition for definition, _ in order.definitions}
    beyond |= {result: Definition(result, ()) for result in order.results.values() if result not in beyond}
    kinds = {
        "forward": {definition.tensor: definition for definition in order.derivation.forward},
        "backward": {definition.tensor: definition for definition in order.derivation.gradients.values()},
        "second order": beyond,
    }
    every = {tensor: definition for made in kinds.values() for tensor, definition in made.items()}
    needed = _needed(every, [*order.results.values()])
    return {
        title: [Line(_said(hessian, of, tensor), made[tensor]) for tensor in made if tensor in needed]
        for title, made in kinds.items()
    }


def _needed(every: Mapping[Tensor, Definition], wanted: Sequence[Tensor]) -> set[Tensor]:
    found: set[Tensor] = set()
    left = [*wanted]
    while left:
        tensor = left.pop()
        if tensor in every and tensor not in found:
            found.add(tensor)
            left += every[tensor].operands
    return found


def _said(hessian: Hessian, of: Mapping[Tensor, tuple[Tensor, Tensor]], tensor: Tensor) -> str:
    results = {result: by for by, result in hessian.order.results.items()}
    kind = hessian.derivatives.kind
    if tensor in results:
        return RESULTS[kind].format(of=results[tensor].name)
    return SAID[kind].format(of=of[tensor][0].name, by=of[tensor][1].name) if tensor in of else ""


def markdown(hessian: Hessian, page: str, command: str) -> str:
    """The text of a page.

    Args:
        hessian: what to write out.
        page: the name of the page, which is also that of its file; a folder in front is left out.
        command: the command that regenerates the file, for its banner.
    """
    name = page.rpartition("/")[2]
    parts = [blocks.banner(command), f"# {name}", blocks.prose(hessian.title), *_meaning(hessian)]
    parts += ["## Tensors", blocks.table(["tensor", "shape", "role"], _rows(hessian))]
    for title, lines in sections(hessian).items():
        parts += [f"## {title.capitalize()}", *_equations(lines, SecondLatex(hessian))]
    parts += ["## The same in NumPy", f"[`{name}.py`]({name}.py) computes it."]
    return "\n\n".join(parts) + "\n"


def _meaning(hessian: Hessian) -> Iterator[str]:
    given = ", ".join(f"`{direction.name}`" for direction in hessian.order.directions)
    if given:
        yield (
            "$`\\mathcal{R}\\left\\{\\cdot\\right\\}`$ is the change of a tensor along the direction "
            f"({given}), which is given (Pearlmutter, 1994); it obeys the rules of differentiation."
        )
    else:
        yield (
            "A derivative by an entry of a tensor is taken where the indices of the two are the same: most tensors "
            "depend on no other entry."
        )


def _rows(hessian: Hessian) -> Iterator[tuple[str, str, str]]:
    for tensor in hessian.arguments:
        role = "direction" if tensor in hessian.order.directions else tensor.role
        yield f"`{tensor.name}`", shape(tensor), role


def shape(tensor: Tensor) -> str:
    """``(batch, outputs)``."""
    return f"({', '.join(axis.name for axis in tensor.axes)})"


def _equations(lines: Sequence[Line], style: Latex) -> Iterator[str]:
    for said, rows in _grouped(lines, style):
        if said:
            yield said
        yield blocks.equations(rows)


def _grouped(lines: Sequence[Line], style: Latex) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Equations of which nothing is said stand together."""
    plain = [sides(line.definition, style) for line in lines if not line.said]
    if plain:
        yield "", plain
    yield from ((line.said, [sides(line.definition, style)]) for line in lines if line.said)


def sides(definition: Definition, style: Latex) -> tuple[str, str]:
    """Both sides of a definition."""
    return style.entry(definition.tensor, index_letters(definition.tensor.axes)), right_side(definition, style)
