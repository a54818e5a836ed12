"""Inert stand-ins for modules that a user's file imports and that are not installed.

They are bound in the user's namespace alone: in `sys.modules` they would tell other packages that something optional
is there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any


class Absent:
    """What a class is derived from where its base is not installed; ``missing`` is the base's dotted name."""

    missing: str


class Stub:
    """Anything of a module that is not installed: every attribute and every call gives another stub."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, name: str) -> Stub:
        if name.startswith("__"):  # nothing is promised to those who ask by protocol
            raise AttributeError(f"{self.__name__} is not installed, so it has no {name}")
        return Stub(f"{self.__name__}.{name}")

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """As a decorator it returns what it decorates."""
        decorates = len(arguments) == 1 and not options and callable(arguments[0])
        return arguments[0] if decorates and not isinstance(arguments[0], Stub) else Stub(f"{self.__name__}()")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (type("Absent", (Absent,), {"missing": self.__name__}),)

    def __getitem__(self, index: Any) -> Stub:
        return Stub(f"{self.__name__}[]")

    def __setitem__(self, index: Any, value: Any) -> None:
        """Settings are made, and forgotten."""

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{self.__name__}, not installed>"


INSTALLED_AS = {"torch": "torch", "jax": "jax", "autograd": "autograd", "sklearn": "scikit-learn", "scipy": "scipy"}
"""What to install for a module, where that is known."""


def lacking(verb: str, name: str) -> str:
    """``needs torch: pip install torch (derives from torch.nn.Module)``: why code is left out that needs a module."""
    module = name.partition(".")[0]
    if module in INSTALLED_AS:
        return f"needs {module}: pip install {INSTALLED_AS[module]} ({verb} {name})"
    return f"{verb} {name}, and {module} is not installed"


def run(statement: ast.stmt, code: CodeType, namespace: dict[str, Any], stubbed: list[str]) -> None:
    """Run a statement; where it imports what is not installed, bind stubs, and add the module to ``stubbed``."""
    try:
        exec(code, namespace)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if not _reported(missing, asked_for(statement)):
            raise
        bind(statement, namespace)
        stubbed.append(missing)


def _reported(missing: str, asked: Iterable[str]) -> bool:
    """Whether it is the statement itself that asks for what is missing, and not a module that it imports."""
    return any(f"{name}.".startswith(f"{missing}.") for name in asked)


def asked_for(statement: ast.stmt) -> set[str]:
    """The modules that an import statement names."""
    if isinstance(statement, ast.Import):
        return {name.name for name in statement.names}
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return {statement.module}
    return set()


def bind(statement: ast.stmt, namespace: dict[str, Any]) -> None:
    """Give an import statement's names to stubs."""
    if isinstance(statement, ast.Import):
        for name in statement.names:
            shown = name.name if name.asname else name.name.partition(".")[0]
            namespace[name.asname or shown] = Stub(shown)
    elif isinstance(statement, ast.ImportFrom):
        for name in statement.names:
            namespace[name.asname or name.name] = Stub(f"{statement.module}.{name.name}")
