"""``gdverify write``: a pytest file with the bindings spelled out, and a check of each thing found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gdverify.commands import options
from gdverify.commands.progress import Progress
from gdverify.loading import split


@click.command("write")
@click.argument("targets", nargs=-1, required=True, metavar="FILE_OR_MODULE[:NAME]...")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Where to write; - for standard output.  [default: test_<name>_gradients.py]",
)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@options.examples("subject")
@options.seed
@options.of_code
def command(
    targets: tuple[str, ...],
    output: str | None,
    force: bool,
    examples: int,
    seed: int,
    loss: str | None,
    against: str | None,
    regularisation: str | None,
) -> None:
    """Write a test file for hand-written gradients.

    What can be audited in a TARGET is found and bound as `gdverify audit` does it. For each thing found the file says
    where its numbers are, and checks its gradients; what could not be bound stands in it as a question. The file is
    short, and yours: edit it, and run it with pytest.

    Exit codes: 0 written, 2 usage or input.
    """
    from gdverify.commands.asked import Asked
    from gdverify.commands.judging import done
    from gdverify.commands.saving import Saving, command_line
    from gdverify.commands.tasks import Write
    from gdverify.writing.piece import Piece

    declared = {"loss": loss, "against": against, "regularisation": regularisation}
    asked = Asked(examples, seed, None, None, "auto", 256, declared)
    saving = Saving.into(output or _named_after(targets), targets, "--force", force)
    made: dict[str, list[Piece]] = {target: [] for target in targets}
    for target, one in done(targets, lambda target: (Write(saving.called[target]),), asked, Progress()):
        assert isinstance(one, Piece)
        made[target].append(one)
    saving.write(made, command_line("write", targets, asked), asked)


def _named_after(targets: Sequence[str]) -> str:
    """``test_net_gradients.py`` for ``net.py``."""
    places = dict.fromkeys(split(target)[0] for target in targets)
    stems = [Path(place).stem if Path(place).suffix else place.rpartition(".")[2] for place in places]
    return f"test_{stems[0]}_gradients.py" if len(stems) == 1 else "test_gradients.py"
