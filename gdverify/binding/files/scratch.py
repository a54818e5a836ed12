"""Where foreign code runs: a scratch directory, no input, arguments of its own, nothing printed."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gdverify.auditing.confinement import quiet


@contextlib.contextmanager
def scratch(file: Path) -> Iterator[None]:
    """Run what is inside as the program ``file``, away from the user's files and terminal."""
    before = os.getcwd(), sys.stdin, sys.argv
    with tempfile.TemporaryDirectory(prefix="gdverify-", ignore_cleanup_errors=True) as folder, quiet():
        os.chdir(folder)
        sys.stdin, sys.argv = io.StringIO(), [str(file)]  # input() raises EOFError
        try:
            yield
        finally:
            os.chdir(before[0])
            sys.stdin, sys.argv = before[1:]
