"""The errors gdverify raises on purpose: each says what was expected, what was got, and what to do."""

from __future__ import annotations

from collections.abc import Iterable


class GdverifyError(Exception):
    """Base of every error that is the user's to mend (exit code 2 on the command line)."""


class NotationError(GdverifyError, ValueError):
    """A forward equation that does not fit its tensors, refused where it is written."""


class UnknownName(GdverifyError, LookupError):
    """A name that is not in the catalogue."""


class SubjectError(GdverifyError):
    """A subject that could not be judged: it raised, or returned something that is not its gradients."""


class UsageError(GdverifyError, ValueError):
    """A setting that makes no sense."""


def unknown(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    """The error for ``name``, with the closest names there are."""
    from difflib import get_close_matches

    names = sorted(known)
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(names)}."
    return UnknownName(f"unknown {kind} {name!r}: {hint}")
