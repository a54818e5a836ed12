"""The Hessian that an objective of boosted trees returns beside its gradient: only the diagonal, stored as that is.

The objective is recognised by its gradient. What stands beside it is then the gradient of that gradient, entry by
entry, and is judged by the derived diagonal: see `gdverify.derivation.curvature`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gdverify.binding.binding import Binding
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.parts import OBJECTIVE, Parts
from gdverify.binding.calling.places import Item, Place
from gdverify.binding.calling.running import Held, tried
from gdverify.binding.equations.evaluation import computed, point, ratio
from gdverify.binding.gradients.gradients import Found
from gdverify.derivation.curvature import curvature, second_derivatives

GRADIENT, HESSIAN = range(2)  # as they are returned


def with_hessian(binding: Binding, parts: Parts) -> Binding:
    """The binding of an objective by its gradient, with the Hessian beside that.

    Args:
        binding: of the gradient, which the last call returned.
        parts: of the unit.
    """
    (gradient,) = binding.gradients
    (prediction,) = gradient.held.tensors
    source = second_derivatives(binding.source, "diagonal", prediction.name, binding.options)
    derivation = curvature(source)
    last = replace(binding.calls[-1], role=OBJECTIVE, callee=parts.roles[OBJECTIVE])
    made = replace(
        binding,
        source=source,
        options={},
        derivation=derivation,
        calls=(*binding.calls[:-1], last),
        result=_returned(binding.result, GRADIENT),
        gradients=(
            replace(gradient, held=_returned(gradient.held, GRADIENT)),
            replace(gradient, held=replace(_returned(gradient.held, HESSIAN), tensors=tuple(derivation.wanted))),
        ),
    )
    return replace(made, gradients=(made.gradients[0], _measured(made.gradients[1], made)))


def _returned(held: Held, number: int) -> Held:
    """The same of one of the two that are returned."""
    return replace(held, place=Place(OBJECTIVE, (Item(number), *held.place.steps)))


def _measured(hessian: Found, binding: Binding) -> Found:
    """How many times the derived diagonal it is: that says something where the gradient is as many times its own."""
    values = point(binding.derivation, binding.sizes)
    got = tried(lambda: binding.gradients_of(binding.run(values, binding.sizes), binding.sizes, values))
    (tensor,) = hessian.held.tensors
    constant = None if got is None else _ratio(np.asarray(got[tensor.name]), binding, values, tensor.name)
    of_gradient = binding.gradients[0].constant
    alike = constant is not None and of_gradient is not None and abs(constant / of_gradient - 1) < 1e-6
    return replace(hessian, constant=constant if alike else None)


def _ratio(got: Array, binding: Binding, values: dict[str, Array], name: str) -> float | None:
    return ratio(got, computed(binding.derivation, values, binding.sizes, [f"d{name}"])[f"d{name}"])
