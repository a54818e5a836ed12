"""A script that is run as a whole, once for each case, with other values for what it assigns at its top level.

Where the script first gives a name its value, the case's value is put instead: a network's weights, its data, the
number of iterations. The right-hand side is then not run, so that nothing is read or asked for.
"""

from __future__ import annotations

import ast
import dis
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from gdverify import loading
from gdverify.auditing.confinement import TooLong, limited
from gdverify.binding.files import stubs
from gdverify.binding.files.neighbours import neighbours
from gdverify.binding.files.plan import apart
from gdverify.binding.files.scratch import scratch
from gdverify.binding.files.source import Source, read
from gdverify.binding.hand.edits import STAND_INS, flat, stand_ins, stood_in, substituted
from gdverify.binding.hand.seeding import seeded
from gdverify.errors import BindingError, GdverifyError, UsageError, described, innermost_line

TIME_LIMIT = 5.0  # seconds for one run
LOOPS = (ast.For, ast.While, ast.AsyncFor)
IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Put:
    """A value for a name that a script assigns.

    Attributes:
        name: in the script's globals.
        instead: whether the script's own value need not be made.
        action: puts the value, given the script's module.
    """

    name: str
    instead: bool
    action: Callable[[ModuleType], None]


@dataclass(frozen=True)
class Statement:
    """A statement of the program: what it is compiled to, and the names that it is the first to bind."""

    node: ast.stmt
    code: CodeType
    gives: frozenset[str]


@dataclass(eq=False)
class Script:
    """A program that can be run with other values.

    Attributes:
        source: as it is run.
        values: what is set in every run.
        stand_ins: by the names that they stand for.
        seed: of `random` and NumPy before each run.
        time_limit: seconds for a run.
        edits: pieces of its text, and what was put in their place.
    """

    source: Source
    values: Mapping[str, Any]
    stand_ins: Mapping[str, Any]
    seed: int
    time_limit: float
    edits: Mapping[str, str] = field(default_factory=dict)
    module: ModuleType = field(init=False)
    statements: tuple[Statement, ...] = field(init=False)
    _made: set[str] = field(init=False, default_factory=set)
    _imported: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        name = loading.module_name(self.source.path)
        self.module = ModuleType(name)
        self.module.__file__ = str(self.source.path)
        vars(self.module)[STAND_INS] = dict(self.stand_ins)
        self.statements = tuple(_statements(self.source))
        for given in self.values:
            self.check(given, f"set={{{given!r}: …}}")

    def __call__(self) -> ModuleType:
        """Run the script as it is; its globals are the attributes of what is returned."""
        return self.run()

    def __str__(self) -> str:
        edits = [f"{new} for {old}" for old, new in self.edits.items()]
        values = [f"{name} = {value!r}" for name, value in self.values.items()]
        return f"{self.shown}{' with ' * bool(edits or values)}{', '.join([*edits, *values])}"

    @property
    def shown(self) -> str:
        """The file as it was given."""
        return self.source.shown

    def check(self, name: str, said: str) -> None:
        """Refuse a name that the script does not assign; raises UsageError."""
        known = {given for one in self.statements for given in one.gives}
        if name not in known:
            raise UsageError(
                f"{said}: {self.shown} does not assign {name!r} outside of functions and loops; it assigns "
                f"{', '.join(sorted(n for n in known if n[:2] != '__')) or 'nothing'}."
            )

    def run(self, puts: Iterable[Put] = ()) -> ModuleType:
        """Run the script, with values in place of what it assigns.

        Raises:
            BindingError: it raises, or does not end.
        """
        self._import()
        for name in self._made & vars(self.module).keys():
            delattr(self.module, name)
        before = set(vars(self.module))
        waiting = {name: [_constant(name, value)] for name, value in self.values.items()}
        for one in puts:
            waiting.setdefault(one.name, []).append(one)
        with scratch(self.source.path), seeded(self.seed):
            self._run(waiting)
        self._made = set(vars(self.module)) - before
        return self.module

    def _run(self, waiting: dict[str, list[Put]]) -> None:
        running: Statement | None = None
        try:
            with limited(self.time_limit, Script._run.__code__):
                for running in self.statements:
                    due = [waiting.pop(name) for name in sorted(running.gives & waiting.keys())]
                    instead = running.gives and len(due) == len(running.gives)
                    if not (instead and _assigns(running.node) and all(one.instead for ones in due for one in ones)):
                        exec(running.code, vars(self.module))
                    for one in (one for ones in due for one in ones):
                        one.action(self.module)
        except TooLong:
            line = self.source.place(running.node.lineno) if running else self.shown
            raise BindingError(
                f"{line}: the script did not end within time_limit={self.time_limit:g} seconds; let it make one step, "
                'for example gdverify.script(…, replace={"range(1000)": "range(1)"}) or set={"epochs": 1}.'
            ) from None
        except GdverifyError:
            raise
        except (Exception, SystemExit) as error:
            raise BindingError(
                f"{self._line(error)}: the script raises {described(error)}, in a scratch directory and without a "
                "terminal; expected it to run to its end: set= what it reads or asks for, stub= what it calls, or "
                "replace= what it does."
            ) from error

    def _line(self, error: BaseException) -> str:
        line = innermost_line(error, str(self.source.path))
        return self.source.place(line) if line else self.shown

    def _import(self) -> None:
        """What the script imports is imported once; what is not installed does nothing."""
        if self._imported:
            return
        folder = self.source.path.parent
        loading.make_importable(folder)
        sys.modules[self.module.__name__] = self.module
        with scratch(self.source.path), neighbours([folder], []):
            for node in apart(list(flat(self.source.tree.body))):
                if isinstance(node, IMPORTS):
                    try:
                        stubs.run(node, self.source.compiled(node), vars(self.module), [])
                    except (Exception, SystemExit) as error:
                        raise BindingError(
                            f"{self.source.place(node.lineno)}: {ast.unparse(node)} raises {described(error)}; "
                            "expected imports that work."
                        ) from error
        self._imported = True


def opened(
    path: Path, shown: str, replace: Mapping[str, str], stub: Mapping[str, Any] | Iterable[str], **more: Any
) -> Script:
    """Read a file or notebook, and exchange what is to be exchanged.

    Raises:
        LoadError: there is no such file, or it is not Python.
        UsageError: what is to be replaced, stubbed or set does not occur.
    """
    loading.check_file(path)
    found = read(str(path))
    named = Source(found.path, shown, found.tree, found.text, found.cells, found.skipped)
    standing = stand_ins(stub)
    return Script(stood_in(substituted(named, replace), standing), stand_ins=standing, edits=replace, **more)


def _statements(source: Source) -> Iterator[Statement]:
    given: set[str] = set()
    for node in flat(source.tree.body):
        code = source.compiled(node)
        stored = {i.argval for i in dis.get_instructions(code) if i.opname in ("STORE_NAME", "STORE_GLOBAL")}
        if isinstance(node, IMPORTS):
            given |= stored
            continue
        first = frozenset() if isinstance(node, LOOPS) else frozenset(stored - given)
        given |= stored
        yield Statement(node, code, first)


def _assigns(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Assign, ast.AnnAssign))


def _constant(name: str, value: Any) -> Put:
    return Put(name, True, lambda module: setattr(module, name, value))
