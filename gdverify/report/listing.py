"""The catalogue as tables: what there is, and its equations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gdverify import catalogue
from gdverify.codegen.formulas import Text as Plain
from gdverify.codegen.formulas import formula
from gdverify.commands.settings import defaults
from gdverify.derivation.kinks import kinks
from gdverify.derivation.steps import Derivation, Source, derive
from gdverify.pages.blocks import summary
from gdverify.report.layout import filled, width_of

GAP = 2


def listing(kinds: Iterable[str], console: Console) -> None:
    """Print a table for each kind."""
    for kind in kinds:
        console.print(Text(kind, "bold"))
        console.print(_table(sources(kind), width_of(console)))
        console.print()


def sources(kind: str) -> Mapping[str, Source]:
    """What there is of a kind, by name."""
    if kind == "architectures":
        return catalogue.architectures()
    losses = catalogue.losses()
    return losses if kind == "losses" else {n: o for n, o in catalogue.operations().items() if n not in losses}


def _table(found: Mapping[str, Source], width: int) -> Table:
    column = max(len(name) for name in found) + GAP
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(no_wrap=True, style="cyan")
    table.add_column(no_wrap=True)
    for name, source in found.items():
        table.add_row(Text(name), _described(source, width - column))
    return table


def _described(source: Source, width: int) -> Text:
    """What it is, its options, and its equations."""
    derivation = derive(source)
    about = Text("\n".join(filled(summary(source.doc), width, hang=0)))
    options = ", ".join(f"{name}={_shown(value)}" for name, value in defaults(source).items())
    if options:
        about.append("\n" + "\n".join(filled(f"options: {options}", width)), "dim")
    for equation in _equations(derivation):
        about.append("\n" + "\n".join(filled(equation, width)), "green")
    for convention in dict.fromkeys(_conventions(derivation)):
        about.append("\n" + "\n".join(filled(convention, width)), "dim")
    return about


def _equations(derivation: Derivation) -> Iterable[str]:
    return (formula(definition, Plain()) for definition in derivation.forward)


def _conventions(derivation: Derivation) -> Iterable[str]:
    """The derivative that is declared at each kink, and those that are allowed."""
    for kink in kinks(derivation.forward):
        if kink.operand in derivation.every_adjoint and not kink.place.jumps:
            ends = (kink.place.value, kink.place.lower, kink.place.upper)
            declared, lower, upper = (_shown(end) if end.is_Rational else kink.named(end) for end in ends)
            yield f"derivative where {' = '.join(kink.sides)}: {declared}; allowed: [{lower}, {upper}]"


def _shown(value: object) -> str:
    return Plain().number(value) if hasattr(value, "q") else str(value)
