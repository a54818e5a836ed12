"""An operation is one forward equation; calling it on tensors composes architectures.

    @operation("z", x=(leading, inputs), W=(outputs, inputs), b=(outputs,), gives=(leading, outputs))
    def affine(x, W, b):
        n, i, o = indices(leading, inputs, outputs)
        return total(W[o, i] * x[n, i], over=i) + b[o]

Without declared axes the equation is written for one entry, and holds for tensors of any shape.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import sympy

from gdverify.errors import NotationError
from gdverify.notation import vocabulary
from gdverify.notation.axes import Axis, Extent, Index, Leading, fresh, leading
from gdverify.notation.composition import axes_so_far, record
from gdverify.notation.reductions import free_indices, refuse_captured
from gdverify.notation.tensors import Entry, Tensor

Axes = tuple[Axis, ...]
Function = Callable[..., sympy.Expr]
Declared = Axes | Callable[..., Axes]

_group: ContextVar[Axes | None] = ContextVar("leading axes of the equation being written", default=None)


def indices(*axes: Axis) -> tuple[Any, ...]:
    """One fresh index for each axis; for ``leading`` a tuple of them, to be used as one."""
    return tuple(tuple(map(fresh, _leading())) if isinstance(axis, Leading) else fresh(axis) for axis in axes)


def _leading() -> Axes:
    group = _group.get()
    if group is None:
        raise NotationError("indices(leading): the leading axes are known only inside the equation of an @operation.")
    return group


@dataclass(frozen=True)
class Equation:
    """A forward equation over symbolic tensors: ``result[indices] = expression``."""

    operands: tuple[Tensor, ...]
    indices: tuple[Index, ...]
    expression: sympy.Expr


@dataclass(frozen=True)
class Operation:
    """A forward equation with its name, the letter of its result, and the axes of its operands."""

    name: str
    symbol: str
    function: Function
    declared: tuple[tuple[str, Declared], ...]
    gives: Declared | None
    options: tuple[tuple[str, Any], ...]

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """The names of the operands, in order."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)

    @property
    def doc(self) -> str:
        """The sentence that says what it is, and its source."""
        return inspect.getdoc(self.function) or ""

    @property
    def elementwise(self) -> bool:
        """Whether the equation is written for one entry."""
        return not self.declared

    @property
    def is_loss(self) -> bool:
        """Whether it compares a prediction with a target: its result is called the loss."""
        return self.symbol == "loss"

    def axes(self, operand: str) -> Axes:
        """The declared axes of an operand; they may follow from the constants."""
        declared = dict(self.declared).get(operand, (leading,))
        return declared(**dict(self.options)) if callable(declared) else declared

    def given(self, **options: Any) -> Operation:
        """The same operation with other constants, for example ``leaky_relu.given(alpha=Rational(1, 5))``.

        Raises:
            NotationError: the operation has no such constant, or the value is no finite real number.
        """
        known = dict(self.options)
        for name in options:
            if name not in known:
                raise NotationError(f"{self.name} has no constant {name!r}; it has: {', '.join(known) or 'none'}.")
        merged = tuple({**known, **{k: _constant(self.name, k, v) for k, v in options.items()}}.items())
        return Operation(self.name, self.symbol, self.function, self.declared, self.gives, merged)

    def equation(self, rank: int = 1) -> Equation:
        """The equation for a number of leading axes, checked; raises NotationError where it does not fit."""
        return _traced(self, rank)

    def __call__(self, *tensors: Tensor, name: str | None = None) -> Tensor:
        """Apply to tensors of an architecture; the result is its next tensor.

        Raises:
            NotationError: the axes of the operands do not fit together.
        """
        if len(tensors) != len(self.operands):
            raise NotationError(
                f"{self.name} takes {len(self.operands)} tensors ({', '.join(self.operands)}), got {len(tensors)}."
            )
        binding = self.bind(tensors)
        equation = self.equation(len(binding[leading]))
        axes = _substitute(self._result_axes(equation), binding, axes_so_far())
        return record(self, tensors, axes, name)

    def _result_axes(self, equation: Equation) -> Axes:
        given = self.given_axes
        if given is not None:
            return given
        return (leading,) if equation.indices else ()

    @property
    def given_axes(self) -> Axes | None:
        """The axes of the result, where they are declared; they may follow from the constants."""
        return self.gives(**dict(self.options)) if callable(self.gives) else self.gives

    def bind(self, tensors: Sequence[Tensor]) -> dict[Axis, Axes]:
        """Which axes of the given tensors stand for each declared axis."""
        binding: dict[Axis, Axes] = {}
        for operand, tensor in zip(self.operands, tensors, strict=True):
            if not isinstance(tensor, Tensor):
                raise NotationError(f"{self.name}({operand}={tensor!r}): expected a tensor of the architecture.")
            for axis, actual in _match(self, operand, self.axes(operand), tensor):
                if binding.setdefault(axis, actual) != actual:
                    raise NotationError(
                        f"{self.name}: {operand} = {tensor}: axis {axis} is [{_names(actual)}] here but "
                        f"[{_names(binding[axis])}] in an operand before it; the two must be the same axis."
                    )
        binding.setdefault(leading, ())
        return binding

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


def operation(symbol: str, *, gives: Declared | None = None, **axes: Declared) -> Callable[[Function], Operation]:
    """Declare an operation: its result's letter, the axes of its operands and of its result.

    Keyword-only parameters of the equation are constants, with their defaults. Where axes follow from these, as
    those of the result from the stride of a window, a function of them stands in their place.

    Raises:
        NotationError: the equation does not fit the declaration; raised where it is written.
    """

    def declare(function: Function) -> Operation:
        keywords = inspect.signature(function).parameters.values()
        options = tuple((p.name, p.default) for p in keywords if p.kind is p.KEYWORD_ONLY)
        made = Operation(function.__name__, symbol, function, tuple(axes.items()), gives, options)
        _check_declaration(made)
        made.equation()
        return made

    return declare


