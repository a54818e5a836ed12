"""One object called twice, the second time with other data, beside a new object with that data.

Gradients that add up are what some libraries do on purpose: that is named. A gradient that is not that of the second
call's data, while the forward pass is, comes from a cache that was not renewed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gdverify.auditing.behaviours.agreement import Difference
from gdverify.auditing.behaviours.kinds import KINDS
from gdverify.auditing.confinement import limited, quiet
from gdverify.auditing.verdicts import Finding
from gdverify.binding.calling import running
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Environment, Place, get, leaves
from gdverify.binding.equations.evaluation import ratio
from gdverify.errors import described

STALE = "stale cache"
DIGITS = {"float64": 1e-9, "float32": 1e-4, "float16": 2e-2}  # that rounding leaves of an array


@dataclass(frozen=True)
class Seen:
    """What calls gave: the output of the forward pass, and the gradients by tensor."""

    output: Array
    gradients: Mapping[str, Array]


@dataclass(frozen=True)
class Twice:
    """What two calls on one object show: remarks, and what makes the results unusable."""

    remarks: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Tries:
    """The calls that are compared.

    Attributes:
        first, second: on one object.
        fresh: on a new object, with the data of the second.
        moved: by tensor, another place at which the object holds the gradient after the second.
    """

    first: Seen
    second: Seen
    fresh: Seen
    moved: Mapping[str, str]


def tried_twice(tries: Callable[[], Tries]) -> Twice:
    """What shows, where the calls are made by ``tries``; what cannot be called twice is a remark."""
    try:
        with limited(running.TIME_LIMIT, tried_twice.__code__), quiet():
            made = tries()
    except (Exception, SystemExit) as error:
        return Twice((RAISES.format(said=described(error)),))
    return _compared(made)


def _compared(tries: Tries) -> Twice:
    first, second, fresh = tries.first, tries.second, tries.fresh
    renewed = same(second.output, fresh.output)
    if not renewed and not same(second.output, first.output):
        return Twice((STATE,))
    changed = [name for name, got in second.gradients.items() if not same(got, fresh.gradients[name])]
    # One number is a multiple of any other: it is carried over by a constant that another gradient shows.
    shown = [ratio(second.gradients[n] - fresh.gradients[n], first.gradients[n]) for n in changed]
    constants = [1.0, *(constant for constant in shown if constant is not None)]
    carried: dict[float, list[str]] = {}
    moved, stale = [], []
    for name in changed:
        got, new, before = (one.gradients[name] for one in (second, fresh, first))
        constant = next((c for c in constants if same(got, new + c * before)), None)
        if constant is not None:
            carried.setdefault(constant, []).append(f"d{name}")
        elif name in tries.moved:
            moved.append(MOVED.format(name=name, place=tries.moved[name]))
        else:
            stale.append(name)
    remarks = [*(_carried(names, constant) for constant, names in carried.items()), *moved]
    said = [_stale(name, tries, renewed) for name in stale[:1]]
    return Twice(tuple(remarks), tuple(Finding(STALE, one, KINDS[STALE].severe) for one in said))


def _carried(names: Sequence[str], constant: float) -> str:
    every, plural = ", ".join(names), len(names) > 1
    if constant == 1.0:
        them = "them" if plural else "it"
        return f"{every} add{'' if plural else 's'} up over calls on one object; set {them} to zero between steps"
    carry = "carry" if plural else "carries"
    return f"{every} {carry} {constant:.3g} × that of the call before over, as momentum does"


def _stale(name: str, tries: Tries, renewed: bool) -> str:
    got, fresh, before = (one.gradients[name] for one in (tries.second, tries.fresh, tries.first))
    index = tuple(int(k) for k in np.unravel_index(int(np.argmax(np.abs(got - fresh))), got.shape))
    place = Difference(name, index, 0.0, 0.0).place
    of = "the first call's data" if same(got, before) else "what the first call kept"
    passes = ", while its forward pass is that of the second" if renewed else ", and so does its forward pass"
    passes = passes if tries.first.output.size else ""  # nothing says what the forward pass gives
    return SAID.format(
        place=place, got=float(got[index]), fresh=float(fresh[index]), before=float(before[index]), of=of, passes=passes
    )


def same(got: Array, expected: Array) -> bool:
    """Whether two arrays are the same up to rounding; what is no number is the same as itself."""
    if got.shape != expected.shape:
        return False
    scale = max(float(np.max(np.abs(one), initial=0.0, where=np.isfinite(one))) for one in (got, expected))
    within = max(DIGITS.get(one.dtype.name, DIGITS["float64"]) for one in (got, expected))
    with np.errstate(invalid="ignore"):
        near = np.abs(got.astype(np.float64) - expected) <= within * scale
    return bool(np.all(near | (got == expected) | (np.isnan(got) & np.isnan(expected))))


def held_elsewhere(environment: Environment, fresh: Environment, places: Mapping[str, Place]) -> dict[str, str]:
    """Where an object holds, after a second call, what a new object has at the places of the gradients."""
    found: dict[str, str] = {}
    every = leaves(running.SELF, environment.get(running.SELF))
    for name, place in places.items():
        wanted = np.asarray(get(fresh, place))
        other = next((leaf for leaf in every if leaf.place != place and same(leaf.array, wanted)), None)
        if other is not None:
            found[name] = str(other.place)
    return found


SAID = (
    "one object is called twice, the second time with other data: {place} is {got:.6g}, where a new object gives "
    "{fresh:.6g} and the first call gave {before:.6g}; the backward pass uses {of}{passes}: look for a cache "
    "that is filled once and not renewed by each forward pass."
)
MOVED = (
    "the gradient of {name} is at {place} after a second call on one object, behind that of the first; empty the list "
    "between steps"
)
STATE = (
    "the forward pass gives something else when one object is called again with other data than a new object gives for "
    "them, as a hidden state makes it; what was judged is the first call on a new object"
)
RAISES = "one object cannot be called twice: the second time it raises {said}; what was judged is the first call"
