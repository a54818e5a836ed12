"""The user's targets judged, and what was found in them saved where that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gdverify.auditing.verdicts import SubjectReport
from gdverify.commands.asked import Asked
from gdverify.commands.judging import done
from gdverify.commands.progress import Progress
from gdverify.commands.saving import Saving, command_line
from gdverify.commands.tasks import Judge, Task, Write
from gdverify.writing.piece import Piece


def audited(targets: Sequence[str], asked: Asked, progress: Progress, file: str | None) -> Iterator[SubjectReport]:
    """The reports on everything in the targets, in their order.

    Args:
        targets: as they were given.
        asked: the options.
        progress: says how far it is.
        file: for the bindings of what is found; None for none.

    Raises:
        GdverifyError: a target that is not there, cannot be loaded, or has nothing to judge; or a file that is there.
    """
    saving = None if file is None else Saving.into(file, targets)

    def tasks(target: str) -> tuple[Task, ...]:
        return (Judge(),) if saving is None else (Judge(), Write(saving.called[target]))

    pieces: dict[str, list[Piece]] = {target: [] for target in targets}
    for target, one in done(targets, tasks, asked, progress):
        if isinstance(one, Piece):
            pieces[target].append(one)
        else:
            yield one
    if saving is not None:
        saving.write(pieces, command_line("audit", targets, asked), asked)
