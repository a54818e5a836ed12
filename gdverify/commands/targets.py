"""What a name on the command line stands for: a page, something of the catalogue, or the user's own definition."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from gdverify import catalogue
from gdverify.codegen.second import hessian_diagonal, hessian_product
from gdverify.commands.settings import chosen_options, defaults
from gdverify.derivation.steps import Derivation, Source, derive
from gdverify.errors import UsageError, unknown
from gdverify.loading import LoadError, is_file, load, split
from gdverify.notation.architecture import Architecture
from gdverify.notation.operation import Operation
from gdverify.pages.files import OPERATIONS, HessianPage, Page, command

FOLDER = "derivations"
HESSIANS = {"product": hessian_product, "diagonal": hessian_diagonal}


@dataclass(frozen=True)
class Target:
    """Something to derive, as it was asked for.

    Attributes:
        page: the name of its page.
        spelled: what stands for it on the command line, without options.
        source: the operation or architecture.
        options: of the family, chosen.
        settings: the options as they stand on the command line.
    """

    page: str
    spelled: str
    source: Source
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def derivation(self) -> Derivation:
        """The derivation; raises NotationError where the definition is not well formed."""
        return derive(self.source, **self.options)

    def command(self, folder: Path = Path(FOLDER), *more: str) -> str:
        """The command that regenerates the page in a folder; a path outside of this one is left out."""
        options = [word for name, value in self.settings.items() for word in ("--set", f"{name}={value}")]
        return command(self.spelled, *options, *more, *folder_option(folder))

    def page_in(self, folder: Path = Path(FOLDER)) -> Page:
        """The page, to be written to a folder."""
        return Page(self.page, self.derivation, self.command(folder))

    def hessian_in(self, folder: Path, kind: str) -> HessianPage:
        """The file of second derivatives of a kind, a row of `HESSIANS`, to be written to a folder."""
        name, again = f"{self.page}_hessian_{kind}", self.command(folder, "--hessian", kind)
        return HessianPage(name, self.derivation, again, HESSIANS[kind](self.source, **self.options))


def folder_option(folder: Path) -> list[str]:
    """The option that names a folder: nothing for the usual one, and for one whose name holds on this machine only."""
    place = _here(folder)
    return [] if place is None or place == FOLDER else ["--into", place]


def _here(path: Path) -> str | None:
    """The path as seen from here; None where it lies outside."""
    resolved, here = path.resolve(), Path.cwd().resolve()
    return resolved.relative_to(here).as_posix() if resolved.is_relative_to(here) else None


def resolve(target: str, settings: Mapping[str, str]) -> Target:
    """The one page that a target stands for.

    Raises:
        UnknownName: nothing has that name; the message says what is close.
        UsageError: the target stands for several, or a setting does not fit.
        LoadError: a file or module that cannot be imported.
        NotationError: the definition is not well formed.
    """
    found = find(target, settings)
    if len(found) > 1:
        names = ", ".join(one.spelled for one in found)
        raise UsageError(f"{target} defines {len(found)} of them; name one: {names}.")
    return found[0]


def find(target: str, settings: Mapping[str, str]) -> Sequence[Target]:
    """Everything that a target stands for; raises as `resolve` does."""
    name = target.removeprefix(f"{OPERATIONS}/")  # the name of a page works as well
    if name in _known():
        return [_catalogued(name, settings)]
    place, wanted = split(target)
    # A word that names no file may still be a module; if it is not, it was meant for a name of the catalogue.
    if target.isidentifier() and not is_file(target) and not _is_module(target):
        raise unknown("page, architecture or operation", target, _known())
    return _users(place, wanted, settings)


def _known() -> list[str]:
    return [*dict.fromkeys([*catalogue.DOCUMENTED, *catalogue.architectures(), *catalogue.operations()])]


def _is_module(name: str) -> bool:
    try:
        load(name)
    except LoadError as error:
        missing = error.__cause__
        if isinstance(missing, ModuleNotFoundError) and missing.name == name:
            return False
        raise
    return True


def _catalogued(name: str, settings: Mapping[str, str]) -> Target:
    family, preset = catalogue.DOCUMENTED.get(name, (name, {}))
    source = catalogue.find(family)
    options = {**preset, **chosen_options(source, settings, catalogue.operations())}
    if settings:
        for page, (other, others) in catalogue.DOCUMENTED.items():
            if other == family and defaults(source) | others == defaults(source) | _by_name(options):
                return Target(page, page, source, others)
    ordered = _ordered(source, settings)
    folder = f"{OPERATIONS}/" if isinstance(source, Operation) else ""
    return Target(folder + _with_settings(name, ordered), name, source, options, ordered)


def _by_name(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.name if isinstance(value, Operation) else value for name, value in options.items()}


def _ordered(source: Source, settings: Mapping[str, str]) -> dict[str, str]:
    """In the order of the family's options: one choice, one page, one command."""
    return {name: settings[name] for name in defaults(source) if name in settings}


def _with_settings(name: str, settings: Mapping[str, str]) -> str:
    """``mlp_hidden3_relu``: names of operations speak for themselves, numbers need theirs."""
    words = [v if v.isidentifier() else f"{k}{v}" for k, v in settings.items()]
    return re.sub(r"\W+", "_", "_".join([name, *words]))


def _users(place: str, wanted: str | None, settings: Mapping[str, str]) -> Sequence[Target]:
    module = load(place)
    held = {name: v for name, v in vars(module).items() if isinstance(v, (Architecture, Operation))}
    own = {name: v for name, v in held.items() if v.function.__module__ == module.__name__}
    if wanted is not None and wanted not in held:
        raise unknown(f"architecture or operation in {place}:", wanted, held) if held else _none(place)
    if not own and wanted is None:
        raise _none(place)
    chosen = {wanted: held[wanted]} if wanted is not None else own
    known = catalogue.operations() | {name: v for name, v in held.items() if isinstance(v, Operation)}
    return [_user(place, name, source, settings, known) for name, source in chosen.items()]


def _none(place: str) -> UsageError:
    return UsageError(
        f"{place} defines neither an architecture nor an operation; mark a function that returns a loss with "
        "@gdverify.architecture, or a forward equation with @gdverify.operation. What is imported from elsewhere is "
        f"derived when it is named: {place}:NAME."
    )


def _user(place: str, name: str, source: Source, settings: Mapping[str, str], known: Mapping[str, Operation]) -> Target:
    shown = (_here(Path(place)) or Path(place).name) if is_file(place) else place
    options = chosen_options(source, settings, known)
    ordered = _ordered(source, settings)
    return Target(_with_settings(name, ordered), f"{shown}:{name}", source, options, ordered)
