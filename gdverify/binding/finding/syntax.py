"""What is to be read off the syntax of a user's file: where a name is defined, what a function returns and updates."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gdverify.binding.finding import vocabulary

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def definitions(tree: ast.Module) -> dict[str, Definition]:
    """The statement that defines each top-level name, the last one where there are several."""
    found: dict[str, Definition] = {}
    for node in _top_level(tree.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found.update({one.id: node for one in node.targets if isinstance(one, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
    return found


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, and those in its branches."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try)):
            for inner in (node.body, node.orelse, *(h.body for h in getattr(node, "handlers", []))):
                yield from _top_level(inner)


def own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes in a function or loop, without those of functions and classes inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (*FUNCTIONS, ast.ClassDef)):
            yield from own(child)


def returned(function: ast.AST) -> list[ast.expr]:
    """What a function returns, at each of its returns."""
    if isinstance(function, ast.Lambda):
        return [function.body]
    return [node.value for node in own(function) if isinstance(node, ast.Return) and node.value is not None]


def parameters(function: ast.AST) -> tuple[str, ...]:
    """The names of a function's parameters, without ``self``."""
    if not isinstance(function, FUNCTIONS):
        return ()
    arguments = function.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return tuple(name for name in names if name not in ("self", "cls"))


def names_in(node: ast.AST) -> list[str]:
    """The last word of every name and attribute in an expression, ``dW`` for ``self.dW``."""
    named = (one for one in ast.walk(node) if isinstance(one, (ast.Name, ast.Attribute)))
    return [one.id if isinstance(one, ast.Name) else one.attr for one in named]


def holds_gradients(node: ast.expr) -> bool:
    """Whether an expression is a gradient by its names, or a tuple, list or dict of such."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return bool(node.elts) and all(holds_gradients(one) for one in node.elts)
    if isinstance(node, ast.Dict):
        keys = [one.value for one in node.keys if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        named = bool(keys) and all(vocabulary.is_gradient(key) for key in keys)
        return named or (bool(node.values) and all(holds_gradients(one) for one in node.values))
    if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        return holds_gradients(node.elt)
    if isinstance(node, ast.Call):
        called = names_in(node.func)
        return any(vocabulary.DERIVATIVE & set(vocabulary.words(name)) for name in called[:1]) or (
            (bool(node.args) and holds_gradients(node.args[0])) or _of_gradient(node.func)
        )
    return any(vocabulary.is_gradient(name) for name in names_in(node)) if not isinstance(node, ast.Compare) else False


def _of_gradient(function: ast.expr) -> bool:
    """``dW.ravel()``: a method of a gradient."""
    return isinstance(function, ast.Attribute) and holds_gradients(function.value)


def descends(node: ast.AST) -> bool:
    """Whether some code takes something off a variable: ``w -= …``, ``w = w - …``, ``… w - lr * dw …``."""
    return any(_takes_off(one) for one in own(node))


def loops_down(function: ast.AST) -> bool:
    """Whether a function takes something off a variable in a loop."""
    return any(isinstance(one, (ast.For, ast.While)) and descends(one) for one in own(function))


def descends_on_globals(loop: ast.AST) -> bool:
    """Whether a top-level loop takes something off a name or an entry of one, not off an attribute of an object."""
    steps = (one for one in own(loop) if isinstance(one, (ast.Assign, ast.AugAssign, ast.BinOp)) and _takes_off(one))
    return any("." not in ast.unparse(_target(one)) for one in steps)


def _target(node: ast.Assign | ast.AugAssign | ast.BinOp) -> ast.expr:
    if isinstance(node, ast.Assign):
        return node.targets[0]
    return node.target if isinstance(node, ast.AugAssign) else node.left


def _takes_off(node: ast.AST) -> bool:
    if isinstance(node, ast.AugAssign) and not isinstance(node.value, ast.Constant):
        return isinstance(node.op, ast.Sub) or (isinstance(node.op, ast.Add) and _is_step(node))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and isinstance(node.right, ast.BinOp):
        return any(vocabulary.is_rate(name) for name in names_in(node.right))
    if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Sub)):
        return False
    return ast.unparse(node.targets[0]) == ast.unparse(node.value.left)


def _is_step(node: ast.AugAssign) -> bool:
    """``w += x.T @ delta``, and not ``total += loss``."""
    products = (ast.Mult, ast.MatMult)
    multiplies = any(isinstance(one, ast.BinOp) and isinstance(one.op, products) for one in ast.walk(node.value))
    target = names_in(node.target)
    return (multiplies or "dot" in names_in(node.value)) and not any(vocabulary.is_loss(name) for name in target)


def called(node: ast.AST) -> set[str]:
    """The names of the functions that some code calls."""
    return {one.func.id for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}


def methods_called(node: ast.AST) -> set[str]:
    """The names of the methods that some code calls."""
    functions = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    return {function.attr for function in functions if isinstance(function, ast.Attribute)}


def refuses(function: ast.AST) -> bool:
    """Whether a function does nothing but raise NotImplementedError."""
    body = _statements(function)
    return bool(body) and all(isinstance(s, ast.Raise) and "NotImplemented" in ast.unparse(s) for s in body)


def is_empty(function: ast.AST) -> bool:
    """Whether a function has a body of nothing but ``pass``, ``...`` or a docstring."""
    return isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and all(
        isinstance(s, ast.Pass) for s in _statements(function)
    )


def _statements(function: ast.AST) -> list[ast.stmt]:
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    body = function.body
    return [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
