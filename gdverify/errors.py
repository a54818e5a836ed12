"""The errors gdverify raises on purpose: each says what was expected, what was got, and what to do."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from pathlib import Path


class GdverifyError(Exception):
    """Base of every error that is the user's to mend (exit code 2 on the command line)."""


class NotationError(GdverifyError, ValueError):
    """A forward equation that does not fit its tensors, refused where it is written."""


class UnknownName(GdverifyError, LookupError):
    """A name that is not in the catalogue."""


class SubjectError(GdverifyError):
    """A subject that could not be judged: it raised, or returned something that is not its gradients."""


class BindingError(SubjectError):
    """A binding by hand that does not fit the code, seen when the code ran."""


class UsageError(GdverifyError, ValueError):
    """A setting that makes no sense."""


MANY = 12  # names that a message lists


def unknown(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    """The error for ``name``, with the closest names there are."""
    from difflib import get_close_matches

    names = sorted(known)
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    few = names if len(names) <= MANY else [*names[:MANY], f"{len(names) - MANY} more (`gdverify list` shows them)"]
    hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(few)}."
    return UnknownName(f"unknown {kind} {name!r}: {hint}")


def innermost_line(error: BaseException, file: str) -> int | None:
    """The line of a file in which an error arose, however deep below it was raised."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if str(Path(f.filename).resolve()) == file]
    return frames[-1].lineno if frames else None


def described(error: BaseException) -> str:
    """``ValueError: message``, in one line; an error of ours speaks for itself."""
    text = " ".join(str(error).split())
    if isinstance(error, GdverifyError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
