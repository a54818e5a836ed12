"""Optional dependencies: imported where they are needed, named by their extra where they lack."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from gdverify.errors import GdverifyError


class MissingExtra(GdverifyError, ImportError):
    """A package that only one of gdverify's extras installs is not there."""


def require(module: str, extra: str, needed_by: str | None = None) -> ModuleType:
    """Import ``module``, or say which extra of gdverify installs it.

    Args:
        module: dotted name of the module.
        extra: the extra of gdverify that installs it.
        needed_by: what needs it, in the plural, as the message begins.

    Raises:
        MissingExtra: the package is not installed.
        ImportError: the package is installed, and what it imports itself is not: no extra helps.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        needed_by = needed_by or f"the features that use {module}"
        raise MissingExtra(
            f'{needed_by} need the extra "{extra}": pip install "gdverify[{extra}]"', name=module
        ) from error
