"""``gdverify explain``: show one derivation, step by step."""

from __future__ import annotations

from pathlib import Path

import click

from gdverify.commands.options import of_the_family


@click.command("explain")
@click.argument("name")
@of_the_family
@click.option(
    "--hessian",
    type=click.Choice(["product", "diagonal"]),
    help="Second derivatives: the product of the Hessian with a direction, or its diagonal.",
)
@click.option("--latex", "form", flag_value="latex", help="The equations in LaTeX, a line each.")
@click.option("--markdown", "form", flag_value="markdown", help="The page, as gdverify derive writes it.")
@click.option("--numpy", "form", flag_value="numpy", help="The NumPy module, as gdverify derive writes it.")
def command(name: str, words: tuple[str, ...], hessian: str | None, form: str | None) -> None:
    """Show how the gradients of NAME, or with --hessian its second derivatives, follow from its forward equations.

    NAME is a page, an architecture or an operation of the catalogue (gdverify list shows them), or your own:
    FILE:NAME or MODULE:NAME.
    """
    from gdverify.commands.settings import parsed
    from gdverify.commands.targets import FOLDER, resolve

    target = resolve(name, parsed(words))
    page = target.page_in() if hessian is None else target.hessian_in(Path(FOLDER), hessian)
    if form is None:
        from rich.console import Console

        from gdverify.report.explanation import explain

        explain(page, Console(highlight=False))
    elif form == "latex":
        from gdverify.report.explanation import latex

        click.echo("\n".join(latex(page)))
    else:
        ending = ".py" if form == "numpy" else ".md"
        click.echo(next(text for file, text in page.files.items() if file.endswith(ending)), nl=False)
