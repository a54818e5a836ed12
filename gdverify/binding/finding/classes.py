"""The tests of `styles` for classes: which roles its methods play, and why a class has none."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator

from gdverify.binding.files.stubs import Absent, lacking
from gdverify.binding.finding import syntax
from gdverify.binding.finding.candidates import Candidate, Roles
from gdverify.binding.finding.vocabulary import BACKWARD, MODELS, UPDATE, is_gradient, is_loss, words

STEPPING = UPDATE | BACKWARD
REQUIRED = ("forward", "backward", "gradient", "derivative", "loss")  # roles that an empty method cannot play


def autograd_function(one: Candidate) -> Roles | None:
    """A subclass of torch.autograd.Function with both of its static methods."""
    base = _attribute("torch.autograd", "Function")
    return _having(one, "forward", "backward") if base and issubclass(one.object, base) else None


def torch_module(one: Candidate) -> Roles | None:
    """A torch module with a backward pass by hand."""
    return _having(one, "forward", "backward") if _is_module(one) else None


def loss_and_gradients(one: Candidate) -> Roles | None:
    """A method that returns the loss and its gradients."""
    name = next((name for name in one.methods if _is_open(name) and _returns_both(one.method(name))), None)
    if name is None or _is_module(one):
        return None
    return {"loss_and_gradients": name, **{role: other for role, other in one.every.items() if other != name}}


def forward_and_backward(one: Candidate) -> Roles | None:
    """``forward`` and ``backward`` by any of their names."""
    return None if _is_module(one) else _having(one, "forward", "backward")


def loss_and_backward(one: Candidate) -> Roles | None:
    """A loss with a backward pass."""
    return None if _is_module(one) else _having(one, "loss", "backward")


def loss_and_gradient(one: Candidate) -> Roles | None:
    """A loss with a method that returns its gradient."""
    return None if _is_module(one) else _having(one, "loss", "gradient") or _having(one, "loss", "derivative")


def value_and_derivative(one: Candidate) -> Roles | None:
    """An activation with its derivative."""
    return None if _is_module(one) else _having(one, "forward", "gradient") or _having(one, "forward", "derivative")


def trained_in_place(one: Candidate) -> Roles | None:
    """A class whose gradients show only in its weights; it may have the derivative of its activation."""
    if _is_module(one) or _is_given_a_model(one) or "gradient" in one.public:
        return None
    if not _makes_steps(one):
        return None
    roles = _having(one, "train")
    return {**roles, "train": _stepping(one, roles["train"])} if roles else _having(one, "forward", "update")


def why_not(one: Candidate) -> str:
    """Why a class is nothing that could be audited; empty where nothing speaks against it."""
    if missing := next(
        (cls.missing for cls in one.object.__mro__ if hasattr(cls, "missing") and issubclass(cls, Absent)), ""
    ):
        return lacking("derives from", missing)
    if getattr(one.object, "_is_protocol", False):
        return "a protocol"
    if left := _left_to_subclasses(one):
        return f"abstract: {', '.join(left)} is left to subclasses"
    return ""


def without_style(one: Candidate) -> str:
    """What a class lacks that is of no style."""
    played = one.every
    if _is_module(one):
        return "its backward pass is torch's own"
    if given := next((played[role] for role in ("backward", "gradient", "derivative") if role in played), ""):
        return f"has {given}, and nothing that gives the value it belongs to"
    if "train" in played:
        fault = "drives a model that it is given" if _is_given_a_model(one) else "takes no steps against a gradient"
        return f"{played['train']} {fault}"
    if "update" in played:
        return f"{played['update']} changes what it is given, by gradients that it is given"
    if "forward" in played:
        return f"has {played['forward']}, and nothing that gives a gradient"
    return "has no forward and no backward pass"


def _having(one: Candidate, *roles: str) -> Roles | None:
    """All roles that are played, where some are played by public methods, or else by private ones."""
    if all(role in one.public for role in roles):
        return one.every
    private = all(role in one.every for role in roles) and not {"train", "loss"} & set(one.public)
    return one.every if private else None


def _is_module(one: Candidate) -> bool:
    base = _attribute("torch.nn", "Module")
    return base is not None and issubclass(one.object, base)


def _attribute(module: str, name: str) -> type | None:
    """A class of a package that the user's file has imported."""
    found: type | None = getattr(sys.modules.get(module), name, None)
    return found


def _is_given_a_model(one: Candidate) -> bool:
    """A trainer: it is built around a model, and has no forward pass of its own."""
    given = set(inspect.signature(one.object.__init__).parameters) if "__init__" in one.methods else set()
    return "forward" not in one.every and bool(MODELS & {name.lower() for name in given})


def _makes_steps(one: Candidate) -> bool:
    """Whether a method takes something off a weight, or leaves that to another object; what cannot be read may."""
    if one.bodies is None:
        return True
    called = {name for node in one.bodies for name in syntax.methods_called(node)}
    return any(map(syntax.descends, one.bodies)) or any(set(words(name)) & STEPPING for name in called)


def _stepping(one: Candidate, train: str) -> str:
    """The method that takes the step: what trains on all data may leave that to one that takes a sample."""
    node = one.method(train)
    if node is None or syntax.descends(node):
        return train
    called = syntax.methods_called(node)
    helpers = [name for name in one.methods if name in called and name != train and _is_step_of_its_own(one, name)]
    return helpers[0] if len(helpers) == 1 else train


def _is_step_of_its_own(one: Candidate, name: str) -> bool:
    """Whether a method takes data and a target, and takes something off a weight, by no gradient that it is given."""
    node = one.method(name)
    taken = syntax.parameters(node) if node is not None else ()
    descends = node is not None and syntax.descends(node)
    return descends and len(taken) >= 2 and not any(is_gradient(name) for name in taken)


def _is_open(name: str) -> bool:
    return not name.startswith("_") or name == "__call__"


def _returns_both(function: ast.AST | None) -> bool:
    return function is not None and any(both(value) for value in syntax.returned(function))


def both(value: ast.expr) -> bool:
    """``loss, grads`` or ``grads, loss``: a tuple of something that is called a loss, and of gradients."""
    if not isinstance(value, ast.Tuple) or len(value.elts) < 2:
        return False
    first, *middle, last = value.elts
    if not all(map(syntax.holds_gradients, middle)):
        return False
    return (_is_value(first) and syntax.holds_gradients(last)) or (syntax.holds_gradients(first) and _is_loss(last))


def _is_value(node: ast.expr) -> bool:
    return _is_loss(node) or not any(is_gradient(name) for name in syntax.names_in(node))


def _is_loss(node: ast.expr) -> bool:
    return any(is_loss(name) for name in syntax.names_in(node))


def _left_to_subclasses(one: Candidate) -> list[str]:
    written = set(getattr(one.object, "__abstractmethods__", ()))
    roles = {name for role, name in one.every.items() if role in REQUIRED}
    return sorted(written | set(_refusing(one)) | {name for name in roles if _is_empty(one, name)})


def _refusing(one: Candidate) -> Iterator[str]:
    for name in one.methods:
        node = one.method(name)
        if node is not None and syntax.refuses(node):
            yield name


def _is_empty(one: Candidate, name: str) -> bool:
    node = one.method(name)
    return node is not None and syntax.is_empty(node)