@cache
def _formal(rank: int) -> Axes:
    return tuple(Axis(f"leading{k}", f"n{k}") for k in range(rank))


@lru_cache(maxsize=4096)
def _traced(operation: Operation, rank: int) -> Equation:
    group = _formal(rank)
    tensors = tuple(Tensor(name, _substitute(operation.axes(name), {leading: group})) for name in operation.operands)
    token = _group.set(group)
    try:
        (shared,) = indices(leading)
        arguments = [t[shared] for t in tensors] if operation.elementwise else tensors
        expression = _sympified(operation.function(*arguments, **dict(operation.options)))
        vocabulary.check(operation.name, expression, tensors)
    except NotationError as error:
        if not str(error).startswith(operation.name):
            error.args = (f"{operation.name}: {error}",)  # the same error, raised where the equation is wrong
        raise
    finally:
        _group.reset(token)
    return Equation(tensors, _checked(operation, tensors, expression, group), expression)


def _sympified(returned: Any) -> Any:
    """The expression with rational numbers; what is none is returned as it is, to be refused."""
    try:
        return vocabulary.rational(sympy.sympify(returned, strict=True))
    except (sympy.SympifyError, AttributeError, TypeError):
        return returned


def _checked(operation: Operation, tensors: Sequence[Tensor], expression: sympy.Expr, group: Axes) -> tuple[Index, ...]:
    """The result's indices in the declared order, once the equation has been found to fit."""
    refuse_captured(operation.name, expression, free_indices(expression))
    used = {tensor for entry in expression.atoms(Entry) for tensor in entry.tensors}
    for tensor in tensors:
        # A term divided by the number of samples reads nothing of the samples but how many they are.
        if tensor not in used and not any(axis.size in expression.free_symbols for axis in tensor.axes):
            raise NotationError(f"{operation.name}: operand {tensor} is unused in its equation; drop it or use it.")
    free = free_indices(expression)
    if operation.given_axes is None:
        return free
    wanted = _substitute(operation.given_axes, {leading: group})
    return _in_order(operation.name, free, wanted)


def _in_order(name: str, free: tuple[Index, ...], wanted: Axes) -> tuple[Index, ...]:
    rest = list(free)
    ordered = []
    for axis in wanted:
        index = next((i for i in rest if i.axis == axis), None)
        if index is None:
            raise NotationError(
                f"{name}: gives=({_names(wanted)}), but no index over axis {axis} is free in its equation."
            )
        rest.remove(index)
        ordered.append(index)
    if rest:
        raise NotationError(
            f"{name}: free index over axis {rest[0].axis}: the equation leaves it open, but gives=({_names(wanted)}); "
            f"sum over it with total(…, over=…), or add the axis to gives."
        )
    return tuple(ordered)


def _constant(operation: str, name: str, value: Any) -> sympy.Rational:
    try:
        # SymPy would evaluate text as Python.
        number = sympy.Rational(value) if isinstance(value, str) else sympy.nsimplify(value, rational=True)
    except (sympy.SympifyError, AttributeError, TypeError, ValueError, ZeroDivisionError):
        number = None
    if not isinstance(number, sympy.Rational) or not number.is_finite:
        raise NotationError(f"{operation}.given({name}={value!r}): expected a finite real number.")
    return number


def _check_declaration(operation: Operation) -> None:
    for name, default in operation.options:
        if default is inspect.Parameter.empty:
            raise NotationError(f"{operation.name}: the constant {name} needs a default value: write {name}=….")
    if operation.elementwise:
        return
    for missing in sorted(set(operation.operands) ^ set(dict(operation.declared))):
        raise NotationError(
            f"{operation.name}: operand {missing!r} must stand both in the declaration and in the equation's signature."
        )
    if operation.gives is None:
        raise NotationError(f"{operation.name}: gives=… is missing: say which axes the result has, in order.")


def _match(operation: Operation, operand: str, declared: Axes, tensor: Tensor) -> list[tuple[Axis, Axes]]:
    fixed = [axis for axis in declared if not isinstance(axis, Leading)]
    extra = len(tensor.axes) - len(fixed)
    if extra < 0 or (extra > 0 and len(fixed) == len(declared)):
        raise NotationError(
            f"{operation.name}({operand}[{_names(declared)}]) got {tensor}: the number of axes does not fit."
        )
    matched: list[tuple[Axis, Axes]] = []
    position = 0
    for axis in declared:
        width = extra if isinstance(axis, Leading) else 1
        matched.append((axis, tensor.axes[position : position + width]))
        position += width
    return matched


def _substitute(axes: Axes, binding: Mapping[Axis, Axes], taken: Sequence[Axis] = ()) -> Axes:
    """The actual axes; what follows from other axes is made of the actual ones, under a name that is free."""
    sizes = {old.size: new[0].size for old, new in binding.items() if len(new) == 1 and not isinstance(old, Leading)}
    made: list[Axis] = []
    for axis in axes:
        if isinstance(axis, Extent) and axis not in binding:
            (along,) = binding.get(axis.along, (axis.along,))
            made.append(axis.over(sizes, along, (*taken, *made)))
        else:
            made.extend(binding.get(axis, (axis,)))
    return tuple(made)


def _names(axes: Sequence[Axis]) -> str:
    return ", ".join(map(str, axes))
