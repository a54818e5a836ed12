"""A binding by hand called twice on one object, the second time with other data, as found units are.

Not asked: a script, which runs anew for each case, functions, which have no object, and what changes its weights, since
an update is meant to keep its momentum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import numpy as np

from gdverify.binding.calling.twice import Seen, Tries, Twice, tried_twice
from gdverify.binding.equations.evaluation import SEED
from gdverify.binding.hand.declared import Hand
from gdverify.binding.hand.given import Given
from gdverify.binding.hand.points import Inputs, Point
from gdverify.binding.hand.program import Script
from gdverify.cases.strategies import Space, build, fresh, members
from gdverify.derivation.steps import derive

Makes = Callable[[], Given]


def called_twice(hand: Hand, space: Space) -> Twice:
    """What shows at two cases of one member, of the same sizes and parameters."""
    if not _keeps_objects(hand):
        return Twice()
    options = [*members(space)][-1]
    derivation = derive(space.source, **options)
    (case,) = fresh(space, derivation, options, 1, 0, dtype="float64")
    other = build(derivation, options, case.sizes, "ordinary", "float64", SEED)
    held = {name: case.arrays[name] for name in case.arrays if hand.places_of(name) or name in case.parameters}
    if _reads(hand, case.arrays.keys() - held.keys()):
        return Twice()
    first, second = (lambda: hand.given(case.copied()), lambda: hand.given(other.replaced(**held).copied()))
    return tried_twice(lambda: _tries(hand, first, second, hand.names(case)))


def called_twice_at(hand: Hand, inputs: Inputs, choices: Mapping[str, Any], seed: int) -> Twice:
    """What shows at two points of the same sizes and parameters, where no architecture says what there is."""
    if not _keeps_objects(hand) or hand.steps is not None or _reads(hand, inputs.keys() - hand.places.keys()):
        return Twice()

    def tries() -> Tries:
        point = Point.drawn(hand, inputs, choices, np.random.default_rng((seed, 0)))
        other = Point.drawn(hand, inputs, dict(point.sizes), np.random.default_rng((seed, 1)))
        values = {name: point.values[name] if name in hand.places else one for name, one in other.values.items()}
        names = [name for name in point.values if hand.claims(name)]
        return _tries(hand, lambda: point.given(point.values), lambda: point.given(values), names)

    return tried_twice(tries)


def _keeps_objects(hand: Hand) -> bool:
    return hand.make is not None and not isinstance(hand.make, Script) and hand.run is not None and hand.rate is None


def _reads(hand: Hand, data: Set[str]) -> bool:
    """Whether the object is made of data: then one object has no other."""
    code = getattr(hand.make, "__code__", None)
    return code is not None and bool({*code.co_names} & data)


def _tries(hand: Hand, first: Makes, second: Makes, names: Sequence[str]) -> Tries:
    given, _ = hand.played(first(), hand.run)
    seen = _seen(hand, given, names)
    again = hand.played_again(second(), given)
    anew, _ = hand.played(second(), hand.run)
    return Tries(seen, _seen(hand, again, names), _seen(hand, anew, names), {})


def _seen(hand: Hand, given: Given, names: Sequence[str]) -> Seen:
    shows = hand.forward is None and (hand.value is not None or hand.output is not None)
    output = np.array(hand.loss(given) if shows else np.zeros(0))
    return Seen(output, {name: np.array(hand.gradient(name, given, {})) for name in names})
