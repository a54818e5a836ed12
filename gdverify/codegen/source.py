"""A derivation as a NumPy module: `forward`, `loss`, `loss_and_gradients` and `adjoints`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from gdverify.codegen.fusion import fused
from gdverify.codegen.layout import broken, wrapped
from gdverify.codegen.lifetimes import releases
from gdverify.codegen.looping import loop_lines, stored_of
from gdverify.codegen.module import Function, differentiated, function, module, module_docstring, shape
from gdverify.codegen.nodes import count, render, size_text
from gdverify.codegen.program import Program, Statement, in_groups, needed, program
from gdverify.codegen.quickening import quickened, unmasked
from gdverify.derivation.steps import Derivation
from gdverify.notation.axes import Axis
from gdverify.notation.tensors import Tensor

Kept = Callable[[Sequence[Statement]], set[str]]


def python_source(derivation: Derivation, command: str) -> str:
    """The text of the module.

    Args:
        derivation: what to write out.
        command: the command that regenerates the file, for its banner.
    """
    made = program(derivation)
    functions = [_forward(made), _loss(made), _loss_and_gradients(made), _adjoints(made)]
    return module(command, _module_docstring(made), functions)


def _module_docstring(made: Program) -> str:
    says = (
        f"The gradients are those of the {differentiated(made.derivation)}, derived from the forward equations by the"
    )
    counted = f"Operations: {operations_in(made.loss)} forward; {operations_in(made.backward)} backward."
    return module_docstring(made.derivation, [f"{says} chain rule."], counted)


def operations_in(statements: Iterable[Statement]) -> str:
    """For example ``3 matrix products, 2 sums, 7 elementwise operations``."""
    counts: Counter[str] = Counter()
    for statement in statements:
        counts.update(count(statement.node))
    order = ("matrix product", "sum", "elementwise operation", "copy")
    named = [f"{counts[kind]} {_plural(kind, counts[kind])}" for kind in order if counts[kind]]
    return ", ".join(named) or "none"


def _plural(kind: str, number: int) -> str:
    if number == 1:
        return kind
    return kind.replace("copy", "copies") if kind.endswith("y") else f"{kind}s"


def _forward(made: Program) -> Function:
    derivation = made.derivation
    prediction = derivation.prediction
    statements = _quick(made, made.forward, [prediction.name])
    returns = f"Returns {prediction.name} {shape(prediction)}."
    arguments = _arguments_of(made, statements)
    lines = [*_body(made, statements, prediction.name), f"return {prediction.name}"]
    title = "The prediction." if derivation.upstream is None else "The result."
    return function("forward", arguments, title, returns, lines, statements)


def _loss(made: Program) -> Function:
    name = _loss_name(made)
    statements = _quick(made, made.loss, [name])
    lines = [*_body(made, statements, name), f"return {name}"]
    return function("loss", made.derivation.arguments, "The loss.", f"Returns {name} ().", lines, statements)


def _quick(made: Program, statements: Sequence[Statement], targets: Sequence[str]) -> tuple[Statement, ...]:
    """The statements that the targets depend on, written for speed."""
    return needed(quickened(statements, targets, axes(made)), targets)


def axes(made: Program) -> dict[str, tuple[Axis, ...]]:
    """Of every tensor that is given or computed, by its name."""
    definitions = (*made.derivation.forward, *made.derivation.gradients.values())
    given = {tensor.name: tensor.axes for tensor in made.derivation.arguments}
    return {"loss": (), **given, **{definition.tensor.name: definition.tensor.axes for definition in definitions}}


def _unnamed(derivation: Derivation) -> set[str]:
    """What is computed on the way to tensors that the equations name, and the adjoints of that."""
    named = {application.result for application in derivation.composition.applications}
    made = {definition.tensor.name for definition in derivation.forward if definition.tensor not in named}
    return made | {f"d{name}" for name in made}


def _loss_name(made: Program) -> str:
    return "loss" if made.contraction else made.derivation.result.name


def _loss_and_gradients(made: Program) -> Function:
    wanted = made.derivation.wanted
    gradients = ", ".join(f'"{t.name}": d{t.name}' for t in wanted)
    shapes = ", ".join(f"{t.name} {shape(t)}" for t in wanted)
    name = _loss_name(made)
    returned = [name, *(f"d{t.name}" for t in wanted)]
    unnamed = _unnamed(made.derivation)
    statements = unmasked(fused(_quick(made, (*made.loss, *made.backward), returned), returned, unnamed))
    lines = [
        *_sections(made, statements, returned, releases(statements, returned, axes(made))),
        *wrapped(f"return {name}, {{", gradients.split(", "), "}"),
    ]
    return function(
        "loss_and_gradients",
        made.derivation.arguments,
        "The loss and its gradients.",
        f"Returns {name} () and the gradients of {shapes}.",
        lines,
        statements,
    )


def _adjoints(made: Program) -> Function:
    tensors = [statement.target for statement in made.every_adjoint]
    statements = _quick(made, (*made.loss, *made.every_adjoint), tensors)
    lines = [*_sections(made, statements, tensors, {}), *wrapped("return {", [f'"{t}": {t}' for t in tensors], "}")]
    return function(
        "adjoints",
        made.derivation.arguments,
        "The adjoint of every tensor on the way: ∂loss/∂tensor.",
        f"Returns {', '.join(tensors)}, each in the shape of its tensor.",
        lines,
        statements,
    )


def _sections(
    made: Program,
    statements: Sequence[Statement],
    returned: Collection[str],
    released: Mapping[str, Sequence[str]],
) -> list[str]:
    backward = {statement.target for statement in made.every_adjoint}
    parts = {
        "forward": [s for s in statements if s.target not in backward],
        "backward": [s for s in statements if s.target in backward],
    }
    return sections(made, parts, returned, released)


def sections(
    made: Program,
    parts: Mapping[str, Sequence[Statement]],
    returned: Collection[str],
    released: Mapping[str, Sequence[str]],
) -> list[str]:
    """The lines of a function under headings: those that read sizes, then of each part those of its statements.

    Args:
        made: the program, which says where sizes are read.
        parts: the statements under each heading, in order.
        returned: what the function returns.
        released: by a target, what can go after its line.
    """
    statements = [statement for part in parts.values() for statement in part]
    kept = _kept(statements, returned)
    lines = _sizes(made, statements)
    for heading, part in parts.items():
        if part:
            lines += [f"# {heading}", *_lines(made, part, kept, released)]
    return lines


def _body(made: Program, statements: Sequence[Statement], returned: str) -> list[str]:
    return [*_sizes(made, statements), *_lines(made, statements, _kept(statements, [returned]), {})]


def _lines(made: Program, part: Sequence[Statement], kept: Kept, released: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines of some statements; what of a loop is kept is what is read outside it."""
    lines: list[str] = []
    for loop, group in in_groups(part):
        if loop is None:
            lines += [line for s in group for line in (*_assigned(s), *_release(released.get(s.target)))]
        else:
            outside = kept(group)
            lines += loop_lines(group, outside, _floating(made))
            # What is there for one step alone takes the memory of one step.
            steps = {s.target for s in group} - stored_of(group, outside)
            gone = (name for s in group for name in released.get(s.target, ()))
            lines += _release([name for name in gone if name not in steps])
    return lines


