"""A unit that no equation describes, called twice on one object."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gdverify.binding.calling.places import Environment
from gdverify.binding.calling.running import SELF
from gdverify.binding.calling.twice import Seen, Tries, Twice, held_elsewhere, tried_twice

if TYPE_CHECKING:
    from gdverify.binding.own.forward import Own, Values


def called_twice(own: Own, seed: int) -> Twice:
    """What shows; nothing where there is no object that could keep anything."""
    if own.construction is None:
        return Twice()
    found = tried_twice(lambda: _tries(own, seed))
    # State and random numbers in the forward pass have remarks of their own.
    return replace(found, remarks=()) if own.seen.state or own.seen.random else found


def _tries(own: Own, seed: int) -> Tries:
    values, others = own.values(seed * 1000), own.values(seed * 1000 + 1)
    others |= {one.tensors[0].name: values[one.tensors[0].name] for one in own.held if one.place.root == SELF}
    environment, fresh = own.run(values), own.run(others)
    first = _seen(own, environment, values)
    own.run_again(environment, others)
    places = {one.held.tensors[0].name: one.held.place for one in own.gradients}
    moved = held_elsewhere(environment, fresh, places)
    return Tries(first, _seen(own, environment, others), _seen(own, fresh, others), moved)


def _seen(own: Own, environment: Environment, values: Values) -> Seen:
    return Seen(own.output_in(environment), own.gradients_in(environment, values, own.resized[0]))
