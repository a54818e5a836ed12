"""A derivation as it is read in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatch

from rich.console import Console
from rich.text import Text

from gdverify.codegen.formulas import Latex, formula, index_letters, right_side
from gdverify.codegen.formulas import Text as Plain
from gdverify.derivation.graph import Definition
from gdverify.derivation.kinks import kinks
from gdverify.derivation.links import Link, links
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor
from gdverify.pages.blocks import summary
from gdverify.pages.chain import chain_rule
from gdverify.pages.files import HessianPage, Page
from gdverify.pages.functions import function_equations
from gdverify.pages.narrator import Narrator, applied
from gdverify.pages.second import Line as Equation
from gdverify.pages.second import SecondLatex, sections
from gdverify.report.layout import INDENT, filled, width_of

PLAIN, LATEX = Plain(), Latex()
HEADING, NAME, WORDS, FORMULA = "bold", "cyan", "dim", ""
Line = tuple[str, int, str]  # style, indentation, text


def explain(page: Page, console: Console) -> None:
    """Print a page: tensors, forward equations, each link of the chain, conventions at kinks."""
    for style, indent, text in _lines(page):
        hang = 0 if style == WORDS else INDENT
        for line in filled(text, width_of(console), indent, hang) if text else [""]:
            console.print(Text(line, style), soft_wrap=True)


@singledispatch
def latex(page: Page) -> Iterator[str]:
    """Every equation of a page in LaTeX, a line each, to be pasted; sections are comments."""
    derivation = page.derivation
    yield "% forward"
    yield from (formula(definition, LATEX) for definition in derivation.forward)
    yield "% backward"
    for link in links(derivation, derivation.every_adjoint):
        yield " = ".join(_sides(link, LATEX))


@latex.register
def _(page: HessianPage) -> Iterator[str]:
    style = SecondLatex(page.hessian)
    for title, lines in sections(page.hessian).items():
        yield f"% {title}"
        yield from (formula(line.definition, style) for line in lines)


def _sides(link: Link, style: Plain) -> list[str]:
    """The adjoint, the chain rule as such where it says something, and the chain rule with derivatives put in."""
    tensor = link.adjoint.tensor
    left = style.entry(tensor, index_letters(tensor.axes))
    general = chain_rule(link, style)
    return [left, *([general] if general else []), right_side(link.adjoint, style)]


@singledispatch
def _lines(page: Page) -> Iterator[Line]:
    derivation = page.derivation
    narrator = Narrator(derivation)
    yield from _head(page)
    yield from _section("tensors", _tensors(derivation))
    yield from _section("forward", _forward(narrator))
    yield from _section("derivatives of its functions", _functions(derivation))
    yield from _section("backward", _links(narrator, derivation.gradients))
    further = {t: d for t, d in derivation.every_adjoint.items() if t not in derivation.gradients}
    yield from _section("further back, which no parameter needs", _links(narrator, further))
    yield from _section("conventions at kinks", _kinks(narrator))


@_lines.register
def _(page: HessianPage) -> Iterator[Line]:
    yield from _head(page)
    yield WORDS, 0, page.hessian.title
    given = ((tensor.name, _shape(tensor)) for tensor in page.hessian.order.directions)
    yield from _section("directions", ((FORMULA, INDENT, "  ".join(pair)) for pair in given))
    for title, lines in sections(page.hessian).items():
        yield from _section(title, _said(lines))


def _said(lines: Iterable[Equation]) -> Iterator[Line]:
    for line in lines:
        if line.said:
            yield WORDS, INDENT, line.said.replace("`", "")
        yield FORMULA, 2 * INDENT if line.said else INDENT, formula(line.definition, PLAIN)


def _head(page: Page) -> Iterator[Line]:
    """The name, what it is, and its source."""
    yield HEADING, 0, page.name.rpartition("/")[2]
    doc = page.derivation.doc
    if summary(doc):
        yield WORDS, 0, summary(doc)
    _, _, source = doc.partition("Source:")
    if source:
        yield WORDS, 0, f"Source: {' '.join(source.split())}"


def _section(title: str, lines: Iterator[Line]) -> Iterator[Line]:
    found = list(lines)
    if found:
        yield from [(FORMULA, 0, ""), (HEADING, 0, title)]
        yield from found


def _tensors(derivation: Derivation) -> Iterator[Line]:
    made = [definition.tensor for definition in derivation.forward]
    rows = [(tensor.name, _shape(tensor), _role(derivation, tensor)) for tensor in (*derivation.arguments, *made)]
    names, shapes = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, shape, role in rows:
        yield FORMULA, INDENT, f"{name:{names}}  {shape:{shapes}}  {role}"
    runs = [f"{axis.letter} runs over {axis.name}" for axis in derivation.composition.axes]
    if runs:
        yield WORDS, INDENT, f"{', '.join(runs)}."


def _role(derivation: Derivation, tensor: Tensor) -> str:
    if tensor is derivation.result:
        return "loss" if derivation.upstream is None else "result"
    return "given" if tensor is derivation.upstream else tensor.role


def _shape(tensor: Tensor) -> str:
    return f"({', '.join(axis.name for axis in tensor.axes)})"


def _forward(narrator: Narrator) -> Iterator[Line]:
    for stage in narrator.stages:
        yield NAME, INDENT, applied(stage)
        for definition in stage.definitions:
            yield FORMULA, 2 * INDENT, formula(definition, PLAIN)


def _functions(derivation: Derivation) -> Iterator[Line]:
    for left, right in function_equations(derivation, PLAIN):
        yield FORMULA, INDENT, f"{left} = {right}"


def _links(narrator: Narrator, adjoints: Mapping[Tensor, Definition]) -> Iterator[Line]:
    for link in links(narrator.derivation, adjoints):
        yield NAME, INDENT, f"{link.adjoint.tensor.name}  {_shape(link.tensor)}"
        yield WORDS, 2 * INDENT, narrator.link(link).replace("`", "")
        left, *rest = _sides(link, PLAIN)
        for at, side in enumerate(rest):
            yield FORMULA, 2 * INDENT, f"{' ' * len(left) if at else left} = {side}"


def _kinks(narrator: Narrator) -> Iterator[Line]:
    derivation = narrator.derivation
    found = [kink for kink in kinks(derivation.forward) if kink.operand in derivation.every_adjoint]
    for kink in found:
        yield WORDS, INDENT, narrator.kink(kink).replace("`", "")
    if not found:
        yield WORDS, INDENT, "None: no derivative jumps."
