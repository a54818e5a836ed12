"""Architectures: operations composed, ending in a loss.

    @architecture
    def line():
        points = axis("points", "n")
        x, t = input_tensor("x", points), target("t", points)
        a, b = parameter("a"), parameter("b")
        return mean_squared_error(scale_and_shift(x, a, b), t)

A function with options is a family; each choice of options is one `Composition`.
"""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gdverify.errors import NotationError, described, innermost_line, unknown
from gdverify.notation.axes import Axis
from gdverify.notation.functions import FUNCTIONS
from gdverify.notation.tensors import Tensor

if TYPE_CHECKING:
    from gdverify.notation.operation import Operation

# What a generated file calls by name: its import, its functions, and those that NumPy lacks.
RESERVED = {"np", "loss", "forward", "loss_and_gradients", "adjoints"}
RESERVED |= {name for name, row in FUNCTIONS.items() if row.stable is not None}


@dataclass(frozen=True)
class Application:
    """One operation applied to tensors."""

    operation: Operation
    operands: tuple[Tensor, ...]
    result: Tensor


@dataclass
class Composition:
    """What a choice of options composes: tensors in the order of declaration, applications in the order of use."""

    declared: list[Tensor] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)

    @property
    def result(self) -> Tensor:
        """The loss of an architecture; the result of a single operation."""
        return self.applications[-1].result

    @property
    def prediction(self) -> Tensor:
        """What the loss compares with the target."""
        last = self.applications[-1]
        return last.operands[0] if len(self.applications) > 1 else last.result

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Every axis, in the order of declaration."""
        return tuple(dict.fromkeys(axis for tensor in self.declared for axis in tensor.axes))

    def role(self, *roles: str) -> list[Tensor]:
        """The declared tensors that play one of the roles."""
        return [tensor for tensor in self.declared if tensor.role in roles]


_current: ContextVar[Composition | None] = ContextVar("the composition being written", default=None)


def _composition(what: str) -> Composition:
    current = _current.get()
    if current is None:
        raise NotationError(f"{what}: tensors and operations are composed inside a function marked @architecture.")
    return current


def _declare(name: str, axes: Sequence[Axis], role: str) -> Tensor:
    composition = _composition(f"{role} {name!r}")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise NotationError(f"{role} name={name!r}: expected a Python identifier, since the generated code uses it.")
    tensor = Tensor(name, axes, role)
    composition.declared.append(tensor)
    return tensor


def input_tensor(name: str, *axes: Axis) -> Tensor:
    """Declare data that the network reads, with the given axes."""
    return _declare(name, axes, "input")


def parameter(name: str, *axes: Axis) -> Tensor:
    """Declare a tensor whose gradient is wanted."""
    return _declare(name, axes, "parameter")


def target(name: str, *axes: Axis) -> Tensor:
    """Declare what the prediction is compared with."""
    return _declare(name, axes, "target")


def record(operation: Operation, operands: tuple[Tensor, ...], axes: tuple[Axis, ...], name: str | None) -> Tensor:
    """Append an application to the composition being written; called by the operation itself.

    An operation that is applied to the same tensors again is computed once: its first result is given back.
    """
    composition = _composition(f"{operation}(…)")
    for made in composition.applications:
        if made.operands == operands and made.operation == operation:
            return made.result
    result = Tensor(name or _numbered(composition, operation.symbol), axes)
    composition.applications.append(Application(operation, operands, result))
    return result


def _numbered(composition: Composition, symbol: str) -> str:
    count = sum(application.operation.symbol == symbol for application in composition.applications)
    return symbol if count == 0 else f"{symbol}{count + 1}"


@contextmanager
def composing() -> Iterator[Composition]:
    """Collect declarations and applications into a new composition."""
    composition = Composition()
    token = _current.set(composition)
    try:
        yield composition
    finally:
        _current.reset(token)


@dataclass(frozen=True)
class Architecture:
    """A named family of compositions."""

    name: str
    function: Callable[..., Tensor]

    @property
    def doc(self) -> str:
        """What it computes, and its source."""
        return inspect.getdoc(self.function) or ""

    @property
    def options(self) -> dict[str, Any]:
        """The options of the family with their defaults."""
        return {p.name: p.default for p in inspect.signature(self.function).parameters.values()}

    def resolve(self, **options: Any) -> dict[str, Any]:
        """All options, with operations looked up by name.

        Raises:
            UnknownName: an option that the family does not have, or an operation that does not exist.
        """
        resolved = self.options
        for name, value in options.items():
            if name not in resolved:
                raise unknown(f"option of {self.name}", name, resolved)
            resolved[name] = _option(self.name, name, resolved[name], value)
        return resolved

    def compose(self, **options: Any) -> Composition:
        """Write the composition down.

        Raises:
            NotationError: an unused tensor, a name clash, or a loss that is not a scalar.
        """
        resolved = self.resolve(**options)
        with composing() as composition:
            try:
                loss = self.function(**resolved)
            except Exception as error:  # whatever the user's function does, the message names its line
                raise NotationError(f"{self.name}{_place(error, self.function)}: {described(error)}") from error
        _check(self.name, composition, loss)
        check_names(self.name, composition)
        return composition

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


def architecture(function: Callable[..., Tensor]) -> Architecture:
    """Declare an architecture or a family of them; the function returns the loss."""
    return Architecture(function.__name__, function)


def _option(family: str, name: str, default: Any, value: Any) -> Any:
    """A value for an option, of the kind of its default."""
    if _is_operation(default):
        found = _operation(value) if isinstance(value, str) else value
        if not _is_operation(found):
            raise NotationError(f"{family}({name}={value!r}): expected an operation, or its name, such as {default}.")
        return found
    if type(default) is int and (type(value) is not int or value < 0):
        raise NotationError(f"{family}({name}={value!r}): expected a whole number, 0 or more, such as {default}.")
    return value


def _place(error: Exception, function: Callable[..., Any]) -> str:
    file = str(Path(function.__code__.co_filename).resolve())
    line = innermost_line(error, file)
    return f" ({Path(file).name}:{line})" if line else ""


def _is_operation(value: Any) -> bool:
    from gdverify.notation.operation import Operation

    return isinstance(value, Operation)


def _operation(name: str) -> Any:
    from gdverify.catalogue import find_operation

    return find_operation(name)


def _check(name: str, composition: Composition, loss: Any) -> None:
    if not composition.applications or loss is not composition.result:
        raise NotationError(f"{name} returns {loss!r}: expected the loss, which is the result of its last operation.")
    if loss.axes:
        raise NotationError(
            f"{name}: the loss is not a scalar: {loss} has axes; end with an operation that sums over them."
        )
    if not composition.role("parameter"):
        raise NotationError(f"{name} declares no parameter(…): there is nothing to take the gradient of.")
    _refuse_unused(name, composition)


def _refuse_unused(name: str, composition: Composition) -> None:
    used = {id(tensor) for application in composition.applications for tensor in application.operands}
    made = [application.result for application in composition.applications[:-1]]
    for tensor in [*composition.declared, *made]:
        if id(tensor) not in used:
            raise NotationError(f"{name}: {tensor} is unused: nothing that leads to the loss reads it; remove it.")


def check_names(name: str, composition: Composition) -> None:
    """Call a scalar result the loss, whatever it was called, and refuse two meanings of one name.

    Raises:
        NotationError: a name clash.
    """
    if not composition.result.axes:
        composition.result.name = "loss"
    taken: dict[str, str] = dict.fromkeys(RESERVED, "a name of the generated code")
    tensors = [*composition.declared, *(a.result for a in composition.applications)]
    named = [(axis.name, f"the size of axis {axis}") for axis in composition.axes]
    named += [(t.name, f"the tensor {t}") for t in tensors if t is not composition.result]
    named += [(f"d{t.name}", f"the adjoint of {t}") for t in tensors]
    for word, meaning in named:
        if word in taken:
            raise NotationError(
                f"{name}: name clash: {word!r} is both {taken[word]} and {meaning}; rename one of them."
            )
        taken[word] = meaning
