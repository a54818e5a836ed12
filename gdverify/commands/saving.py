"""The file that `gdverify write` and `gdverify audit --save-binding` write."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gdverify.commands.options import DEFAULT_EXAMPLES
from gdverify.errors import UsageError
from gdverify.files import CannotWrite
from gdverify.loading import split

if TYPE_CHECKING:
    from gdverify.commands.asked import Asked
    from gdverify.writing.called import Called
    from gdverify.writing.piece import Piece

STDOUT = "-"


@dataclass(frozen=True)
class Saving:
    """A file of bindings and tests.

    Attributes:
        file: its path, or ``-`` for standard output.
        called: what each target is called in it.
    """

    file: str
    called: Mapping[str, Called]

    @classmethod
    def into(cls, file: str, targets: Sequence[str], option: str = "", overwriting: bool = False) -> Saving:
        """The file for some targets.

        Args:
            file: its path, or ``-``.
            targets: as they were given.
            option: that lets a file be written over; empty where there is none.
            overwriting: whether it was given.

        Raises:
            UsageError: the file is there already.
            CannotWrite: its folder is not.
        """
        from gdverify.writing.called import called

        path = Path("x" if file == STDOUT else file)
        if file != STDOUT and path.exists() and not overwriting:
            remedy = f", or write over it with {option}" if option else ""
            raise UsageError(f"{file} exists already, and may have been edited: name another file{remedy}.")
        if not path.resolve().parent.is_dir():
            raise CannotWrite(f"cannot write {file}: there is no folder {path.parent}; make it, or name another file.")
        places = [split(target)[0] for target in targets]
        return cls(file, dict(zip(targets, called(places, path.resolve().parent), strict=True)))

    def write(self, made: Mapping[str, Sequence[Piece]], command: str, asked: Asked) -> None:
        """Write the file whole, and say so on standard error.

        Args:
            made: the pieces by target.
            command: that was given, without what says where to write.
            asked: by its options.
        """
        from gdverify import files
        from gdverify.writing.document import document

        text = document([(self.called[target], pieces) for target, pieces in made.items()], command, _changed(asked))
        if self.file == STDOUT:
            click.echo(text, nl=False)
            return
        files.replace(Path(self.file), text)
        click.echo(f"written: {self.file}", err=True)


def _changed(asked: Asked) -> dict[str, int]:
    """The options of a check that are not those by default."""
    said = {"examples": (asked.examples, DEFAULT_EXAMPLES), "seed": (asked.seed, 0)}
    return {name: value for name, (value, default) in said.items() if value != default}


def command_line(name: str, targets: Sequence[str], asked: Asked) -> str:
    """The command as it was given."""
    said = {**asked.declared, **_changed(asked)}
    options = [word for option, value in said.items() if value is not None for word in (f"--{option}", str(value))]
    return shlex.join(["gdverify", name, *targets, *options])
