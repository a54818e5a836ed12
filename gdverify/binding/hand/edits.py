"""What is exchanged in a script before it is run: pieces of its text, and names that something else stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from gdverify.binding.files.parsing import parsed
from gdverify.binding.files.source import Source
from gdverify.errors import UsageError

STAND_INS = "__gdverify_stand_ins__"  # the name in a script's globals under which they are


def substituted(source: Source, pieces: Mapping[str, str]) -> Source:
    """The source with every occurrence of each piece of its text replaced.

    Raises:
        UsageError: a piece does not occur, or what comes out is no Python.
    """
    text = source.text
    for old, new in pieces.items():
        if not old or old not in text:
            raise UsageError(
                f"script({source.shown!r}): replace={{{old!r}: …}}: this text does not occur in it"
                f"{_nearest(old, text)}; expected a piece of the file, with its spaces and quotes as they are there."
            )
        text = text.replace(old, new)
    try:
        return replace(source, text=text, tree=parsed(text, str(source.path)))
    except SyntaxError as error:
        line = text.splitlines()[error.lineno - 1].strip() if error.lineno else ""
        raise UsageError(
            f"script({source.shown!r}): after replace={dict(pieces)!r} it is no longer Python: {error.msg} in {line!r};"
            " expected text that fits where the other was."
        ) from error


def _nearest(old: str, text: str) -> str:
    lines = {line.strip(): None for line in text.splitlines() if line.strip()}
    close = get_close_matches(old.strip(), list(lines), n=1, cutoff=0.5)
    holding = [line for line in lines if old.strip() and old.split()[0] in line]
    near = (close or holding)[:1]
    return f"; the nearest line is {near[0]!r}" if near else ""


def stood_in(source: Source, names: Iterable[str]) -> Source:
    """The source with each use of the names exchanged, and ``__name__`` as it is in a program.

    Raises:
        UsageError: a name is not used.
    """
    wanted = set(names)
    exchange = _Exchange(wanted)
    tree = exchange.visit(parsed(source.text, str(source.path)))
    for name in sorted(wanted - exchange.met):
        known = sorted({dotted(node) for node in ast.walk(source.tree) if isinstance(node, (ast.Name, ast.Attribute))})
        close = get_close_matches(name, known, n=3, cutoff=0.4)
        hint = (
            f"did you mean {' or '.join(close)}?" if close else "expected a name as it is used, such as 'np.loadtxt'."
        )
        raise UsageError(f"script({source.shown!r}): stub={name!r}: nothing of that name is used in it; {hint}")
    return replace(source, tree=ast.fix_missing_locations(tree))


class _Exchange(ast.NodeTransformer):
    """Exchanges what is read under some names, with dots or without."""

    def __init__(self, names: set[str]) -> None:
        self.names, self.met = names, set[str]()

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == "__name__":
            return ast.copy_location(ast.Constant("__main__"), node)
        return self._exchanged(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        made = self._exchanged(node)
        return self.generic_visit(node) if made is node else made

    def _exchanged(self, node: ast.Name | ast.Attribute) -> ast.AST:
        name = dotted(node)
        if not isinstance(node.ctx, ast.Load) or name not in self.names:
            return node
        self.met.add(name)
        table = ast.Name(STAND_INS, ast.Load())
        return ast.copy_location(ast.Subscript(table, ast.Constant(name), ast.Load()), node)


def dotted(node: ast.expr) -> str:
    """``np.random.randn``; empty where it is not a name."""
    if isinstance(node, ast.Attribute):
        ahead = dotted(node.value)
        return f"{ahead}.{node.attr}" if ahead else ""
    return node.id if isinstance(node, ast.Name) else ""


def flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a program, each in turn: what it does only as a program is among them."""
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("'__main__' == '__main__'",):
            yield from flat(node.body)
        else:
            yield node


def stand_ins(stub: Mapping[str, Any] | Iterable[str]) -> dict[str, Any]:
    """What stands for each name; where that is not said, something that does nothing."""
    from gdverify.binding.files.stubs import Stub

    return dict(stub) if isinstance(stub, Mapping) else {name: Stub(name) for name in stub}
