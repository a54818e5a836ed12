"""What a unit that no equation describes does besides: to its arguments, and with arrays that lie otherwise in memory.

The rows are those of `gdverify.auditing.behaviours`, tried at one point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gdverify.auditing.behaviours.agreement import Difference
from gdverify.auditing.behaviours.kinds import KINDS
from gdverify.auditing.behaviours.layouts import LAYOUTS, other, refusal
from gdverify.auditing.behaviours.report import new
from gdverify.auditing.behaviours.seen import changed
from gdverify.auditing.confinement import limited, quiet
from gdverify.auditing.verdicts import Finding
from gdverify.binding.calling import running
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Place, get
from gdverify.binding.gradients.following import UPSTREAM
from gdverify.errors import described

if TYPE_CHECKING:
    from gdverify.binding.own.forward import Own

HALF = 2.0**-26  # half the digits: what another order of a sum may make of a gradient, and more


def conduct(own: Own, seed: int) -> list[Finding]:
    """What shows at the first point of an audit."""
    values = own.values(seed * 1000)
    found = {kind: Finding(kind, said, KINDS[kind].severe) for kind, said in _seen(own, values)}
    return [found[kind] for kind in new(kind for kind in KINDS if kind in found)]


def _seen(own: Own, values: Mapping[str, Array]) -> Iterator[tuple[str, str]]:
    environment = own.run(values)
    first = own.gradients_in(environment, values, own.resized[0])
    names = [name for name, place in _arguments(own) if _differs(get(environment, place), values[name])]
    if data := [name for name in names if name != UPSTREAM]:
        yield "writes into its arguments", changed(data)
    if UPSTREAM in names:
        yield "writes into the upstream gradient", changed([UPSTREAM])
    for layout, lay in LAYOUTS.items():
        try:
            with limited(running.TIME_LIMIT, _seen.__code__), quiet():
                got = own.got({name: lay(np.asarray(array)) for name, array in values.items()})
        except Exception as error:
            yield refusal(layout, f"it raised {described(error)}", error)
            continue
        different = _furthest(first, got)
        if different is not None:
            yield other(layout, different)


def _arguments(own: Own) -> Iterator[tuple[str, Place]]:
    """What is passed, by the name of its tensor."""
    yield from ((one.tensors[0].name, one.place) for one in own.held if one.is_argument)
    yield UPSTREAM, Place(UPSTREAM)


def _differs(left: Any, given: Array) -> bool:
    return isinstance(left, np.ndarray) and (left.shape != given.shape or not np.array_equal(left, given))


def _furthest(first: Mapping[str, Array], second: Mapping[str, Array]) -> Difference | None:
    """Where two results differ by more than rounding; what is no number in both is the same."""
    for name, one in first.items():
        other = second[name]
        with np.errstate(invalid="ignore"):
            apart = np.nan_to_num(np.abs(other - one), nan=np.inf, posinf=np.inf)
        apart = np.where((other == one) | (np.isnan(other) & np.isnan(one)), 0, apart)
        if apart.size and not np.all(apart <= HALF * np.abs(one).max(initial=0.0, where=np.isfinite(one))):
            index = tuple(int(k) for k in np.unravel_index(int(np.argmax(apart)), apart.shape))
            return Difference(name, index, float(one[index]), float(other[index]))
    return None
