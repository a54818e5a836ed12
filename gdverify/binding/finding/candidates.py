"""A class or a function of a user's file, with what its styles are told by: its methods, its neighbours, its syntax."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import FunctionType
from typing import Any

from gdverify.binding.files.loading import Loaded
from gdverify.binding.finding import syntax
from gdverify.binding.finding.vocabulary import METHODS, normal

Roles = Mapping[str, str]
LIBRARIES = frozenset(
    ["builtins", "abc", "typing", "typing_extensions", "torch", "jax", "enum", "collections", "dataclasses", "numpy"]
)
"""Packages whose classes, inherited from, play no role: torch.nn.Module.train does not train."""


@dataclass(frozen=True)
class Surroundings:
    """The file that a candidate stands in.

    Attributes:
        loaded: the file.
        nodes: the statement that defines each top-level name.
        functions: the names of its own functions.
        named: the name that was asked for, which may be private.
    """

    loaded: Loaded
    nodes: Mapping[str, ast.AST]
    functions: tuple[str, ...] = ()
    named: str | None = None

    def function(self, name: str) -> ast.AST | None:
        """The syntax of a function, a lambda's included."""
        node = self.nodes.get(name)
        value = getattr(node, "value", None)
        return value if isinstance(value, ast.Lambda) else node if isinstance(node, syntax.FUNCTIONS) else None


@dataclass(frozen=True)
class Candidate:
    """A class or function that a file defines.

    Attributes:
        name: its name at the top level of the file.
        object: the class or function itself.
        line: where it is defined.
    """

    name: str
    object: Any
    line: int
    around: Surroundings = field(repr=False)

    @cached_property
    def is_class(self) -> bool:
        """Whether it is a class."""
        return isinstance(self.object, type)

    @cached_property
    def node(self) -> ast.AST | None:
        """The syntax of a function; None where it is not at hand."""
        return self.around.function(self.name)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of a function's parameters, as it is called."""
        try:
            return tuple(inspect.signature(self.object).parameters)
        except (TypeError, ValueError):
            return ()

    @cached_property
    def methods(self) -> dict[str, type]:
        """The methods of a class and of what it is derived from, each with the class that writes it."""
        found: dict[str, type] = {}
        for cls in self._own_classes:
            for name, value in vars(cls).items():
                if isinstance(value, (FunctionType, staticmethod, classmethod)):
                    found[name] = cls
        return found

    def method(self, name: str) -> ast.AST | None:
        """The syntax of a method, where its class stands in this file."""
        owner = self.methods.get(name)
        node = None if owner is None else self.around.nodes.get(owner.__name__)
        bare = name.removeprefix(f"_{owner.__name__.lstrip('_')}") if owner else name
        body = node.body if isinstance(node, ast.ClassDef) else []
        return next((one for one in body if isinstance(one, syntax.FUNCTIONS) and one.name in (name, bare)), None)

    @cached_property
    def bodies(self) -> list[ast.AST] | None:
        """Every method that is written in this file, overridden ones too; None where a base stands elsewhere."""
        nodes = [self.around.nodes.get(cls.__name__) for cls in self._own_classes]
        written = [node.body for node in nodes if isinstance(node, ast.ClassDef)]
        if len(written) < len(nodes):
            return None
        return [one for body in written for one in body if isinstance(one, syntax.FUNCTIONS)]

    @cached_property
    def _own_classes(self) -> list[type]:
        """The class and those that it is derived from, the base first, without those of libraries."""
        mro: tuple[type, ...] = self.object.__mro__
        return [cls for cls in reversed(mro) if cls.__module__.partition(".")[0] not in LIBRARIES]

    @cached_property
    def public(self) -> dict[str, str]:
        """The method that plays each role, among the public ones and ``__call__``."""
        return self._playing([name for name in self.methods if name == "__call__" or not name.startswith("_")])

    @cached_property
    def every(self) -> dict[str, str]:
        """The method that plays each role, a private one where no public one does."""
        return {**self._playing(list(self.methods)), **self.public}

    def _playing(self, names: list[str]) -> dict[str, str]:
        callable_ = [name for name in names if name == "__call__" or not name.endswith("__")]
        spelled = {normal(name, self.methods[name].__name__): name for name in callable_}
        played = {role: next((spelled[n] for n in known if n in spelled), None) for role, known in METHODS.items()}
        return {role: name for role, name in played.items() if name is not None}
