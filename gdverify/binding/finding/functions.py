"""The tests of `styles` for functions: what they return, and which function they belong to."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from typing import Any

from gdverify.binding.finding import syntax
from gdverify.binding.finding.candidates import Candidate, Roles
from gdverify.binding.finding.classes import both
from gdverify.binding.finding.partners import partner
from gdverify.binding.finding.vocabulary import (
    BACKWARD,
    DERIVATIVE,
    FLAGS,
    HESSIAN,
    LOSS,
    MODELS,
    TRAIN,
    UPDATE,
    is_gradient,
    is_loss,
    normal,
    words,
)
from gdverify.binding.recognising.names import VECTORS, plain

FUNCTIONS = frozenset(["f", "func", "function", "fn", "objective", "loss_fn", "grad_fn", "gradient_function"])
HESSIANS = HESSIAN - {"h"} | {"hvp", "hessp"}
NO_GRADIENT = frozenset(["check", "numerical", "numeric", "descent", "clip", "zero"])


def custom_vjp(one: Candidate) -> Roles | None:
    """An object of jax.custom_vjp."""
    kind: Any = getattr(sys.modules.get("jax"), "custom_vjp", None)
    if kind is None or not isinstance(one.object, kind):
        return None
    rules = {"forward": getattr(one.object, "fwd", None), "backward": getattr(one.object, "bwd", None)}
    return {"value": one.name, **{role: rule.__name__ for role, rule in rules.items() if rule is not None}}


def primitive(one: Candidate) -> Roles | None:
    """A primitive of autograd that has a vector–Jacobian product."""
    known: Any = getattr(sys.modules.get("autograd.core"), "primitive_vjps", {})
    return {"value": one.name} if any(one.object is function for function in known) else None


def gradient_and_hessian(one: Candidate) -> Roles | None:
    """``return grad, hess``."""
    pairs = (v.elts for v in _returned(one) if isinstance(v, ast.Tuple) and len(v.elts) == 2)
    found = any(_names_gradient(first) and _named(second, HESSIAN) for first, second in pairs)
    return {"gradient_and_hessian": one.name} if found else None


def loss_and_gradients(one: Candidate) -> Roles | None:
    """``return loss, grads``."""
    named = (
        {"and", "with"} & set(words(one.name)) and _is_of(one.name, LOSS | {"value"}) and _is_of(one.name, DERIVATIVE)
    )
    found = named or any(
        (both(value) or _of_vector(one, value)) and not _is_of(one.name, BACKWARD) for value in _returned(one)
    )
    return {"loss_and_gradients": one.name} if found else None


def _of_vector(one: Candidate, value: ast.expr) -> bool:
    """``return J, np.concatenate(…)`` of a function whose first parameter is called all parameters in one."""
    vector = bool(one.parameters) and plain(one.parameters[0]) in VECTORS
    if not vector or not isinstance(value, ast.Tuple) or len(value.elts) != 2:
        return False
    return any(map(is_loss, syntax.names_in(value.elts[0])))


def derivative_flag(one: Candidate) -> Roles | None:
    """One function for value and derivative, told apart by an argument that is False unless given."""
    if not isinstance(one.node, syntax.FUNCTIONS):
        return None
    parameters = _signature(one)
    flag = next((n for n, p in parameters.items() if normal(n) in FLAGS and p.default in (False, None, 0)), None)
    return {"forward": one.name, "flag": flag} if flag else None


def closure(one: Candidate) -> Roles | None:
    """A function that returns its inner functions ``forward`` and ``backward``."""
    for value in _returned(one):
        elements = value.values if isinstance(value, ast.Dict) else getattr(value, "elts", [])
        inner = [node.id for node in elements if isinstance(node, ast.Name) and node.id in _inner(one)]
        backward = next((name for name in inner if _is_of(name, BACKWARD | DERIVATIVE)), None)
        forward = next((name for name in inner if name != backward), None)
        if forward and backward:
            return {"factory": one.name, "forward": forward, "backward": backward}
    return None


def value_and_pullback(one: Candidate) -> Roles | None:
    """A function that returns its value and an inner function, which takes the upstream gradient."""
    for value in _returned(one):
        if isinstance(value, ast.Tuple) and len(value.elts) == 2:
            first, last = value.elts
            if _is_inner(last, one) and not _is_inner(first, one):
                return {"forward": one.name, "backward": last.id if isinstance(last, ast.Name) else "lambda"}
    return None


def training_generator(one: Candidate) -> Roles | None:
    """A generator that does one step of training each time."""
    if not inspect.isgeneratorfunction(one.object) or _drives_a_model(one):
        return None
    trains = _is_of(one.name, TRAIN) or (one.node is not None and syntax.descends(one.node))
    return {"train": one.name} if trains else None


def training_function(one: Candidate) -> Roles | None:
    """A function that trains weights which are its arguments or globals."""
    if not _is_of(one.name, TRAIN | {"update"}) or _drives_a_model(one) or _is_optimiser(one) or _minimises(one):
        return None
    return {"train": one.name} if one.node is not None and syntax.descends(one.node) else None


def forward_and_backward(one: Candidate) -> Roles | None:
    """``relu`` and ``relu_backward``, ``affine_forward`` and ``affine_backward``, ``forward`` and ``backward``."""
    found = partner(one, BACKWARD)
    return {found.role: found.name, "backward": one.name, **found.others} if found else None


def value_and_derivative(one: Candidate) -> Roles | None:
    """``sigmoid`` and ``sigmoid_prime``, ``f`` and ``df``."""
    found = partner(one, DERIVATIVE)
    return {"forward": found.name, "gradient": one.name} if found and found.role == "forward" else None


def loss_and_gradient(one: Candidate) -> Roles | None:
    """``mse`` and ``mse_prime``, ``loss`` and ``gradient``."""
    found = partner(one, DERIVATIVE)
    return {"loss": found.name, "gradient": one.name, **found.others} if found and found.role == "loss" else None


def gradient_alone(one: Candidate) -> Roles | None:
    """A function that is called a gradient, or returns what is, and no function that it could be the gradient of."""
    if _drives_a_model(one) or _is_optimiser(one) or _is_of(one.name, NO_GRADIENT):
        return None
    named = _is_of(one.name, (BACKWARD | DERIVATIVE) - {"d"})
    returns = any(syntax.holds_gradients(value) for value in _returned(one) if isinstance(value, (ast.Tuple, ast.Dict)))
    return {"gradient": one.name} if named or returns else None


def without_style(one: Candidate) -> str:
    """What a function lacks that is of no style."""
    if _is_of(one.name, HESSIANS):
        return "second derivatives: bind it by hand, gdverify.bind(…, against=gdverify.hessian_product(…))"
    if _drives_a_model(one) and (one.node is None or _is_of(one.name, TRAIN)):
        return "drives a model that it is given"
    if _is_optimiser(one):
        return "changes what it is given, by gradients that it is given"
    if _is_of(one.name, TRAIN) and _minimises(one):
        return "drives a function that it is given"
    if one.node is not None and syntax.loops_down(one.node):
        return "has an update of its own inside: bind it by hand"
    return "neither its name nor what it returns speaks of a gradient"


def _signature(one: Candidate) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(one.object).parameters)
    except (TypeError, ValueError):
        return {}


def _returned(one: Candidate) -> list[ast.expr]:
    return [] if one.node is None else syntax.returned(one.node)


def _is_of(name: str, kinds: frozenset[str] | set[str]) -> bool:
    return bool(kinds & set(words(name)))


def _named(node: ast.expr, kinds: frozenset[str]) -> bool:
    return any(_is_of(name, kinds) for name in syntax.names_in(node))


def _names_gradient(node: ast.expr) -> bool:
    return any(is_gradient(name) for name in syntax.names_in(node))


def _inner(one: Candidate) -> set[str]:
    nodes: Iterator[ast.AST] = syntax.own(one.node) if one.node is not None else iter(())
    named = {n.name for n in nodes if isinstance(n, ast.FunctionDef)}
    return named


def _is_inner(node: ast.expr, one: Candidate) -> bool:
    return isinstance(node, ast.Lambda) or (isinstance(node, ast.Name) and node.id in _inner(one))


def _drives_a_model(one: Candidate) -> bool:
    return bool(MODELS & {name.lower() for name in one.parameters})


def _minimises(one: Candidate) -> bool:
    """It descends on a function that it is given."""
    called = set() if one.node is None else syntax.called(one.node)
    return bool((called | FUNCTIONS) & set(one.parameters))


def _is_optimiser(one: Candidate) -> bool:
    """It takes gradients, and its name says that it uses them up."""
    return _is_of(one.name, UPDATE | TRAIN) and any(is_gradient(name) for name in one.parameters)