def _kept(statements: Sequence[Statement], returned: Collection[str]) -> Kept:
    def outside(group: Sequence[Statement]) -> set[str]:
        inside = {statement.target for statement in group}
        return {*returned, *(read for s in statements if s.target not in inside for read in s.reads)}

    return outside


def _floating(made: Program) -> str:
    """An argument that has the dtype of what is computed."""
    return next(t.name for t in made.derivation.arguments if t not in made.derivation.positions)


def _assigned(statement: Statement) -> list[str]:
    return [*_comments(statement), *broken(f"{statement.target} = {render(statement.node)}")]


def _release(finished: Sequence[str] | None) -> list[str]:
    return [f"del {', '.join(finished)}"] if finished else []


def _comments(statement: Statement) -> list[str]:
    return [f"# {line}" for line in statement.formula.splitlines()]


def _sizes(made: Program, statements: Iterable[Statement]) -> list[str]:
    """The lines that read sizes off arrays, and compute those that follow from them."""
    used = _sizes_used(made, statements)
    read = [
        f"{size} = {tensor.name}.shape[{place}]" for size, (tensor, place) in made.size_sources.items() if size in used
    ]
    follow = [f"{axis.name} = {size_text(axis.extent)}" for axis in made.derivation.extents if axis.name in used]
    return [*read, *dict.fromkeys(follow)]


def _sizes_used(made: Program, statements: Iterable[Statement]) -> set[str]:
    used = {found for statement in statements for found in statement.reads}
    for axis in reversed(made.derivation.extents):
        if axis.name in used and not axis.extent.is_Integer:
            used |= {symbol.name for symbol in axis.extent.free_symbols}
    return used


def _arguments_of(made: Program, statements: Sequence[Statement]) -> list[Tensor]:
    used = _sizes_used(made, statements)
    used |= {made.size_sources[size][0].name for size in used & made.size_sources.keys()}
    return [tensor for tensor in made.derivation.arguments if tensor.name in used]
