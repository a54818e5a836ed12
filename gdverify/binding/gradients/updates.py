"""What stands between a gradient and the change of the weights: clipping, weights that were updated too soon.

Each row looks at what a step changed the weights by, over the learning rate, beside the derived gradient. What it
recognises is named, and taken out of what is judged: it is no error of the backward pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gdverify.binding.binding import Binding
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.running import tried
from gdverify.binding.equations.evaluation import computed, near, point, ratio
from gdverify.binding.gradients.following import UNKNOWN_RATE
from gdverify.binding.gradients.optimisers import clips, in_state, momentum, normalised
from gdverify.binding.gradients.rates import at_rate

MOMENTUM = "the update has momentum, β = {beta:g}: judged by its first step, in which there is none yet"
AVERAGE = (
    "the update is by a moving average, β = {beta:g}: judged by its first step, which is {share:g} of the gradient"
)
NORMS = {
    False: "each gradient is scaled down to a norm of {norm:g}; where it is, its direction is judged and not its size",
    True: "the gradients are scaled down together to a norm of {norm:g}; where they are, their direction is judged and "
    "not their size",
}
NORMALISED = (
    "the update divides each entry by its own size, as Adam does: the signs are those of the gradient, and more "
    "cannot be seen; keep the gradient in an attribute, or return it, to have it judged"
)

# Small enough that a step changes little, large enough that the change is known to ten digits.
SMALL = 2.0**-10


@dataclass(frozen=True)
class Update:
    """A binding with what its updates do beside the gradient, in words."""

    binding: Binding
    remark: str


def explained(binding: Binding, dtype: str) -> Update | None:
    """Why what is seen is not the gradient, or what an update does besides; None where there is nothing to say."""
    values = point(binding.derivation, binding.sizes, dtype)
    names = [tensor.name for tensor in binding.derivation.wanted]
    derived = computed(binding.derivation, values, binding.sizes, [f"d{name}" for name in names])
    expected = {name: derived[f"d{name}"] for name in names}
    got = seen(binding, values)
    if got is None:
        return None
    beta = momentum(binding, values)
    if all(name in got and near(got[name], expected[name]) for name in names):
        return Update(binding, MOMENTUM.format(beta=beta)) if beta else None
    return (
        _fixed_rate(binding, got, expected)
        or _average(binding, values, got, expected, beta)
        or _clipping(binding, got, expected)
        or _norms(binding, dtype, got, expected)
        or (_too_soon(binding, values, expected) if binding.by_change else None)
        or _normalised(binding, got, expected)
    )


def seen(binding: Binding, values: Mapping[str, Array]) -> dict[str, Array] | None:
    """The gradients as they show at a point."""
    found = tried(lambda: binding.gradients_of(binding.run(values, binding.sizes), binding.sizes, values))
    return None if found is None else {name: np.asarray(getattr(one, "value", one)) for name, one in found.items()}


def _fixed_rate(binding: Binding, got: Mapping[str, Array], expected: Mapping[str, Array]) -> Update | None:
    """A learning rate that is written into the code: every change is the same multiple of the gradient."""
    if any(one.rate != UNKNOWN_RATE for one in binding.gradients):
        return None
    rates = [ratio(got[name], expected[name]) for name in expected if expected[name].size > 1]
    if not rates or any(rate is None or abs(rate / (rates[0] or 1) - 1) > 1e-6 for rate in rates):
        return None
    rate = float(f"{rates[0]:.9g}")
    changed = tuple(replace(one, rate=rate, constant=1.0) for one in binding.gradients)
    return Update(
        replace(binding, gradients=changed),
        f"the learning rate {rate:g} is written into the code; the gradient is the change of the weights over it",
    )


def _average(
    binding: Binding, values: Mapping[str, Array], got: Mapping[str, Array], expected: Mapping[str, Array], beta: float
) -> Update | None:
    """``m ← β m + (1 − β) g`` from m = 0: at the first step the gradient is seen through 1 − β."""
    beta = beta or in_state(binding, values)
    if not beta:
        return None
    shares = [ratio(got[name], expected[name]) for name in expected if expected[name].size > 1]
    share = shares[0] if shares else None
    if share is None or not 0 < share < 1 or any(one is None or abs(one / share - 1) > 1e-6 for one in shares):
        return None
    if abs(share - (1 - beta)) > 1e-3:
        return None
    share = float(f"{share:.9g}")
    changed = tuple(replace(one, share=share, constant=1.0) for one in binding.gradients)
    return Update(replace(binding, gradients=changed), AVERAGE.format(share=share, beta=1 - share))


def _norms(binding: Binding, dtype: str, got: Mapping[str, Array], expected: Mapping[str, Array]) -> Update | None:
    """Gradients scaled down to a norm: their direction is seen, and their size as long as it is smaller."""
    clip = next(clips(binding, dtype, got, expected), None)
    if clip is None:
        return None
    changed = tuple(replace(one, constant=1.0) for one in binding.gradients)
    return Update(replace(binding, gradients=changed, clip=clip), NORMS[clip.together].format(norm=clip.norm))


def _normalised(binding: Binding, got: Mapping[str, Array], expected: Mapping[str, Array]) -> Update | None:
    """``g / (√v + ε)`` with v = g²: nothing but the sign is left."""
    if not binding.by_change or not normalised(got, expected):
        return None
    changed = tuple(replace(one, limit=0.0, constant=1.0) for one in binding.gradients)
    return Update(replace(binding, gradients=changed), NORMALISED)


def _clipping(binding: Binding, got: Mapping[str, Array], expected: Mapping[str, Array]) -> Update | None:
    """Entries cut off at ±c: the largest change is c wherever the gradient is larger."""
    limit = max(float(np.max(np.abs(one))) for one in got.values())
    cut = {name: np.clip(gradient, -limit, limit) for name, gradient in expected.items()}
    if not all(near(got[name], cut[name]) for name in expected):
        return None
    limit = float(f"{limit:.6g}")
    changed = tuple(replace(one, limit=limit) for one in binding.gradients)
    return Update(
        replace(binding, gradients=changed),
        f"the update clips each entry of the gradient at ±{limit:g}; "
        "entries that are cut off show nothing and are not judged",
    )


def _too_soon(binding: Binding, values: Mapping[str, Array], expected: Mapping[str, Array]) -> Update | None:
    """Weights updated before they are used to back-propagate: an error that is of the order of the learning rate."""
    slow, slower = at_rate(binding, SMALL), at_rate(binding, SMALL / 2)
    first, second = seen(slow, values), seen(slower, values)
    if first is None or second is None:
        return None
    drifting = [name for name in expected if not _close(first[name], second[name], 1e-6)]
    limits = {name: 2 * second[name] - first[name] for name in expected}  # what is linear in the rate cancels
    if not drifting or not all(_close(limits[name], expected[name], 1e-3) for name in expected):
        return None
    kept = [name for name in expected if name not in drifting]
    return Update(
        at_rate(binding, 2.0**-4),
        f"the gradient of {', '.join(drifting)} depends on the learning rate, and is right in the limit of a small "
        "one: "
        f"weights ({', '.join(kept) or 'others'}) are updated before they are used to back-propagate; "
        "compute all gradients first, then update",
    )


def _close(got: Array, expected: Array, within: float) -> bool:
    return bool(np.all(np.abs(got - expected) <= within * np.abs(expected).max()))
