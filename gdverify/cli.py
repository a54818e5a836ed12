"""The command line; each command lives in `gdverify.commands` and is imported when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from gdverify.errors import GdverifyError, unknown

COMMANDS = {
    "audit": "judge an implementation's gradients",
    "derive": "generate NumPy and derivation pages",
    "explain": "show one derivation",
    "list": "operations, losses and architectures, with their equations",
    "new": "start an architecture of your own",
    "mutate": "plant mistakes in right gradients, and count those that an audit notices",
    "reproduce": "run the documented experiments with the documented and the right gradient",
    "write": "write a test file for an implementation, with its binding spelled out",
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are needed, so that --help costs no imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            raise unknown("command", cmd_name, COMMANDS)
        module = importlib.import_module(f"gdverify.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except GdverifyError as error:
            click.echo(f"gdverify: {error}", err=True)
            ctx.exit(2)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gdverify")
def main() -> None:
    """Verify hand-written gradients: is this backward pass right, how do you know, and if not, why not?

    Exit codes: 0 right, 1 wrong gradient, 2 usage or input.
    """


if __name__ == "__main__":
    sys.exit(main())
