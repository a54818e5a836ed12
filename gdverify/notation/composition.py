"""What an architecture composes: tensors that are declared, and operations applied to them, in the order of use."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gdverify.errors import NotationError
from gdverify.notation.axes import Axis, Extent
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
    """What a choice of options composes: tensors in the order of declaration, applications in the order of use.

    Attributes:
        declared: the tensors.
        applications: of operations.
        of_classes: the names of targets that are 1 for one class of each sample, and 0 for the others.
    """

    declared: list[Tensor] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)
    of_classes: set[str] = field(default_factory=set)

    @property
    def result(self) -> Tensor:
        """The loss of an architecture; the result of a single operation."""
        return self.applications[-1].result

    @property
    def prediction(self) -> Tensor:
        """What the loss compares with the target, whatever is added to the loss after that."""
        losses = [application for application in self.applications if application.operation.is_loss]
        last = (losses or self.applications)[-1]
        return last.operands[0] if len(self.applications) > 1 else last.result

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Every axis whose size is chosen, in the order of declaration."""
        every = (axis for tensor in self.declared for axis in tensor.axes)
        return tuple(axis for axis in dict.fromkeys(every) if not isinstance(axis, Extent))

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


def axes_so_far() -> tuple[Axis, ...]:
    """Every axis of the composition being written, those of results among them."""
    composition = _current.get() or Composition()
    tensors = [*composition.declared, *(application.result for application in composition.applications)]
    return tuple(dict.fromkeys(axis for tensor in tensors for axis in tensor.axes))


def composing_now() -> Composition:
    """The composition being written, for what is added to an architecture that is there already."""
    return _composition("composing_now()")


def exchanged(operation: Operation) -> Tensor:
    """Put another operation in the place of the last one, on the same operands; its result is the last tensor then."""
    last = _composition(f"exchanged({operation})").applications.pop()
    return operation(*last.operands)


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


def check_names(name: str, composition: Composition) -> None:
    """Call a scalar result the loss, whatever it was called, and refuse two meanings of one name.

    Raises:
        NotationError: a name clash.
    """
    if not composition.result.axes:
        composition.result.name = "loss"
    taken: dict[str, str] = dict.fromkeys(RESERVED, "a name of the generated code")
    tensors = [*composition.declared, *(a.result for a in composition.applications)]
    axes = dict.fromkeys(axis for tensor in tensors for axis in tensor.axes)
    named = [(axis.name, f"the size of axis {axis}") for axis in axes if axis.size.is_Symbol]
    named += [(t.name, f"the tensor {t}") for t in tensors if t is not composition.result or t.axes]
    named += [(f"d{t.name}", f"the adjoint of {t}") for t in tensors]
    for word, meaning in named:
        if word in taken:
            raise NotationError(
                f"{name}: name clash: {word!r} is both {taken[word]} and {meaning}; rename one of them."
            )
        taken[word] = meaning
