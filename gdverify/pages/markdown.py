"""A derivation as a page to read: from the loss back to the first weight, for a forge that draws formulas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gdverify.codegen.formulas import Latex, index_letters, right_side
from gdverify.codegen.program import program
from gdverify.derivation.graph import Definition
from gdverify.derivation.kinks import kinks
from gdverify.derivation.links import Link, links
from gdverify.derivation.stages import Stage
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor
from gdverify.pages import blocks
from gdverify.pages.chain import chain_rule
from gdverify.pages.diagram import diagram, key
from gdverify.pages.functions import function_equations
from gdverify.pages.matrix import BROADCASTING, LEGEND, Matrix
from gdverify.pages.narrator import Narrator, applied

LATEX = Latex()
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def markdown(derivation: Derivation, page: str, command: str) -> str:
    """The text of the page.

    Args:
        derivation: what to write out.
        page: the name of the page, which is also that of its file; a folder in front is left out.
        command: the command that regenerates the file, for its banner.
    """
    name = page.rpartition("/")[2]
    narrator = Narrator(derivation)
    parts = [
        blocks.banner(command),
        f"# {name}",
        *_introduction(derivation, name),
        "## Tensors",
        *_tensors(derivation),
        "## Graph",
        f"{key(derivation).capitalize()}.",
        blocks.fenced("mermaid", diagram(derivation)),
        "## Forward",
        *_forward(narrator),
        *_functions(derivation),
        "## Backward",
        *_backward(narrator),
        "## Gradients in matrix form",
        *_matrix_form(derivation),
        "## Conventions at kinks",
        _kinks(narrator),
        "## The same in NumPy",
        f"[`{name}.py`]({name}.py) computes the forward pass, the loss, its gradients and every adjoint on this page.",
    ]
    return "\n\n".join(parts) + "\n"


def _introduction(derivation: Derivation, name: str) -> Iterator[str]:
    if derivation.name != name:
        yield f"A member of the family `{derivation.name}`."
    text, _, source = derivation.doc.partition("Source:")
    if text:
        yield blocks.prose(text)
    if source:
        yield f"Source: {blocks.prose(source)}"
    if derivation.upstream is None:
        yield (
            "This page derives the gradients of the loss, one application of the chain rule after the other. The "
            "*adjoint* of a tensor is the derivative of the loss by each of its entries, in the shape of the tensor; "
            "that of a parameter is its gradient."
        )
    else:
        yield (
            "This page derives what the operation passes back. The *adjoint* of a tensor is the derivative of a loss L "
            "by each of its entries, in the shape of the tensor. That of the result is given, as "
            f"`{derivation.upstream.name}`; those of the operands follow by the chain rule."
        )


def _tensors(derivation: Derivation) -> Iterator[str]:
    yield blocks.table(["tensor", "shape", "role"], _rows(derivation))
    runs = [f"{axis.letter} runs over {axis.name}" for axis in derivation.composition.axes]
    if runs:
        yield f"Indices: {', '.join(runs)}."
    numbered = next((t.name for t in derivation.composition.declared if t.name[-1].isdigit()), None)
    if numbered:
        yield f"In formulas a number stands above its letter, in brackets: {_superscript(numbered)}."


def _superscript(name: str) -> str:
    stem = name.rstrip("0123456789")
    return f"`{name}` is {stem}⁽{name.removeprefix(stem).translate(SUPERSCRIPTS)}⁾"


def _rows(derivation: Derivation) -> Iterator[tuple[str, str, str]]:
    for tensor in derivation.composition.declared:
        yield _row(tensor, tensor.role)
    for definition in derivation.forward:
        result = "loss, L in formulas" if derivation.upstream is None else "result"
        yield _row(definition.tensor, result if definition.tensor is derivation.result else "intermediate")
    if derivation.upstream is not None:
        yield _row(derivation.upstream, "adjoint of the result, given")


def _row(tensor: Tensor, role: str) -> tuple[str, str, str]:
    letters = index_letters(tensor.axes)
    entry = f"{tensor.name}[{', '.join(letters)}]" if letters else tensor.name
    return f"`{entry}`", f"({', '.join(axis.name for axis in tensor.axes)})", role


def _forward(narrator: Narrator) -> Iterator[str]:
    named: set[str] = set()
    for stage in narrator.stages:
        yield _operation(stage, narrator.derivation, named)
        yield blocks.equations([_sides(definition) for definition in stage.definitions])


def _sides(definition: Definition) -> tuple[str, str]:
    return LATEX.entry(definition.tensor, index_letters(definition.tensor.axes)), right_side(definition, LATEX)


def _operation(stage: Stage, derivation: Derivation, named: set[str]) -> str:
    """``a = f(z)``, and what f is where it occurs for the first time."""
    operation = stage.operation
    said = operation.name in named
    named.add(operation.name)
    if said or operation.name == derivation.name or not operation.doc:
        return f"`{applied(stage)}`{', the same operation' if said else ''}:"
    return f"`{applied(stage)}`. {blocks.prose(operation.doc)}"


def _functions(derivation: Derivation) -> Iterator[str]:
    found = function_equations(derivation, LATEX)
    if found:
        yield "## Derivatives of its functions"
        yield blocks.equations(found)


def _backward(narrator: Narrator) -> Iterator[str]:
    derivation = narrator.derivation
    if derivation.upstream is None:
        yield "From the loss, whose own adjoint is 1, each adjoint follows from those before it."
    else:
        yield f"From the adjoint of the result, `{derivation.upstream.name}`:"
    yield from _links(narrator, derivation.gradients)
    further = {t: d for t, d in derivation.every_adjoint.items() if t not in derivation.gradients}
    if further:
        yield "## Further back"
        yield "No parameter needs what follows; it is what a network in front of this one would receive."
        yield from _links(narrator, further)


def _links(narrator: Narrator, adjoints: Mapping[Tensor, Definition]) -> Iterator[str]:
    for link in links(narrator.derivation, adjoints):
        yield f"### {'Gradient' if link.tensor.role == 'parameter' else 'Adjoint'} of `{link.tensor.name}`"
        yield narrator.link(link)
        yield blocks.equations(_steps(link))


def _steps(link: Link) -> list[tuple[str, str]]:
    """The chain rule as such, and with the derivatives put in."""
    left, right = _sides(link.adjoint)
    general = chain_rule(link, LATEX)
    return [(left, general), ("", right)] if general else [(left, right)]


def _matrix_form(derivation: Derivation) -> Iterator[str]:
    if not derivation.composition.axes:
        yield "Every tensor is a number here: the formulas above are all there is."
        return
    made = program(derivation)
    matrix = Matrix(_named(derivation))
    forward, backward = ([matrix.sides(s) for s in statements] for statements in (made.forward, made.backward))
    written = "".join(left + right for left, right in (*forward, *backward))
    yield blocks.bullets([*(text for symbol, text in LEGEND.items() if symbol in written), BROADCASTING])
    yield "Forward:"
    yield blocks.equations(forward)
    yield "Backward:"
    yield blocks.equations(backward)


def _named(derivation: Derivation) -> dict[str, Tensor]:
    made: Iterable[Definition] = (*derivation.forward, *derivation.every_adjoint.values())
    return {t.name: t for t in (*derivation.arguments, *(definition.tensor for definition in made))}


def _kinks(narrator: Narrator) -> str:
    derivation = narrator.derivation
    found = [kink for kink in kinks(derivation.forward) if kink.operand in derivation.every_adjoint]
    return blocks.bullets(map(narrator.kink, found)) or "None: no derivative on this page jumps."
