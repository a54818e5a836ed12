"""Which top-level statements to run: the harmless ones, and what the definitions among them cannot do without.

The order in which more is run, one step at a time and only while a definition reads a name that nothing gives:

1. imports, definitions and harmless assignments;
2. other assignments that give such a name: they call functions of the file;
3. loops and other blocks that give such a name.

What trains, plots, prints, asks, or reads a file is never run.
"""

from __future__ import annotations

import ast
import builtins
import dis
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from types import CodeType

from gdverify.binding.files.harmless import Reason, aliases, reason
from gdverify.binding.files.source import Source

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
EVERYWHERE = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


@dataclass(frozen=True)
class Statement:
    """A top-level statement.

    Attributes:
        node, code: its syntax, and what it is compiled to.
        gives: the names that it binds.
        needs: the names that it reads when it runs.
        reads: those, and the names that functions in it read when they are called.
        reason: why it is not run by itself.
    """

    node: ast.stmt
    code: CodeType
    gives: frozenset[str]
    needs: frozenset[str]
    reads: frozenset[str]
    reason: Reason | None

    @property
    def title(self) -> str:
        """Its first line, or what it defines."""
        if isinstance(self.node, DEFINITIONS):
            return self.node.name
        return ast.unparse(self.node).partition("\n")[0]


@dataclass(frozen=True)
class Plan:
    """What to run, in order, what of it only because it is needed, and what not to run, each with the reason."""

    run: tuple[Statement, ...]
    needed: tuple[tuple[Statement, str], ...]
    left: tuple[tuple[Statement, str], ...]


def plan(source: Source) -> Plan:
    """Decide on every top-level statement of a file."""
    known = aliases(source.tree)
    statements = [_statement(source, node, reason(node, known)) for node in apart(source.tree.body)]
    harmless = _without_what_nothing_gives(statements)
    chosen = set(harmless)
    while more := _next_step(statements, chosen):
        chosen |= more
    run = tuple(one for number, one in enumerate(statements) if number in chosen)
    needed = [(statements[n], _need(statements[n], statements, chosen)) for n in sorted(chosen - harmless)]
    left = [(one, _why(one, statements, chosen)) for number, one in enumerate(statements) if number not in chosen]
    return Plan(run, tuple(needed), tuple(left))


def apart(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """An import of several modules is one for each: one of them may be missing."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (ast.copy_location(ast.Import([name]), node) for name in node.names)
        else:
            yield node


def _statement(source: Source, node: ast.stmt, why: Reason | None) -> Statement:
    code = source.compiled(node)
    needs, gives = _names(code, "LOAD_"), _names(code, "STORE_")
    return Statement(node, code, frozenset(gives), frozenset(needs - EVERYWHERE), frozenset(all_reads(code)), why)


def _names(code: CodeType, kind: str) -> set[str]:
    """The global names that some code loads or stores."""
    return {
        i.argval
        for i in dis.get_instructions(code)
        if i.opname.startswith(kind) and ("NAME" in i.opname or "GLOBAL" in i.opname)
    }


def all_reads(code: CodeType) -> set[str]:
    """The global names that some code reads, and that functions in it read when they are called."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return (_names(code, "LOAD_") - EVERYWHERE).union(*(all_reads(one) for one in inner))


def _given(statements: list[Statement], chosen: Collection[int]) -> set[str]:
    return {name for number in chosen for name in statements[number].gives}


def _without_what_nothing_gives(statements: list[Statement]) -> set[int]:
    """The harmless statements, but for assignments that read what only others would have given before them."""
    chosen: set[int] = set()
    for number, one in enumerate(statements):
        if one.reason is None and (isinstance(one.node, DEFINITIONS) or not _absent(one, statements, chosen)):
            chosen.add(number)
    return chosen


def _absent(statement: Statement, statements: list[Statement], chosen: Collection[int]) -> set[str]:
    """The names that a statement needs, and that only statements which are not run give before it."""
    before = {n for n in chosen if statements[n].node.lineno < statement.node.lineno}
    return set(statement.needs & (_given(statements, range(len(statements))) - _given(statements, before)))


def _next_step(statements: list[Statement], chosen: set[int]) -> set[int]:
    """What else to run, because a name that is read would be missing."""
    missing = {name for n in chosen for name in statements[n].reads} - _given(statements, chosen)
    giving = {
        n
        for n, one in enumerate(statements)
        if n not in chosen and one.gives & missing and not (one.reason and one.reason.never)
    }
    assignments = {n for n in giving if not ((why := statements[n].reason) and why.block)}
    return assignments or giving


def _need(statement: Statement, statements: list[Statement], chosen: set[int]) -> str:
    why = f"{statement.reason.why}; " if statement.reason else ""
    readers = [
        one.title
        for one in (statements[n] for n in sorted(chosen))
        if one is not statement and one.reads & statement.gives
    ]
    return f"{why}run because {', '.join(readers)} reads what it gives"


def _why(statement: Statement, statements: list[Statement], chosen: set[int]) -> str:
    why = statement.reason.why if statement.reason else _needing(statement, statements, chosen)
    given = statement.gives - _given(statements, chosen)
    readers = [statements[n].title for n in sorted(chosen) if statements[n].reads & given]
    return f"{why}; read by {', '.join(readers)}" if readers else why


def _needing(statement: Statement, statements: list[Statement], chosen: set[int]) -> str:
    needed = ", ".join(sorted(_absent(statement, statements, chosen))) or "what a line before it should give"
    return f"needs {needed}, which no line that is run gives before"
