"""What an update makes of the gradient: momentum, moving averages, division by its size, norms that are cut down.

Each row looks at one step, or at two, beside the derived gradient. What it recognises is named; where the gradient can
still be seen behind it, it is taken from there, and only what nobody can see is left out of the verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from gdverify.binding.binding import BEFORE, Binding, Clip, norm_by
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.places import Environment
from gdverify.binding.calling.running import SELF, tried
from gdverify.binding.equations.evaluation import computed, near, point
from gdverify.binding.gradients.gradients import snapshot
from gdverify.binding.gradients.rates import at_rate

SLOW = 2.0**-20  # a step so small that the gradient of the next one is the same to six digits
WITHIN = 1e-4
Gradients = Mapping[str, Array]


def raw(binding: Binding, values: Gradients) -> dict[str, Array] | None:
    """The gradients at a point, as they show."""
    found = tried(lambda: binding.gradients_of(binding.run(values, binding.sizes), binding.sizes, values))
    return None if found is None else {name: np.asarray(getattr(one, "value", one)) for name, one in found.items()}


def momentum(binding: Binding, values: Gradients) -> float:
    """β of an update whose second step on the same case is 1 + β times the first; 0 where there is none."""
    slow = at_rate(binding, SLOW)
    steps = [] if slow == binding else tried(lambda: _two_steps(slow, values)) or []
    return _beta([ratio_of(second, first) for first, second in steps if first.size > 1])


def _beta(grown: Sequence[float | None]) -> float:
    """β from how many times the first step each second one is."""
    if not grown or any(one is None or abs(one - (grown[0] or 0)) > WITHIN for one in grown):
        return 0.0
    beta = float(f"{(grown[0] or 1.0) - 1:.3g}")
    return beta if 10 * WITHIN < beta < 1 else 0.0


def _two_steps(binding: Binding, values: Gradients) -> list[tuple[Array, Array]]:
    """The changes of each parameter in two steps on one object."""
    environment = binding.run(values, binding.sizes)
    start, first = environment[BEFORE], snapshot(environment)
    for call in binding.calls:
        call.make(environment)
    second = snapshot(environment)
    places = [str(one.place) for one in binding.held if one.place.root == SELF]
    steps = [(start[p] - first[p], first[p] - second[p]) for p in places if p in first and p in second]
    return [(one, two) for one, two in steps if one.any()]


def in_state(binding: Binding, values: Gradients) -> float:
    """β of an optimiser's state: full of zeros before, and 1 + β times the first after a second step; 0 for none.

    What a second step on the same case leaves as it was is a gradient that is overwritten, not an average.
    """
    slow = at_rate(binding, SLOW)
    environment = tried(lambda: slow.run(values, slow.sizes))
    before = {} if environment is None else environment[BEFORE]
    places = [str(one.held.place) for one in slow.gradients]
    if environment is None or not all(place in before and not before[place].any() for place in places):
        return 0.0
    first = snapshot(environment)
    second = tried(partial(_again, slow, environment))
    if second is None:
        return 0.0
    return _beta([ratio_of(second[place], first[place]) for place in places if first[place].size > 1])


def _again(binding: Binding, environment: Environment) -> dict[str, Array]:
    """What the object holds after another step."""
    for call in binding.calls:
        call.make(environment)
    return snapshot(environment)


def ratio_of(got: Array, expected: Array) -> float | None:
    """The constant c with got = c · expected, to four digits; None where there is none."""
    size = float(np.abs(expected).max(initial=0.0))
    if got.shape != expected.shape or not size or not np.isfinite(got).all():
        return None
    c = float(np.vdot(expected, got) / np.vdot(expected, expected))
    return c if np.abs(got - c * expected).max() <= WITHIN * size else None


def normalised(got: Gradients, expected: Gradients) -> bool:
    """Whether the step has the same size in every entry, and the sign of the gradient."""
    sizes = np.concatenate([np.abs(got[name]).ravel() for name in expected])
    return bool(
        sizes.size > 2
        and sizes.max() > 0
        and sizes.min() > sizes.max() * (1 - 1e-3)
        and all(np.array_equal(np.sign(got[name]), np.sign(expected[name])) for name in expected)
    )


def clips(binding: Binding, dtype: str, got: Gradients, expected: Gradients) -> Iterator[Clip]:
    """How norms are cut down: of each gradient, or of all together; tried at a second point as well."""
    for together in (False, True):
        norms = list(norm_by(got, together).values())
        c = float(f"{max(norms):.6g}")
        clip = Clip(c, together)
        other = point(binding.derivation, binding.sizes, dtype, seed=7)
        shown = raw(binding, other)
        derived = computed(binding.derivation, other, binding.sizes, [f"d{name}" for name in expected])
        again = {name: derived[f"d{name}"] for name in expected}
        if shown is not None and all(
            near(one[name], cut[name])
            for one, cut in ((got, clipped(expected, clip)), (shown, clipped(again, clip)))
            for name in expected
        ):
            yield clip


def clipped(gradients: Gradients, clip: Clip) -> dict[str, Array]:
    """What is left of gradients."""
    norms = norm_by(gradients, clip.together)
    return {name: array * min(1.0, clip.norm / max(norms[name], 1e-300)) for name, array in gradients.items()}
