"""``gdverify explain``: show one derivation, step by step."""

from __future__ import annotations

import click

from gdverify.commands.options import of_the_family


@click.command("explain")
@click.argument("name")
@of_the_family
@click.option("--latex", "form", flag_value="latex", help="The equations in LaTeX, a line each.")
@click.option("--markdown", "form", flag_value="markdown", help="The page, as gdverify derive writes it.")
@click.option("--numpy", "form", flag_value="numpy", help="The NumPy module, as gdverify derive writes it.")
def command(name: str, words: tuple[str, ...], form: str | None) -> None:
    """Show how the gradients of NAME follow from its forward equations.

    NAME is a page, an architecture or an operation of the catalogue (gdverify list shows them), or your own:
    FILE:NAME or MODULE:NAME.
    """
    from gdverify.commands.settings import parsed
    from gdverify.commands.targets import resolve

    target = resolve(name, parsed(words))
    if form is None:
        from rich.console import Console

        from gdverify.report.explanation import explain

        explain(target.derivation, target.page, Console(highlight=False))
    elif form == "latex":
        from gdverify.report.explanation import latex

        click.echo("\n".join(latex(target.derivation)))
    else:
        ending = ".py" if form == "numpy" else ".md"
        click.echo(next(text for file, text in target.page_in().files.items() if file.endswith(ending)), nl=False)
