"""The losses that a prediction may be compared with its target by, and networks under another loss than their own."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np

from gdverify import catalogue
from gdverify.binding.calling.carriers import Array
from gdverify.binding.equations.families import upstream_product
from gdverify.codegen.program import Statement, program, run
from gdverify.derivation.steps import Derivation, Source, derive
from gdverify.derivation.variants import takes
from gdverify.evidence.arithmetic import NUMPY
from gdverify.notation.architecture import Architecture
from gdverify.notation.axes import Axis
from gdverify.notation.composition import exchanged, input_tensor, parameter, target
from gdverify.notation.operation import Operation
from gdverify.notation.tensors import Tensor

UPSTREAM = "upstream"  # the gradient that arrives from behind, where it stands as a target


@cache
def losses() -> dict[str, Operation]:
    """The losses that compare a prediction with a target: those of the catalogue, and those of classes."""
    pairs = {name: one for name, one in catalogue.losses().items() if len(one.operands) == 2}
    return {name: one for name, one in pairs.items() if not derive(one).positions}


def loss_values(
    derivation: Derivation, prediction: Array, values: Mapping[str, Array]
) -> Iterator[tuple[Operation | None, Array]]:
    """The value of each loss that fits, for a prediction and the targets among the values.

    What has no target, such as an operation that is its own loss, has one value: its prediction.
    """
    targets = derivation.composition.role("target")
    if derivation.upstream is not None or len(targets) != 1 or len(derivation.composition.applications) == 1:
        if not prediction.ndim:
            yield None, prediction
        return
    target = values[targets[0].name]
    last = derivation.composition.applications[-1]
    for loss in _fitting(last.operation, tuple(operand.axes for operand in last.operands)):
        yield loss, _value(loss, prediction, target)


@lru_cache(maxsize=256)
def _fitting(declared: Operation, axes: tuple[tuple[Axis, ...], ...]) -> tuple[Operation, ...]:
    """The losses of a prediction and a target with such axes; what an architecture declares is what its users write."""
    operands = [Tensor(name, one) for name, one in zip("yt", axes, strict=False)]
    return (declared, *(loss for loss in losses().values() if loss.name != declared.name and takes(loss, operands)))


def _value(loss: Operation, prediction: Array, target: Array) -> Array:
    statements, names, axes = _program(loss)
    y, t = (np.atleast_2d(array) for array in (prediction, target))
    with np.errstate(all="ignore"):
        known = run(statements, {names[0]: y, names[1]: t, **dict(zip(axes, y.shape, strict=True))}, NUMPY)
    return np.asarray(known["loss"])


@cache
def _program(loss: Operation) -> tuple[tuple[Statement, ...], list[str], list[str]]:
    """What computes a loss, the names of its arguments, and those of the axes of its prediction."""
    single = derive(loss)
    names = [tensor.name for tensor in single.arguments]
    return program(single).forward, names, [axis.name for axis in single.arguments[0].axes]


def under(source: Source, loss: Operation) -> Architecture:
    """An architecture with its last operation exchanged for a loss; an operation is refused by its type.

    A family that has an option for it is given that option instead, see `with_options`.
    """
    assert isinstance(source, Architecture)
    return _under(source, loss)


@lru_cache(maxsize=256)
def _under(source: Architecture, loss: Operation) -> Architecture:
    def function(**options: Any) -> Tensor:
        source.function(**options)
        return exchanged(loss)

    function.__signature__ = inspect.signature(source.function)  # type: ignore[attr-defined]  # the family's options
    function.__doc__ = source.function.__doc__
    return Architecture(source.name, function)


def judged_under(source: Source, options: Mapping[str, Any], loss: Operation) -> tuple[Source, dict[str, Any]]:
    """The source and options whose loss is the given one."""
    if isinstance(source, Architecture) and "loss" in source.options:
        return source, {**options, "loss": loss}
    return under(source, loss), dict(options)


@lru_cache(maxsize=256)
def product_of(operation: Operation, wanted: tuple[str, ...]) -> Architecture:
    """An operation as an architecture: ``Σ t · result``, with gradients by some of its operands only."""
    single = derive(operation)

    def function() -> Tensor:
        made = [
            (parameter if tensor.name in wanted else input_tensor)(tensor.name, *tensor.axes)
            for tensor in single.composition.declared
        ]
        result = operation(*made, name=single.result.name)
        return upstream_product(result, target(UPSTREAM, *result.axes))

    function.__doc__ = operation.doc
    return Architecture(operation.name, function)
