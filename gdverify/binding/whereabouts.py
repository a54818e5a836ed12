"""The line in which a wrong gradient is written, where no trace of the code tells: read off its syntax.

Tensors of torch and arrays of jax carry no trace, and neither does what is compared with differences. What then can be
said is where the array that is wrong gets its value: the attribute's assignment, or that of the name that is returned.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gdverify.auditing.verdicts import WRONG, Diagnosis, SubjectReport
from gdverify.binding.calling.parts import parts
from gdverify.binding.calling.places import Item, Step
from gdverify.binding.calling.running import SELF
from gdverify.binding.finding.syntax import FUNCTIONS, names_in, own
from gdverify.binding.finding.units import Unit
from gdverify.binding.finding.vocabulary import is_gradient
from gdverify.binding.gradients.gradients import Found

LINE = "line"
Assignment = ast.Assign | ast.AugAssign | ast.AnnAssign
# Where a rule that is registered with a package keeps the function that gives the gradients.
RULES = {"jax.custom_vjp": "bwd", "torch.autograd.Function": "backward"}


@dataclass(frozen=True)
class Written:
    """A function as it is written.

    Attributes:
        file: its name.
        first: the line in which it begins.
        node: its syntax.
    """

    file: str
    first: int
    node: ast.AST

    def line(self, node: ast.AST) -> str:
        """``net.py:12: dW = x.T @ dy``."""
        number = self.first + getattr(node, "lineno", 1) - 1
        return f"{self.file}:{number}: {ast.unparse(node).partition(chr(10))[0]}"


def lines(unit: Unit, role: str, gradients: Sequence[Found], report: SubjectReport) -> tuple[Diagnosis, ...]:
    """The lines of the gradients that are wrong; none where the report has a line already.

    Args:
        unit: as discovered.
        role: of the call that gives the gradients.
        gradients: where they are.
        report: on the unit.
    """
    written = _written(_giving(unit, role))
    if written is None or written.file != Path(unit.file).name or any(one.kind == LINE for one in report.diagnosis):
        return ()
    wrong = {row.name for row in report.parameters if row.verdict == WRONG}
    shown = [one for one in gradients if wrong & {tensor.name for tensor in one.held.tensors}]
    order = [p.name for p in parts(unit).signature("forward")] if unit.style in RULES else []
    found = [node for one in shown if (node := _source_of(written.node, one, order)) is not None]
    return tuple(Diagnosis(LINE, text) for text in dict.fromkeys(map(written.line, found)))


def _giving(unit: Unit, role: str) -> Callable[..., Any] | None:
    """The user's function that gives the gradients."""
    first = unit.objects[0]
    if unit.style in RULES:
        return getattr(first, RULES[unit.style], None)
    if isinstance(first, type):
        return getattr(first, unit.roles.get(role, ""), None)
    return dict(zip(unit.roles, unit.objects, strict=False)).get(role, unit.objects[-1])


def _written(function: Callable[..., Any] | None) -> Written | None:
    if function is None:
        return None
    try:
        text, first = inspect.getsourcelines(function)
        file = Path(inspect.getsourcefile(inspect.unwrap(function)) or "").name
        return Written(file, first, ast.parse(textwrap.dedent("".join(text))))
    except (OSError, TypeError, SyntaxError):
        return None


def _source_of(function: ast.AST, gradient: Found, order: Sequence[str]) -> ast.AST | None:
    """What gives a gradient its value: the last assignment to its place, or to what is returned there."""
    place = gradient.held.place
    if place.root == SELF:
        step = _assigned(function, str(place))
        names = names_in(step.value) if gradient.rate is not None and step is not None and step.value else []
        computed = (_assigned(function, name) for name in names if is_gradient(name))
        return next((one for one in computed if one is not None), step)
    returns = [node for node in _in_order(function) if isinstance(node, ast.Return) and node.value is not None]
    if not returns:
        return None
    value = _part(returns[-1].value, [_key(step, order) for step in place.steps])
    named = _assigned(function, value.id) if isinstance(value, ast.Name) else None
    return named or returns[-1]


def _key(step: Step, order: Sequence[str]) -> Any:
    """The key of a step; a rule returns the gradients of its arguments in their order."""
    key = step.key if isinstance(step, Item) else None
    return order.index(key) if key in order else key


def _part(value: ast.expr | None, keys: Sequence[Any]) -> ast.expr | None:
    """The element of a returned tuple, list or dict that some keys lead to."""
    for key in keys:
        if isinstance(value, (ast.Tuple, ast.List)) and isinstance(key, int) and key < len(value.elts):
            value = value.elts[key]
        elif isinstance(value, ast.Dict):
            keys = [one.value if isinstance(one, ast.Constant) else None for one in value.keys]
            value = value.values[keys.index(key)] if key in keys else None
    return value


def _assigned(function: ast.AST, name: str) -> Assignment | None:
    """The last statement that assigns to a name, an attribute or an entry."""
    return next((node for node in reversed([*_statements(function)]) if name in _targets(node)), None)


def _statements(function: ast.AST) -> Iterator[Assignment]:
    yield from (n for n in _in_order(function) if isinstance(n, Assignment))


def _in_order(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes as they stand in the source; those of functions inside it last, since they are called later."""
    yield from own(function)
    for node in ast.walk(function):
        if isinstance(node, FUNCTIONS):
            yield from own(node)


def _targets(node: Assignment) -> set[str]:
    """What a statement assigns to, as it is written."""
    every = node.targets if isinstance(node, ast.Assign) else [node.target]
    apart = [target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target] for target in every]
    return {ast.unparse(one) for targets in apart for one in targets}
