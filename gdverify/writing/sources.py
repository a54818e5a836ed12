"""What an implementation is judged against, in words: a row for each way in which the binder makes one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from sympy import Rational

from gdverify.binding.equations import families
from gdverify.binding.equations.losses import losses, product_of, under
from gdverify.binding.equations.objectives import OBJECTIVES
from gdverify.binding.equations.penalties import penalty, regularised
from gdverify.catalogue import architectures, operations
from gdverify.derivation.curvature import SecondDerivatives
from gdverify.derivation.steps import Source, derive
from gdverify.notation.architecture import Architecture
from gdverify.notation.operation import Operation
from gdverify.writing.layout import literal, quoted
from gdverify.writing.scope import Scope, Unspellable

Said = dict[str, str]  # arguments of bind
# Modules of gdverify.binding.equations and what they name.
FURTHER: Mapping[str, Sequence[Source]] = {
    "families": families.FAMILIES,
    "objectives": OBJECTIVES,
}


def against(source: Source, options: Mapping[str, Any], scope: Scope) -> Said:
    """The arguments that name a source and its options; raises Unspellable where there is no name."""
    if isinstance(source, SecondDerivatives):
        return _second(source, scope)
    name, _, term = source.name.partition(" + ")
    for row in SOURCES:
        for said in row(name, term, source, scope):
            return {**said, **{option: _option(value, scope) for option, value in options.items()}}
    raise Unspellable(f"{source} has no name outside of the audit")


def _second(source: SecondDerivatives, scope: Scope) -> Said:
    """The diagonal of the Hessian of what an objective is the gradient of."""
    said = against(source.first, dict(source.given), scope)
    first = said.pop("against")
    given = {"operand": quoted(source.operand), **said} if source.operand is not None else said
    words = [first, *(f"{name}={text}" for name, text in given.items())]
    return {"against": f"gdverify.hessian_{source.kind}({', '.join(words)})"}


def _named(name: str, term: str, source: Source, scope: Scope) -> Iterator[Said]:
    if source in (operations().get(name), architectures().get(name)):
        yield {"against": quoted(name)}


def _further(name: str, term: str, source: Source, scope: Scope) -> Iterator[Said]:
    """What the catalogue does not name."""
    for module, known in FURTHER.items():
        if any(source is one for one in known):
            yield {"against": scope.importing(f"from gdverify.binding.equations import {module}", f"{module}.{name}")}


def _product(name: str, term: str, source: Source, scope: Scope) -> Iterator[Said]:
    """A layer that gives its gradients by some operands only."""
    if name not in operations() or not isinstance(source, Architecture):
        return
    names = tuple(tensor.name for tensor in derive(source).wanted)
    if product_of(operations()[name], names) is source:
        scope.needs("from gdverify.binding.equations.losses import product_of")
        scope.needs("from gdverify.catalogue import find_operation")
        yield {"against": f"product_of(find_operation({quoted(name)}), {literal(names)})"}


def _under(name: str, term: str, source: Source, scope: Scope) -> Iterator[Said]:
    """A network under another loss than its own."""
    for base in (architectures().get(name), *(one for one in families.FAMILIES if one.name == name)):
        for loss in losses().values() if base is not None else ():
            if base is not None and under(base, loss) is source:
                scope.needs("from gdverify.binding.equations.losses import under")
                scope.needs("from gdverify.catalogue import find, find_operation")
                yield {"against": f"under(find({quoted(name)}), find_operation({quoted(loss.name)}))"}


def _regularised(name: str, term: str, source: Source, scope: Scope) -> Iterator[Said]:
    base = architectures().get(name)
    if term and base is not None and regularised(base, penalty(term)) is source:
        yield {"against": quoted(name), "regularisation": quoted(term)}


SOURCES: tuple[Callable[[str, str, Source, Scope], Iterator[Said]], ...] = (
    _named,
    _further,
    _product,
    _under,
    _regularised,
)


def _option(value: Any, scope: Scope) -> str:
    for kind, written in OPTIONS.items():
        if isinstance(value, kind):
            return written(value, scope)
    text = literal(value)
    if text is None:
        raise Unspellable(f"the option {value!r} has no text")
    return text


def _operation(value: Operation, scope: Scope) -> str:
    known = operations().get(value.name)
    if known == value:
        return quoted(value.name)
    if getattr(families, value.name, None) is value:
        return scope.importing("from gdverify.binding.equations import families", f"families.{value.name}")
    if known is not None and known.given(**dict(value.options)) == value:
        scope.needs("from gdverify.catalogue import find_operation")
        constants = ", ".join(f"{name}={_option(one, scope)}" for name, one in value.options)
        return f"find_operation({quoted(value.name)}).given({constants})"
    raise Unspellable(f"{value.name} is no operation of the catalogue")


OPTIONS: Mapping[type, Callable[[Any, Scope], str]] = {
    Operation: _operation,
    Enum: lambda value, scope: quoted(value.value),
    Rational: lambda value, scope: quoted(str(value)),
}
