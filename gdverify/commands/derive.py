"""``gdverify derive``: write derivations as NumPy modules and as pages to read."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gdverify.commands.options import of_the_family
from gdverify.commands.progress import Progress

if TYPE_CHECKING:
    from gdverify.pages.files import Difference, Page

FOLDER = Path("derivations")


@click.command("derive")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=FOLDER,
    show_default=True,
    metavar="DIR",
    help="The folder of the files.",
)
@of_the_family
@click.option(
    "--hessian",
    type=click.Choice(["product", "diagonal"]),
    help="Write second derivatives in place of the page: times a direction, or by each entry alone.",
)
@click.option("--check", "checking", is_flag=True, help="Write nothing; show what is missing, stale or extra.")
def command(targets: tuple[str, ...], into: Path, words: tuple[str, ...], hessian: str | None, checking: bool) -> None:
    """Generate the NumPy module and the page of each TARGET; without one, of all that the project keeps.

    A TARGET is a page, an architecture or an operation of the catalogue (gdverify list shows them), or your own:
    FILE[:NAME] or MODULE[:NAME].

    Exit codes: 0 done, or nothing differs; 1 a file differs (--check); 2 usage or input.
    """
    from gdverify.errors import UsageError

    if words and not targets:
        raise UsageError("--set needs a TARGET: the family whose option it is, for example mlp.")
    if hessian and not targets:
        raise UsageError(
            "--hessian needs a TARGET: the loss or network whose second derivatives are asked for, for example "
            "softmax_cross_entropy."
        )
    files = _files(targets, into, words, hessian)
    if checking:
        again = shlex.join(["gdverify", "derive", *targets, *_options(into, words, hessian)])
        raise SystemExit(_check(into, files, extras=not targets, again=again))
    _write(into, files)


def _options(into: Path, words: Iterable[str], hessian: str | None) -> list[str]:
    folder = [] if into == FOLDER else ["--into", str(into)]
    kind = [] if hessian is None else ["--hessian", hessian]
    return [*folder, *(part for word in words for part in ("--set", word)), *kind]


def _files(targets: Sequence[str], into: Path, words: Sequence[str], hessian: str | None) -> dict[str, str]:
    """The text of every file, by its name in the folder."""
    from gdverify.commands.targets import folder_option
    from gdverify.pages.files import INDEX, documented_pages, index

    progress = Progress()
    options = folder_option(into)
    pages: dict[str, Page] = {}
    files: dict[str, str] = {}
    for page in _pages(targets, into, words, hessian) if targets else documented_pages(options):
        progress(f"deriving {page.name} …")
        _refuse_clash(pages, page)
        pages[page.name] = page
        files |= page.files
    return files if targets else files | {INDEX: index(pages.values(), options)}


def _pages(targets: Sequence[str], into: Path, words: Sequence[str], hessian: str | None) -> Iterator[Page]:
    from gdverify.commands.settings import parsed
    from gdverify.commands.targets import find

    settings = parsed(words)
    # All are found before the first is derived: a typo in the last target should not cost a wait.
    for found in [one for target in targets for one in find(target, settings)]:
        yield found.page_in(into) if hessian is None else found.hessian_in(into, hessian)


def _refuse_clash(pages: dict[str, Page], page: Page) -> None:
    from gdverify.errors import UsageError

    other = pages.get(page.name)
    if other is not None and other.command != page.command:
        raise UsageError(
            f"two targets would be written to {page.name}.py: {other.command}, and {page.command}; "
            "derive them into different folders with --into."
        )


def _write(folder: Path, files: dict[str, str]) -> None:
    from gdverify.commands.generated import write

    written = write(folder, files)
    for name in written:
        click.echo(f"wrote {folder / name}")
    if len(files) > len(written):
        click.echo(f"unchanged: {len(files) - len(written)} of {len(files)} files in {folder}")


def _check(folder: Path, files: dict[str, str], extras: bool, again: str) -> int:
    """Print the differences and what mends them; the exit code."""
    from gdverify.pages.files import check

    found = check(folder, files, extras)
    for difference in found:
        click.echo(f"{difference.kind} {folder / difference.name}")
        click.echo(difference.diff, nl=False)
    for line in _remedies(folder, found, again):
        click.echo(line)
    if not found:
        click.echo(f"{len(files)} files in {folder} are as they would be generated")
    return 1 if found else 0


def _remedies(folder: Path, found: Sequence[Difference], again: str) -> Iterator[str]:
    if any(difference.kind != "extra" for difference in found):
        yield f"update with: {again}"
    extra = [str(folder / difference.name) for difference in found if difference.kind == "extra"]
    if extra:
        yield f"remove what is extra with: {shlex.join(['rm', *extra])}"
