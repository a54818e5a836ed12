"""Which top-level statements of a user's file are harmless to run: a table of kinds of statement and one of calls.

Harmless are imports, definitions, constants and arrays. What trains, plots, prints, reads or loops is not, and whatever
is not known counts as such.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gdverify.binding.files.calls import HARMLESS_MODULES, METHODS, PURE, REGISTERS, forbidden


@dataclass(frozen=True)
class Reason:
    """Why a statement is not run.

    Attributes:
        why: as it is reported.
        never: nor where a definition needs what it gives.
        block: it is a loop or another block, run only as the last resort.
    """

    why: str
    never: bool = False
    block: bool = False


OTHER = Reason("neither an import nor a definition nor an assignment", never=True)

Aliases = Mapping[str, str]  # a name in the file → what it was imported as, ``np`` → ``numpy``
Rule = Callable[[ast.stmt, Aliases], Reason | None]


def reason(statement: ast.stmt, aliases: Aliases) -> Reason | None:
    """Why a statement should not be run; None where it is harmless."""
    rule = RULES.get(type(statement))
    return OTHER if rule is None else rule(statement, aliases)


def aliases(tree: ast.Module) -> dict[str, str]:
    """What each imported name of a file stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(
                {
                    (n.asname or n.name.partition(".")[0]): n.name if n.asname else n.name.partition(".")[0]
                    for n in node.names
                }
            )
        elif isinstance(node, ast.ImportFrom):
            found.update({(n.asname or n.name): f"{node.module}.{n.name}" for n in node.names})
    return found


def callee(call: ast.Call, known: Aliases) -> str:
    """The dotted name of what is called, ``numpy.random.randn``; empty where it is not a name."""
    parts: list[str] = []
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return f".{parts[0]}" if parts else ""  # a method of what another expression gives
    return ".".join([known.get(node.id, node.id), *reversed(parts)])


def _fine(statement: ast.stmt, known: Aliases) -> None:
    return None


def _value(statement: ast.stmt, known: Aliases) -> Reason | None:
    return next((why for node in ast.iter_child_nodes(statement) for why in _expression(node, known)), None)


def _expression(node: ast.AST, known: Aliases) -> Iterator[Reason]:
    """What in an expression is not harmless; the body of a lambda does not run here."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom)):
        yield Reason("awaits", never=True)
    if isinstance(node, ast.Call):
        yield from _call(node, known)
    for child in ast.iter_child_nodes(node):
        yield from _expression(child, known)


def _call(call: ast.Call, known: Aliases) -> Iterator[Reason]:
    name = callee(call, known)
    root, _, last = name.rpartition(".")
    if why := forbidden(name):
        yield Reason(why, never=True)
    elif not (
        name in PURE
        or name.startswith(HARMLESS_MODULES)
        or (root.partition(".")[0] not in known.values() and isinstance(call.func, ast.Attribute) and last in METHODS)
    ):
        yield Reason(f"calls {name.lstrip('.') or 'what an expression gives'}")


def _kept_by_nobody(statement: ast.stmt, known: Aliases) -> Reason | None:
    assert isinstance(statement, ast.Expr)
    value = statement.value
    if isinstance(value, ast.Constant):
        return None
    if not isinstance(value, ast.Call):
        return Reason("an expression whose value nobody keeps", never=True)
    name = callee(value, known)
    if name in REGISTERS or name.rpartition(".")[2] in REGISTERS:
        return next((why for node in [*value.args, *value.keywords] for why in _expression(node, known)), None)
    shown = name.lstrip(".") or "something"
    return Reason(forbidden(name) or f"calls {shown}, and keeps nothing of it", never=True)


def _branch(statement: ast.stmt, known: Aliases) -> Reason | None:
    assert isinstance(statement, ast.If)
    if "__name__" in ast.unparse(statement.test):
        return Reason("runs only as a program", never=True)
    if why := next(_expression(statement.test, known), None):
        return Reason(why.why, why.never, block=True)
    return _block(statement, known)


def _block(statement: ast.stmt, known: Aliases) -> Reason | None:
    """A block is as harmless as all that is in it."""
    handlers = getattr(statement, "handlers", [])
    inside = [
        getattr(statement, "body", []),
        *(h.body for h in handlers),
        getattr(statement, "orelse", []),
        getattr(statement, "finalbody", []),
    ]
    whys = (reason(one, known) for body in inside for one in body)
    found = next((why for why in whys if why), None)
    return found and Reason(f"a block that {_verb(found.why)}", found.never, block=True)


def _verb(why: str) -> str:
    return why if why.split()[0].endswith("s") else f"holds {why}"


def _loop(statement: ast.stmt, known: Aliases) -> Reason:
    return Reason("a loop", block=True)


def _with(statement: ast.stmt, known: Aliases) -> Reason:
    inside = next(_value_of_items(statement, known), None)
    return Reason(inside.why if inside and inside.never else "a with block", bool(inside and inside.never), block=True)


def _value_of_items(statement: ast.stmt, known: Aliases) -> Iterator[Reason]:
    assert isinstance(statement, ast.With)
    for item in statement.items:
        yield from _expression(item.context_expr, known)


RULES: dict[type[ast.stmt], Rule] = {
    ast.Import: _fine,
    ast.ImportFrom: _fine,
    ast.FunctionDef: _fine,
    ast.AsyncFunctionDef: _fine,
    ast.ClassDef: _fine,
    ast.Pass: _fine,
    ast.Global: _fine,
    ast.Assign: _value,
    ast.AnnAssign: _value,
    ast.AugAssign: _value,
    ast.Expr: _kept_by_nobody,
    ast.If: _branch,
    ast.Try: _block,
    ast.For: _loop,
    ast.While: _loop,
    ast.With: _with,
}
if hasattr(ast, "TypeAlias"):  # from Python 3.12 on
    RULES[ast.TypeAlias] = _fine
