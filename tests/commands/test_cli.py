"""The command line itself: what is no command is told which one is meant."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from gdverify.cli import COMMANDS, main


@pytest.mark.parametrize(("typed", "meant"), [("audti", "audit"), ("derives", "derive"), ("explian", "explain")])
def test_a_typo_is_told_what_is_meant(typed: str, meant: str) -> None:
    result = CliRunner().invoke(main, [typed, "net.py"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"gdverify: unknown command '{typed}': did you mean {meant}")


def test_what_is_like_none_is_told_all() -> None:
    result = CliRunner().invoke(main, ["zzz"])
    assert result.exit_code == 2
    assert all(name in result.stderr for name in COMMANDS)
