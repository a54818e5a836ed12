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

from gdverify.binding.harmless import Reason, aliases, reason
from gdverify.binding.source import Source

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
    """What to run, in order, and what not, with the reason."""

    run: tuple[Statement, ...]
    left: tuple[tuple[Statement, str], ...]


def plan(source: Source) -> Plan:
    """Decide on every top-level statement of a file."""
    known = aliases(source.tree)
    statements = [_statement(source, node, reason(node, known)) for node in apart(source.tree.body)]
    chosen = _without_what_nothing_gives(statements)
    while more := _next_step(statements, chosen):
        chosen |= more
    run = tuple(one for number, one in enumerate(statements) if number in chosen)
    left = [(one, _why(one, statements, chosen)) for number, one in enumerate(statements) if number not in chosen]
    return Plan(run, tuple(left))


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
    """The harmless statements, but for assignments that read what only others give."""
    chosen = {number for number, one in enumerate(statements) if one.reason is None}
    everything = _given(statements, range(len(statements)))
    while True:
        absent = everything - _given(statements, chosen)
        lacking = {
            n for n in chosen if not isinstance(statements[n].node, DEFINITIONS) and statements[n].needs & absent
        }
        if not lacking:
            return chosen
        chosen -= lacking


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


def _why(statement: Statement, statements: list[Statement], chosen: set[int]) -> str:
    why = statement.reason.why if statement.reason else _needing(statement, statements, chosen)
    given = statement.gives - _given(statements, chosen)
    readers = [statements[n].title for n in sorted(chosen) if statements[n].reads & given]
    return f"{why}; read by {', '.join(readers)}" if readers else why


def _needing(statement: Statement, statements: list[Statement], chosen: set[int]) -> str:
    absent = sorted(statement.needs - _given(statements, chosen))
    return f"needs {', '.join(absent)}, of a line that is not run"
