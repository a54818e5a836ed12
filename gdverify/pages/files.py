"""The pages that the project keeps, as files: ``gdverify derive`` writes them, with ``--check`` compares them."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gdverify import catalogue
from gdverify.codegen.formulas import Text, formula
from gdverify.codegen.second import Hessian
from gdverify.codegen.source import python_source
from gdverify.derivation.steps import Derivation, derive
from gdverify.pages import blocks, second
from gdverify.pages.markdown import markdown

INDEX = "README.md"
OPERATIONS = "operations"


@dataclass(frozen=True)
class Page:
    """One derivation as files.

    Attributes:
        name: of its files, with the folder in front and without the ending.
        derivation: what is written out.
        command: regenerates the files.
    """

    name: str
    derivation: Derivation
    command: str

    @property
    def files(self) -> dict[str, str]:
        """The text of each file, by its name."""
        return page_files(self.name, self.derivation, self.command)


@dataclass(frozen=True)
class HessianPage(Page):
    """Second derivatives, beside the files of the derivation.

    Attributes:
        hessian: what is written out.
    """

    hessian: Hessian

    @property
    def files(self) -> dict[str, str]:
        """The text of each file, by its name."""
        return {
            f"{self.name}.py": self.hessian.source(self.command),
            f"{self.name}.md": second.markdown(self.hessian, self.name, self.command),
        }


def page_files(name: str, derivation: Derivation, command: str) -> dict[str, str]:
    """The NumPy module and the page of one derivation, by file name."""
    return {
        f"{name}.py": python_source(derivation, command),
        f"{name}.md": markdown(derivation, name, command),
    }


def documented_pages(options: Sequence[str] = ()) -> Iterator[Page]:
    """All pages that the project keeps: the documented architectures, then every operation.

    Args:
        options: of the command that regenerates each, such as that which names the folder.
    """
    for name, (architecture, chosen) in catalogue.DOCUMENTED.items():
        yield Page(name, derive(catalogue.find(architecture), **chosen), command(name, *options))
    for name, operation in catalogue.operations().items():
        yield Page(f"{OPERATIONS}/{name}", derive(operation), command(name, *options))


def command(*words: str) -> str:
    """The command that regenerates a file, in one line."""
    return shlex.join(["gdverify", "derive", *words]).replace("\n", " ")


def index(pages: Iterable[Page], options: Sequence[str] = ()) -> str:
    """The text of the folder's table of contents; options as of `documented_pages`."""
    known = {page.name: page for page in pages}
    parts = [
        blocks.banner(command(*options)),
        "# Derivations",
        "Each page derives gradients step by step, from the loss to the first weight; the Python file of the same name "
        "computes them with NumPy alone. Everything here is generated from the forward equations.",
        "## Networks",
        _table("loss", [page for name, page in known.items() if "/" not in name]),
    ]
    for family in catalogue.OPERATION_FAMILIES:
        members = [f"{OPERATIONS}/{name}" for name in catalogue.operations(family)]
        parts += [f"## {family.capitalize()}", _table("equation", [known[name] for name in members if name in known])]
    return "\n\n".join(parts) + "\n"


def _table(what: str, pages: Iterable[Page]) -> str:
    rows = (
        (
            f"[{page.name.rpartition('/')[2]}]({page.name}.md)",
            blocks.prose(blocks.summary(page.derivation.doc)) + _options(page.name),
            f"`{_equation(page.derivation)}`",
        )
        for page in pages
    )
    return blocks.table(["page", "what it is", what], rows)


def _options(name: str) -> str:
    _, chosen = catalogue.DOCUMENTED.get(name, (name, {}))
    return f" With {', '.join(f'{key} = {value}' for key, value in chosen.items())}." if chosen else ""


def _equation(derivation: Derivation) -> str:
    """The loss of a network; everything that an operation computes."""
    wanted = derivation.forward[-1:] if derivation.composition.role("parameter") else derivation.forward
    return "; ".join(formula(definition, Text()) for definition in wanted)


@dataclass(frozen=True)
class Difference:
    """A file that is not as it would be generated.

    Attributes:
        kind: ``missing``, ``stale`` or ``extra``.
        name: of the file, in the folder.
        diff: from what is there to what would be generated, for a stale file.
    """

    kind: str
    name: str
    diff: str = ""


def check(folder: Path, files: Mapping[str, str], extras: bool = True) -> list[Difference]:
    """How a folder differs from the files that should be in it.

    Args:
        folder: where the files are.
        files: the text of each, by its name.
        extras: whether a file that is not among them is a difference.
    """
    found = [difference for name, text in files.items() if (difference := _compared(folder / name, name, text))]
    present = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file()) if extras else []
    unknown = [path.as_posix() for path in present if "__pycache__" not in path.parts]
    return [*found, *(Difference("extra", name) for name in unknown if name not in files)]


def _compared(path: Path, name: str, text: str) -> Difference | None:
    if not path.is_file():
        return Difference("missing", name)
    there = path.read_bytes()
    if there == text.encode():
        return None
    old, new = (lines.splitlines(keepends=True) for lines in (there.decode(errors="replace"), text))
    return Difference("stale", name, "".join(difflib.unified_diff(old, new, f"{path}", f"{path} (generated)")))
