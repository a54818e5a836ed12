"""A bound unit, called twice on one object."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gdverify.binding.binding import Binding
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Environment
from gdverify.binding.calling.twice import Seen, Tries, Twice, held_elsewhere, tried_twice
from gdverify.binding.equations.evaluation import SEED, point


def called_twice(binding: Binding, dtype: str) -> Twice:
    """What shows; nothing where no object could keep anything, or where an update is meant to keep its momentum."""
    updates = binding.by_change or any(one.share != 1 for one in binding.gradients)
    if binding.construction is None or updates:
        return Twice()
    return tried_twice(lambda: _tries(binding, dtype))


def _tries(binding: Binding, dtype: str) -> Tries:
    values, others = (point(binding.derivation, binding.sizes, dtype, SEED + k) for k in (0, 1))
    others |= {
        tensor.name: values[tensor.name] for one in binding.held if not one.is_argument for tensor in one.tensors
    }
    environment, fresh = (binding.run(one, binding.sizes) for one in (values, others))
    first = _seen(binding, environment, values)
    binding.run_again(environment, others)
    places = {tensor.name: one.held.place for one in binding.gradients for tensor in one.held.tensors}
    moved = held_elsewhere(environment, fresh, places)
    return Tries(first, _seen(binding, environment, others), _seen(binding, fresh, others), moved)


def _seen(binding: Binding, environment: Environment, values: Mapping[str, Array]) -> Seen:
    found = binding.gradients_of(environment, binding.sizes, values)
    output = np.array(binding.result_of(environment, binding.sizes))
    return Seen(output, {name: np.array(getattr(one, "value", one)) for name, one in found.items()})
