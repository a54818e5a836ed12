"""Objectives of xgboost take a data set and ask it for its labels: it is stood in for by one that has nothing else."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from gdverify.binding.recognising.names import plain

ASKED = "get_label"
# What people call a data set that they hand on to functions which ask it.
DATA_SETS = {"dtrain", "dmat", "dmatrix", "traindata", "trainset"}


class Labelled:
    """A data set with labels, and without weights."""

    def __init__(self, label: Any) -> None:
        self.label = label

    def get_label(self) -> Any:
        """The labels."""
        return self.label

    def get_weight(self) -> Any:
        """None are set."""
        return np.array([])


def with_labels(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with labels in place of the data sets that it asks for them; itself where it asks none."""
    asked = _asked(function)
    if not asked:
        return function
    parameters = inspect.signature(function).parameters.values()
    renamed = {p.name: "label" if p.name in asked else p.name for p in parameters if p.default is p.empty}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD

    def objective(**given: Any) -> Any:
        return function(*(Labelled(given[new]) if old in asked else given[new] for old, new in renamed.items()))

    objective.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kind) for name in renamed.values()]
    )
    objective.__name__ = function.__name__
    return objective


def _asked(function: Callable[..., Any]) -> set[str]:
    """The parameters that are asked for their labels, or are called as a data set is."""
    named = {name for name in inspect.signature(function).parameters if plain(name) in DATA_SETS}
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return named
    asked = (node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == ASKED)
    return named | {value.id for value in asked if isinstance(value, ast.Name)}
