"""Writing a file whole or not at all: nobody reads half of it, and a failure leaves the old one."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from gdverify.errors import GdverifyError


class CannotWrite(GdverifyError, OSError):
    """A file could not be written; the message names it and says what to do."""


def replace(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Write ``data`` (text as UTF-8) to ``path`` in one step.

    An existing file keeps its permissions, a symbolic link stays and its file is replaced.

    Raises:
        CannotWrite: the folder is missing or closed, or the disk is full, or ``path`` exists and is
            not an ordinary file.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        # Renaming over a device such as /dev/null would destroy it.
        raise _cannot_write(path, "it exists and is not an ordinary file")
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise _cannot_write(path, error.strerror or str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _cannot_write(path: str | os.PathLike[str], reason: str) -> CannotWrite:
    return CannotWrite(
        f"cannot write {os.fspath(path)}: {reason}. "
        "Name a file in a folder that exists and in which you may create files."
    )
